/** What can be seen from outside: states, notices, requests and responses, and the counters of `client.stats`. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ClientEvents } from '../../src/client.ts'
import type { ClientOptions } from '../../src/options.ts'
import { emptyStats } from '../../src/stats.ts'
import { fakeClient, settled } from '../support/fake-client.ts'
import { answering, FakeWorld } from '../support/fake-line.ts'

const run = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount(), 'timers left').toBe(0)
  vi.useRealTimers()
})

/** An open client of a node that answers `eth_gasPrice`, and to nothing else but the first question. */
async function start(options: ClientOptions = {}) {
  const world = new FakeWorld(dial => {
    dial.socket.onRequest = answering({ eth_gasPrice: () => '0x7' })
    dial.open()
  })
  const { client } = fakeClient({ heartbeat: false, ...options }, world)
  const collect = <K extends 'state' | 'request' | 'response' | 'notice'>(kind: K): ClientEvents[K][] => {
    const events: ClientEvents[K][] = []
    client.on(kind, (event: ClientEvents[K]) => events.push(event))
    return events
  }
  await client.connect()
  return { world, client, collect }
}

describe('stats', () => {
  test('are zero before the first use, and plain numbers', async () => {
    const { client } = fakeClient()

    expect(client.stats).toEqual(emptyStats())
    expect(structuredClone(client.stats)).toEqual(JSON.parse(JSON.stringify(client.stats)))
    await client.close()
  })

  test('cannot be changed from outside', async () => {
    const { client } = await start()

    client.stats.requests.ok = 7
    client.stats.sockets = 7

    expect(client.stats).toMatchObject({ sockets: 1, requests: { ok: 0 } })
    await client.close()
  })

  test('count each request once, by how it ended', async () => {
    const { world, client } = await start()
    const stop = new AbortController()
    const ok = client.request({ method: 'eth_gasPrice' })
    const refused = expect(client.request({ method: 'eth_syncing' })).rejects.toThrow('no')
    const late = expect(client.request({ method: 'eth_accounts' }, { timeout: 1_000 })).rejects.toThrow()
    const aborted = client.request({ method: 'eth_coinbase' }, { signal: stop.signal })
    const ended = expect(aborted).rejects.toBe('enough')
    world.last.socket.refuse('eth_syncing', { code: -32_000, message: 'no' })
    stop.abort('enough')
    await run(1_000)
    await Promise.all([ok, refused, late, ended])

    expect(client.stats.requests).toEqual({ ok: 1, error: 1, timeout: 1, aborted: 1, replayed: 0 })
    await client.close()
  })

  test('count what is sent again, the sockets, and what brought the line down', async () => {
    const { world, client } = await start()
    world.last.socket.onRequest = () => {}
    const price = client.request({ method: 'eth_gasPrice' })

    world.last.socket.drop()
    await Promise.all([price, run(1_000)])

    expect(client.stats).toMatchObject({ sockets: 2, failures: 1, requests: { ok: 1, replayed: 1 } })
    await client.close()
  })

  test('count frames and characters as they pass', async () => {
    const { world, client } = await start()
    await client.request({ method: 'eth_gasPrice' })
    world.last.socket.receive('{"jsonrpc":"2.0"}')

    const { framesIn, framesOut, bytesIn, bytesOut } = client.stats

    expect(framesOut).toBe(2)
    expect(bytesOut).toBe(world.last.socket.frames.join('').length)
    expect(framesIn).toBe(3)
    expect(bytesIn).toBe(
      '{"jsonrpc":"2.0","id":1,"result":"0x1"}{"jsonrpc":"2.0","id":2,"result":"0x7"}{"jsonrpc":"2.0"}'
        .length,
    )
    await client.close()
  })
})

describe('events', () => {
  test('every change of state is told with the state before', async () => {
    const { world, client, collect } = await start()
    const states = collect('state')
    const before = client.state

    world.last.socket.drop()
    await run(1_000)
    await client.close()

    expect(states.map(({ from, to }) => [from.status, to.status])).toEqual([
      ['open', 'waiting'],
      ['waiting', 'connecting'],
      ['connecting', 'open'],
      ['open', 'closing'],
      ['closing', 'closed'],
    ])
    expect(states[0]?.from).toBe(before)
    expect(states.at(-1)?.to).toBe(client.state)
  })

  test('a request is told each time that it is written, under one id, and its end once', async () => {
    const { world, client, collect } = await start()
    const [requests, responses] = [collect('request'), collect('response')]
    world.last.socket.onRequest = () => {}
    const price = client.request({ method: 'eth_gasPrice' })
    await run(500)
    world.last.socket.drop()
    await Promise.all([price, run(1_000)])

    const { id } = requests[0] ?? {}
    expect(id).toEqual(expect.any(Number))
    expect(requests).toEqual([
      { id, method: 'eth_gasPrice', attempt: 1 },
      { id, method: 'eth_gasPrice', attempt: 2 },
    ])
    expect(responses).toEqual([{ id, method: 'eth_gasPrice', duration: expect.any(Number), outcome: 'ok' }])
    expect(responses[0]?.duration).toBeGreaterThanOrEqual(500)
    await client.close()
  })

  test.each([
    ['error', { code: -32_000, message: 'no' }],
    ['timeout', undefined],
  ] as const)('%s is how a request may end', async (outcome, refusal) => {
    const { world, client, collect } = await start()
    const responses = collect('response')
    const failed = expect(client.request({ method: 'eth_syncing' }, { timeout: 1_000 })).rejects.toThrow()

    if (refusal !== undefined) world.last.socket.refuse('eth_syncing', refusal)
    await Promise.all([failed, run(1_000)])

    expect(responses).toMatchObject([{ method: 'eth_syncing', outcome }])
    await client.close()
  })

  test('our own questions are nobody’s requests', async () => {
    const { client, collect } = await start({ heartbeat: { interval: 1_000 } })
    const [requests, responses] = [collect('request'), collect('response')]

    await run(10_000)

    expect(client.stats.framesOut).toBeGreaterThan(5)
    expect([requests, responses]).toEqual([[], []])
    await client.close()
  })

  test('a notice says what, where and in words', async () => {
    const { world, client, collect } = await start()
    const notices = collect('notice')

    world.last.socket.receive({ jsonrpc: '2.0', id: 99, result: '0x1' })
    await settled()

    expect(notices).toEqual([
      {
        kind: 'stray-frame',
        message: 'Received an answer that nobody waits for.',
        endpoint: 'wss://node.test',
      },
    ])
    expect(client.stats.notices['stray-frame']).toBe(1)
    await client.close()
  })
})
