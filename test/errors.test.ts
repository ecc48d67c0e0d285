import { describe, expect, test } from 'vitest'
import * as holdfast from '../src/index.ts'
import {
  ConfigurationError,
  HoldfastError,
  isHoldfastError,
  RpcError,
  TlsError,
  UnauthorizedError,
} from '../src/index.ts'

type ErrorClass = new (message: string, details: object) => HoldfastError

/** Never made themselves, and without a category of their own. */
const ROOTS = ['HoldfastError', 'HandshakeError']
const isClass = (exported: unknown) =>
  typeof exported === 'function' && exported.prototype instanceof HoldfastError
const classes = Object.entries(holdfast)
  .filter(([name, exported]) => isClass(exported) && !ROOTS.includes(name))
  .map(([name, exported]) => [name, exported as unknown as ErrorClass] as const)
const make = (Class: ErrorClass) =>
  new Class('m', { phase: 'http', endpoint: 'wss://h', elapsed: 1, status: 401 })

describe('every error class', () => {
  test('is exported', () => {
    expect(classes.length).toBeGreaterThan(80)
  })

  test.each(classes)('%s is called what it is called, by name and by code', (exported, Class) => {
    const error = make(Class)
    const words = exported.replace(/Error$/, '').replace('WebSocket', 'Websocket')

    expect(error.name).toBe(exported)
    expect(error.code.replaceAll('_', '').toLowerCase()).toBe(words.toLowerCase())
    expect(error.code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
    expect(error.stack).toMatch(new RegExp(`^${exported}: m`))
    expect(error.category).toMatch(/^(config|network|tls|auth|limit|server|protocol|request|chain)$/)
  })

  test('codes are unique', () => {
    const codes = classes.map(([, Class]) => make(Class).code)

    expect(new Set(codes).size).toBe(codes.length)
  })

  test('some names that are easy to split wrongly', () => {
    const codes = new Map(classes.map(([name, Class]) => [name, make(Class).code]))

    expect(codes.get('NotAWebSocketEndpointError')).toBe('NOT_A_WEBSOCKET_ENDPOINT')
    expect(codes.get('RpcHandshakeRejectedError')).toBe('RPC_HANDSHAKE_REJECTED')
    expect(codes.get('NotJsonRpcError')).toBe('NOT_JSON_RPC')
    expect(codes.get('AbiDecodingError')).toBe('ABI_DECODING')
  })
})

describe('instanceof', () => {
  test('follows the families', () => {
    const error = make(UnauthorizedError as ErrorClass)

    expect(error).toBeInstanceOf(holdfast.UpgradeRejectedError)
    expect(error).toBeInstanceOf(holdfast.HandshakeError)
    expect(error).toBeInstanceOf(HoldfastError)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(TlsError)
    expect(error).not.toBeInstanceOf(RpcError)
  })

  test('works for an error of another copy of the package', async () => {
    // A second evaluation of the same module is what two installed copies are to each other.
    const load = (path: string): Promise<typeof import('../src/errors.ts')> => import(/* @vite-ignore */ path)
    const copy = await load('../src/errors.ts?copy')
    const error = new copy.ConfigurationError('no', { issues: [] })

    expect(Object.getPrototypeOf(error)).not.toBe(ConfigurationError.prototype)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toBeInstanceOf(HoldfastError)
    expect(error).not.toBeInstanceOf(RpcError)
    expect(isHoldfastError(error)).toBe(true)
  })

  test('is false for everything else', () => {
    for (const value of [undefined, null, 1, 'x', {}, new Error('x'), { name: 'ConfigurationError' }]) {
      expect(value as object).not.toBeInstanceOf(ConfigurationError)
      expect(isHoldfastError(value)).toBe(false)
    }
  })

  test('knows a subclass of the user’s own', () => {
    class Mine extends ConfigurationError {}

    expect(new Mine('m')).toBeInstanceOf(ConfigurationError)
    expect(new ConfigurationError('m')).not.toBeInstanceOf(Mine)
  })
})

test('an error as JSON holds what a log needs', () => {
  const error = new ConfigurationError('m', { issues: [{ path: 'a', message: 'b' }], hint: 'h' })

  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: 'ConfigurationError',
    code: 'CONFIGURATION',
    category: 'config',
    message: 'm',
    retryable: false,
    hint: 'h',
    issues: [{ path: 'a', message: 'b' }],
  })
})
