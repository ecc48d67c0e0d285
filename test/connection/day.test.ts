/** A provider's bad day, in virtual time: the client is back each time, and never dials faster than promised. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  CertificateExpiredError,
  ConnectionRefusedError,
  EndpointNotFoundError,
  ForbiddenError,
  type HoldfastError,
  ServiceUnavailableError,
  UnauthorizedError,
} from '../../src/index.ts'
import { fakeClient } from '../support/fake-client.ts'
import { answering, FakeWorld } from '../support/fake-line.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount(), 'timers left').toBe(0)
  vi.useRealTimers()
})

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const http = (status: number) => ({ phase: 'http', endpoint: 'wss://node.test', elapsed: 1, status }) as const
const tls = {
  phase: 'tls',
  endpoint: 'wss://node.test',
  elapsed: 1,
  certificate: { subject: 'CN=node.test', issuer: 'CN=CA', validFrom: '', validTo: '', fingerprint256: '' },
} as const

/** What every dial meets; `closes`: it opens, and is closed after that many milliseconds. */
type Weather =
  | { readonly is: 'fine' }
  | {
      readonly is: 'rejected'
      readonly error: () => HoldfastError
      readonly slow: boolean
      readonly atLeast?: number
    }
  | { readonly is: 'closing'; readonly code: number; readonly after: number }

const rejected = (error: () => HoldfastError, slow: boolean, atLeast = 0): Weather => ({
  is: 'rejected',
  error,
  slow,
  atLeast,
})

/** In hours of the day. */
const DAY: readonly (readonly [from: number, what: string, weather: Weather])[] = [
  [0, 'night', { is: 'fine' }],
  [
    3,
    'a deploy answers 401',
    rejected(() => new UnauthorizedError('401', { ...http(401), retryable: false }), true),
  ],
  [3.1, 'the deploy is done', { is: 'fine' }],
  [
    6,
    'the proxy restarts and knows no path',
    rejected(() => new EndpointNotFoundError('404', { ...http(404), retryable: false }), true),
  ],
  [6.02, 'the proxy is up', { is: 'fine' }],
  [
    9,
    'the certificate has expired',
    rejected(() => new CertificateExpiredError('expired', { ...tls, retryable: false }), true),
  ],
  [10, 'it is renewed', { is: 'fine' }],
  [12, 'a storm of 1013', { is: 'closing', code: 1013, after: 200 }],
  [12.25, 'the storm is over', { is: 'fine' }],
  [
    14,
    'the machine is replaced',
    rejected(() => new ConnectionRefusedError('refused', { ...http(0), retryable: true }), false),
  ],
  [14.1, 'the new one is up', { is: 'fine' }],
  [
    16,
    'overload, with Retry-After',
    rejected(
      () => new ServiceUnavailableError('503', { ...http(503), retryable: true, retryAfter: 120_000 }),
      false,
      120_000,
    ),
  ],
  [16.2, 'the load is gone', { is: 'fine' }],
  [
    18,
    'the quota of the day is spent',
    rejected(() => new ForbiddenError('403', { ...http(403), retryable: false }), true),
  ],
  [24, 'midnight', { is: 'fine' }],
  [25, 'the next day', { is: 'fine' }],
]

test('the client is back each time, and never dials faster than promised', async () => {
  let weather: Weather = { is: 'fine' }
  const world = new FakeWorld(dial => {
    if (weather.is === 'rejected') return dial.fail(weather.error())
    dial.socket.onRequest = answering()
    if (weather.is === 'closing') {
      const { code, after } = weather
      setTimeout(() => dial.socket.drop({ code }), after)
    }
    dial.open()
  })
  let seed = 1
  // A fixed sequence (the minimal standard generator of Park and Miller).
  Object.assign(world, { random: () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647 })
  const { client } = fakeClient({}, world)
  const seen = { slow: 0 }
  client.on('notice', ({ kind }) => {
    if (kind === 'slow-retry') seen.slow++
  })
  await client.connect()

  for (const [i, [from, what, next]] of DAY.entries()) {
    const until = (DAY[i + 1]?.[0] ?? from) * HOUR
    const before = world.dials.length
    const slowBefore = seen.slow
    weather = next
    if (next.is !== 'fine') world.last.socket.drop()
    const startedAt = performance.now()
    const promised = longestDelay(DAY[i - 1]?.[2])
    await vi.advanceTimersByTimeAsync(Math.min(until - from * HOUR, promised))
    if (next.is === 'fine') expect(client.state.status, `${what}, ${promised} ms later`).toBe('open')
    await vi.advanceTimersByTimeAsync(Math.max(0, until - from * HOUR - promised))
    if (next.is === 'fine') expect(client.state.status, what).toBe('open')

    const dials = world.dials.slice(before).filter(({ at }) => at < startedAt + until - from * HOUR)
    const gaps = dials.slice(1).map((dial, j) => dial.at - (dials[j]?.at ?? 0))
    if (next.is === 'rejected') {
      const least = Math.max(next.slow ? 1_000 : 0, next.atLeast ?? 0)
      expect(Math.min(...gaps), what).toBeGreaterThanOrEqual(least)
      expect(Math.max(...gaps), what).toBeLessThanOrEqual(longestDelay(next))
      // Every slow retry is told, and no other.
      expect(seen.slow - slowBefore, what).toBe(next.slow ? dials.length : 0)
      if (until - from * HOUR >= HOUR && next.slow) {
        expect(dials.length / ((until - from * HOUR) / MINUTE), `${what}: dials a minute`).toBeLessThan(3)
      }
    }
    // Lines that fall after 200 ms are not stable: the delays go on growing.
    if (next.is === 'closing') expect(dials.length / ((until - from * HOUR) / MINUTE), what).toBeLessThan(15)
  }

  expect(client.state.status).toBe('open')
  expect(client.stats.failures).toBe(world.dials.length - 1)
  await client.close()
}, 60_000)

/** How long after such weather the client may need to be back. */
function longestDelay(weather: Weather | undefined): number {
  if (weather?.is !== 'rejected') return 10_000
  return Math.max(weather.slow ? 60_000 : 10_000, weather.atLeast ?? 0)
}
