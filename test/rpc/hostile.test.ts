/** A peer that sends anything at all: nothing breaks, nothing grows, and what is asked still has a typed end. */

import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isHoldfastError } from '../../src/index.ts'
import { settled } from '../support/fake-client.ts'
import { cut, openClient } from '../support/open-client.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Frames as nodes send them, to be bent. */
const REAL = (id: number, subscription: string): readonly string[] => [
  JSON.stringify({ jsonrpc: '2.0', id, result: '0x1' }),
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: { code: -32000, message: 'header not found', data: { a: [1] } },
  }),
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: { code: -32005, message: 'rate limit', data: { backoff_seconds: 1 } },
  }),
  JSON.stringify([
    { jsonrpc: '2.0', id, result: [] },
    { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'batch' } },
  ]),
  JSON.stringify({
    jsonrpc: '2.0',
    method: 'eth_subscription',
    params: { subscription, result: { number: '0x1', hash: `0x${'1'.repeat(64)}` } },
  }),
  JSON.stringify({
    jsonrpc: '2.0',
    method: 'eth_subscription',
    params: {
      subscription,
      result: {
        address: `0x${'7'.repeat(40)}`,
        topics: [],
        data: '0x',
        blockNumber: '0x2',
        blockHash: `0x${'2'.repeat(64)}`,
        transactionHash: `0x${'3'.repeat(64)}`,
        transactionIndex: '0x0',
        logIndex: '0x0',
        removed: false,
      },
    },
  }),
]
const DEEP = 100_000
const VALUES = [
  'null',
  'true',
  '-1',
  '1.5',
  '1e999',
  '""',
  '"0x"',
  '{}',
  '[]',
  '[[]]',
  '{"__proto__":{"x":1}}',
  '"constructor"',
  `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
]

/** A frame with a piece replaced, doubled, cut off, or by another value. */
const frames = fc
  .record({
    which: fc.nat(5),
    id: fc.oneof(fc.nat(12), fc.constantFrom(1.5, -1, 2 ** 40, 2 ** 53)),
    subscription: fc.constantFrom('0x1', '0x2', '0x9', '__proto__', ''),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(30),
    how: fc.constantFrom('as it is', 'cut', 'without', 'twice', 'value', 'text', 'in an array'),
    value: fc.constantFrom(...VALUES),
    text: fc.string({ maxLength: 6 }),
  })
  .map(({ which, id, subscription, at, length, how, value, text }) => {
    const real = REAL(id, subscription)[which] ?? ''
    const start = Math.floor(at * real.length)
    const [before, piece, after] = [
      real.slice(0, start),
      real.slice(start, start + length),
      real.slice(start + length),
    ]
    if (how === 'cut') return before
    if (how === 'without') return before + after
    if (how === 'twice') return before + piece + piece + after
    if (how === 'text') return before + text + after
    if (how === 'in an array') return `[${real},${value}]`
    // The value of some member of the frame.
    if (how === 'value') {
      let k = Math.floor(at * 8)
      return real.replace(/:("[^"]*"|[\d.-]+|null|false|\[[^[\]]*\])/g, whole =>
        k-- === 0 ? `:${value}` : whole,
      )
    }
    return real
  })

test('bent frames, at any moment: nothing is thrown, and everything asked has a typed end', async () => {
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  const moments = fc.array(
    fc.oneof({ weight: 8, arbitrary: frames }, { weight: 1, arbitrary: fc.constant(undefined) }),
    { maxLength: 40 },
  )
  await fc.assert(
    fc.asyncProperty(moments, fc.boolean(), async (sent, batch) => {
      const { client, world } = await openClient({ batch, timeout: 5_000, limits: { buffer: 20 } })
      const ends: unknown[] = []
      const end = (value: unknown) => void ends.push(value)
      const asked = [
        client.request({ method: 'eth_call', params: [{ to: '0x1' }, 'latest'] as never }),
        client.request({ method: 'eth_getBalance', params: ['0x1', 'latest'] as never }),
        client.request({ method: 'eth_sendRawTransaction', params: ['0x1'] }),
        client.request({ method: 'eth_getLogs', params: [{}] }),
        client.subscribe('logs', {}),
        client.subscribe('newHeads'),
        client.subscribe('newPendingTransactions'),
        client.call({ to: `0x${'1'.repeat(40)}` }),
      ]
      for (const each of asked) each.then(end, end)
      await settled()
      for (const frame of sent) {
        if (frame === undefined) await cut(world)
        else world.last.socket.receive(frame)
        await settled()
      }
      await vi.advanceTimersByTimeAsync(12_000)
      await client.close()
      await Promise.allSettled(asked)

      expect(ends).toHaveLength(asked.length)
      for (const value of ends)
        if (value instanceof Error) expect(isHoldfastError(value), String(value)).toBe(true)
      expect(Object.keys(Object.prototype)).toEqual([])
      expect(vi.getTimerCount()).toBe(0)
    }),
    { numRuns: 200 },
  )
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
  expect(uncaught).toEqual([])
}, 60_000)

test.each([
  ['answers to nobody', (n: number) => `{"jsonrpc":"2.0","id":${1_000_000 + n},"result":"0x1"}`],
  [
    'notifications of dead subscriptions',
    (n: number) =>
      `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x${n.toString(16)}","result":1}}`,
  ],
  ['errors of nobody', () => '{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"no"}}'],
])(
  'a million %s change nothing and stay nowhere',
  async (_, frame) => {
    const { client, socket } = await openClient()
    const answer = client.request({ method: 'eth_gasPrice' })
    // A subscribe under way: early notifications are kept for it, but not without end.
    const subscribed = client.subscribe('newPendingTransactions')
    await settled()
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed

    for (let n = 0; n < 1_000_000; n++) socket.receive(frame(n))

    globalThis.gc?.()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000)
    socket.answer('eth_gasPrice', '0x1')
    socket.answer('eth_subscribe', '0xfffffff')
    expect(await answer).toBe('0x1')
    await subscribed
    expect(client.stats.notices['stray-frame']).toBeGreaterThan(900_000)
    await client.close()
  },
  60_000,
)
