import { Agent } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { Shape } from '../src/describe.ts'
import { expecting } from '../src/describe.ts'
import { ConfigurationError, createClient } from '../src/index.ts'
import { settle } from '../src/settings.ts'
import { validate as byHand } from '../src/validation.browser.ts'
import { validate as byZod } from '../src/validation.ts'

const URL_OK = 'wss://node.example/v3/s3cr3tkey'

function issuesOf(endpoint: unknown, options?: unknown): readonly { path: string; message: string }[] {
  try {
    createClient(endpoint as string, options as object)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    expect((error as Error).message).not.toContain('s3cr3t')
    return (error as ConfigurationError).issues
  }
  throw new Error('nothing was refused')
}

describe('an endpoint is refused', () => {
  test.each([
    [[], 'endpoints', 'expected at least one endpoint, got an empty array'],
    [undefined, 'endpoint', 'expected a ws:// or wss:// URL, got undefined'],
    [42, 'endpoint', 'expected a ws:// or wss:// URL, got a number'],
    ['node.example/s3cr3t', 'endpoint', 'expected a ws:// or wss:// URL, got a text that does not parse'],
    ['https://node.example/s3cr3t', 'endpoint', 'expected a ws:// or wss:// URL, got https:'],
    ['wss://node.example/s3cr3t#x', 'endpoint', 'a WebSocket URL has no fragment (RFC 6455, section 3)'],
    ['wss://node.example/s3cr3t#', 'endpoint', 'a WebSocket URL has no fragment (RFC 6455, section 3)'],
    ['ws://127.0.0.1:0', 'endpoint', 'expected a port from 1 to 65535, got 0'],
    ['ws://node.example:99999', 'endpoint', 'expected a ws:// or wss:// URL, got a text that does not parse'],
    [
      'ws://bob:s3cr3t@node.example',
      'endpoint',
      'a bearer token or userinfo would travel in clear text; use wss://',
    ],
    [[URL_OK, 'ftp://s3cr3t'], 'endpoints.1', 'expected a ws:// or wss:// URL, got ftp:'],
    [{ url: URL_OK, nmae: 'x' }, 'endpoint.nmae', 'unknown option'],
    [{ url: URL_OK, name: '' }, 'endpoint.name', 'expected a name, got ""'],
    [
      { url: URL_OK, protocols: ['a b'] },
      'endpoint.protocols',
      'expected subprotocol tokens (RFC 6455), none twice, got an array of 1',
    ],
    [
      { url: URL_OK, protocols: ['a', 'a'] },
      'endpoint.protocols',
      'expected subprotocol tokens (RFC 6455), none twice, got an array of 2',
    ],
    [{ url: URL_OK, bearer: 7 }, 'endpoint.bearer', 'expected a token or a function, got a number'],
    [
      { url: 'ws://node.example', bearer: 's3cr3t' },
      'endpoint.url',
      'a bearer token or userinfo would travel in clear text; use wss://',
    ],
  ])('%o', (endpoint, path, message) => {
    expect(issuesOf(endpoint)).toEqual([{ path, message }])
  })
})

describe('an option is refused', () => {
  test.each([
    [{ timeOut: 1 }, 'options.timeOut', 'unknown option'],
    [
      { timeout: '5s' },
      'options.timeout',
      'expected milliseconds from 0 to 2147483647, or Infinity, got "5s"',
    ],
    [
      { handshakeTimeout: Infinity },
      'options.handshakeTimeout',
      'expected milliseconds from 0 to 2147483647, got Infinity',
    ],
    [
      { handshakeTimeout: -1 },
      'options.handshakeTimeout',
      'expected milliseconds from 0 to 2147483647, got -1',
    ],
    [
      { heartbeat: { interval: 2 ** 31 } },
      'options.heartbeat.interval',
      'expected milliseconds from 0 to 2147483647, got 2147483648',
    ],
    [{ heartbeat: true }, 'options.heartbeat', 'expected an object or false, got true'],
    [{ heartbeat: { every: 1 } }, 'options.heartbeat.every', 'unknown option'],
    [{ reconnect: { factor: 0.5 } }, 'options.reconnect.factor', 'expected a number from 1 to 10, got 0.5'],
    [
      { reconnect: { attempts: 0 } },
      'options.reconnect.attempts',
      'expected a whole number of at least 1, or Infinity, got 0',
    ],
    [{ chainId: '0x1' }, 'options.chainId', 'expected a whole number of at least 1, got "0x1"'],
    [{ chainId: 1n }, 'options.chainId', 'expected a whole number of at least 1, got 1n'],
    [
      { limits: { inFlight: 1.5 } },
      'options.limits.inFlight',
      'expected a whole number of at least 1, got 1.5',
    ],
    [{ limits: 5 }, 'options.limits', 'expected an object, got a number'],
    [{ batch: 'yes' }, 'options.batch', 'expected true or false, got "yes"'],
    [{ headers: { a: 1 } }, 'options.headers', 'expected an object of strings or a function, got an object'],
    [{ bearer: { token: 's3cr3t' } }, 'options.bearer', 'expected a token or a function, got an object'],
    [5, 'options', 'expected an object, got a number'],
  ])('%o', (options, path, message) => {
    expect(issuesOf(URL_OK, options)).toEqual([{ path, message }])
  })

  test('and everything that is wrong is said at once', () => {
    expect(issuesOf(URL_OK, { probe: 1, limits: { queued: 0 } }).map(({ path }) => path)).toEqual([
      'options.probe',
      'options.limits.queued',
    ])
  })

  test('credentials of the client never go to a second origin', () => {
    const [issue] = issuesOf([URL_OK, 'wss://other.example'], { bearer: 's3cr3t' })

    expect(issue?.path).toBe('endpoints.1')
    expect(() => createClient([URL_OK, `${URL_OK}2`], { bearer: 's3cr3t' })).not.toThrow()
    expect(() =>
      createClient([
        { url: URL_OK, bearer: 'a' },
        { url: 'wss://other.example', bearer: 'b' },
      ]),
    ).not.toThrow()
  })
})

test('every option has its default, and undefined means the default', () => {
  const { reconnect, heartbeat, limits } = settle(URL_OK, {
    reconnect: { minDelay: 5, maxDelay: undefined as never },
    heartbeat: false,
  })

  expect(reconnect).toEqual({
    minDelay: 5,
    maxDelay: 10_000,
    factor: 1.5,
    maxRetryAfter: 300_000,
    attempts: Infinity,
    stableAfter: 5_000,
  })
  expect(heartbeat).toBe(false)
  expect(limits).toEqual({ inFlight: 200, queued: 10_000, message: 67_108_864, buffer: 10_000 })
})

describe('the two validators', () => {
  const positive = expecting('a positive number', value => Number(value) > 0)
  const shape: Shape = {
    a: positive,
    b: { c: positive },
    d: [expecting('false', value => value === false), { e: positive }],
  }

  test.each([
    [{}],
    [{ a: 1, b: { c: 2 }, d: false }],
    [{ a: 0 }],
    [{ a: undefined, b: undefined }],
    [{ x: 1, y: 2 }],
    [{ b: 7 }],
    [{ b: { c: -1, z: 1 } }],
    [{ d: true }],
    [{ d: { e: 0 } }],
    [{ d: { f: 0 } }],
    [null],
    ['text'],
    [[1]],
    [JSON.parse('{"__proto__": 1, "constructor": 2}')],
  ])('say the same of %j', value => {
    const said = (validate: typeof byHand) => {
      try {
        validate(shape, value, 'options')
        return []
      } catch (error) {
        return [...(error as ConfigurationError).issues].sort((a, b) => a.path.localeCompare(b.path))
      }
    }

    expect(said(byHand)).toEqual(said(byZod))
  })
})

describe('an injected webSocket', () => {
  class Injected {}
  const webSocket = Injected as never

  test.each([
    [URL_OK, { headers: { 'X-Key': 's3cr3t' } }, 'options.headers'],
    [URL_OK, { bearer: () => 's3cr3t' }, 'options.bearer'],
    [URL_OK, { tls: { servername: 'node.example' } }, 'options.tls'],
    [URL_OK, { agent: new Agent() }, 'options.agent'],
    [{ url: URL_OK, bearer: 's3cr3t' }, {}, 'endpoint.bearer'],
    [[{ url: URL_OK, tls: { servername: 'node.example' } }], {}, 'endpoints.0.tls'],
  ])('is refused together with what it could not carry: %o %o', (endpoint, options, path) => {
    const message = 'does not reach an injected webSocket; leave one of the two out'

    expect(issuesOf(endpoint, { ...options, webSocket })).toEqual([{ path, message }])
  })

  test('is taken with an endpoint that needs nothing else', () => {
    expect(createClient({ url: URL_OK, protocols: ['a'] }, { webSocket }).state).toEqual({ status: 'idle' })
  })
})
