/** Several endpoints: which one serves, when the client leaves it, and what of its streams goes on. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  AllEndpointsFailedError,
  type Client,
  ClientClosedError,
  type ConnectionState,
  NotAWebSocketEndpointError,
  OutcomeUnknownError,
  ServiceUnavailableError,
  type Transfer,
  UnauthorizedError,
  WrongChainError,
} from '../../src/index.ts'
import type { ClientOptions } from '../../src/options.ts'
import { fakeClient } from '../support/fake-client.ts'
import { type FakeDial, FakeWorld } from '../support/fake-line.ts'
import { Fold } from '../support/fold.ts'
import { SimChain, TOKEN, transferSeed } from '../support/sim-chain.ts'
import { NO_ANSWER, SimNode, SimRpcError } from '../support/sim-node.ts'

const A = 'wss://a.test/v1/0123456789abcdef'
const B = 'wss://b.test/v1/0123456789abcdef'
const C = 'wss://c.test/v1/0123456789abcdef'
const token = TOKEN as `0x${string}`
const run = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

/** At once, in the test under way. */
let mostSockets = 0

beforeEach(() => {
  vi.useFakeTimers()
  mostSockets = 0
})
afterEach(() => {
  // The serving one, and the second opinion.
  expect(mostSockets, 'sockets at once').toBeLessThanOrEqual(2)
  expect(vi.getTimerCount(), 'timers left').toBe(0)
  vi.useRealTimers()
})

const FACTS = { phase: 'http', endpoint: 'wss://a.test', elapsed: 1 } as const
const unauthorized = () => new UnauthorizedError('401', { ...FACTS, status: 401, retryable: false })
const notFound = () => new NotAWebSocketEndpointError('200', { ...FACTS, status: 200, retryable: false })
const unavailable = (retryAfter?: number) =>
  new ServiceUnavailableError('503', {
    ...FACTS,
    status: 503,
    retryable: true,
    ...(retryAfter !== undefined && { retryAfter }),
  })

const urlOf = (dial: FakeDial) => String(dial.endpoint.url)

/** A world in which each URL does what the test says; a node accepts. */
function worldOf(places: Record<string, SimNode | ((dial: FakeDial) => void)>): FakeWorld {
  const world = new FakeWorld(dial => {
    mostSockets = Math.max(mostSockets, world.dials.filter(isAlive).length)
    const place = places[urlOf(dial)]
    if (place instanceof SimNode) place.accept(dial)
    else place?.(dial)
  })
  return world
}

const isAlive = ({ outcome, socket }: FakeDial) =>
  outcome === 'pending' || (outcome === 'open' && socket.ended === undefined && !socket.fell)

function clientOf(world: FakeWorld, options: ClientOptions = {}, urls = [A, B]): Client {
  return fakeClient({ heartbeat: false, ...options }, world, urls).client
}

/** Nodes that see the same chain, as far as each has got. */
function nodesOn(blocks: number, count = 2): SimNode[] {
  return Array.from({ length: count }, () => {
    const chain = new SimChain()
    while (chain.head.number < blocks) chain.extend([transferSeed(chain.blocks.length)])
    return new SimNode(chain)
  })
}

const mine = (node: SimNode | undefined) => node?.mine([transferSeed(node.chain.blocks.length)])

function statesOf(client: Client): ConnectionState[] {
  const states: ConnectionState[] = []
  client.on('state', ({ to }) => states.push(to))
  return states
}

function follow(client: Client) {
  const fold = new Fold<Transfer>()
  const reading = (async () => {
    for await (const transfer of client.transfers({ token })) fold.apply(transfer)
  })()
  return { fold, reading }
}

describe('failover', () => {
  test('a line that falls is taken up by the other endpoint, and stays there while that is good', async () => {
    const [a, b] = nodesOn(1) as [SimNode, SimNode]
    const world = worldOf({ [A]: a, [B]: b })
    const client = clientOf(world)
    await Promise.all([client.connect(), run(100)])
    expect(client.state.endpoint).toBe('wss://a.test')

    a.cut()
    await run(60_000)

    expect(client.state).toMatchObject({ status: 'open', endpoint: 'wss://b.test' })
    expect(world.dials.map(urlOf)).toEqual([A, B])
    await client.close()
  })

  test('an endpoint with a final error leaves the rotation, and the others serve', async () => {
    const [b] = nodesOn(1, 1) as [SimNode]
    const world = worldOf({ [A]: dial => dial.fail(unauthorized()), [B]: b })
    const client = clientOf(world)

    await Promise.all([client.connect(), run(1_000)])
    b.cut()
    await run(10_000)

    expect(world.dials.map(urlOf)).toEqual([A, B, B])
    await client.close()
  })

  test('when none is left the client ends with what each of them said', async () => {
    const world = worldOf({ [A]: dial => dial.fail(unauthorized()), [B]: dial => dial.fail(notFound()) })
    const client = clientOf(world)

    const outcome = expect(client.connect()).rejects.toSatisfy(
      error =>
        error instanceof AllEndpointsFailedError &&
        error.errors[0] instanceof UnauthorizedError &&
        error.errors[1] instanceof NotAWebSocketEndpointError,
    )
    await run(1_000)

    await outcome
    expect(client.state).toMatchObject({ status: 'closed' })
  })

  test('the chain is checked on each endpoint: one of another chain never serves', async () => {
    const [a, b, c] = nodesOn(1, 3) as [SimNode, SimNode, SimNode]
    b.chainId = 137
    const client = clientOf(worldOf({ [A]: a, [B]: b, [C]: c }), {}, [A, B, C])
    await Promise.all([client.connect(), run(100)])
    const states = statesOf(client)

    a.cut()
    await run(5_000)

    const errors = states.flatMap(state => ('error' in state ? [state.error] : []))
    expect(errors.some(error => error instanceof WrongChainError)).toBe(true)
    expect(client.state).toMatchObject({ status: 'open', endpoint: 'wss://c.test', chainId: 1 })
    await client.close()
  })

  test('a Retry-After holds up its own endpoint, not the others', async () => {
    const [b] = nodesOn(1, 1) as [SimNode]
    const world = worldOf({ [A]: dial => dial.fail(unavailable(60_000)), [B]: b })
    const client = clientOf(world)

    await Promise.all([client.connect(), run(250)])

    expect(client.state.endpoint).toBe('wss://b.test')
    b.cut()
    await run(30_000)
    expect(world.dials.map(urlOf)).toEqual([A, B, B])
    await client.close()
  })

  test('a slow retry of one endpoint does not hold up the others', async () => {
    const [a, b] = nodesOn(1) as [SimNode, SimNode]
    let isUp = true
    const world = worldOf({ [A]: dial => (isUp ? a.accept(dial) : dial.fail(unauthorized())), [B]: b })
    const client = clientOf(world)
    await Promise.all([client.connect(), run(10_000)])
    isUp = false
    a.cut()
    await run(1_000)
    expect(client.state.endpoint).toBe('wss://b.test')

    b.cut()
    await run(1_000)

    expect(client.state).toMatchObject({ status: 'open', endpoint: 'wss://b.test' })
    await client.close()
  })

  test('of endpoints that never failed the quicker one is next', async () => {
    const [a, b, c] = nodesOn(1, 3) as [SimNode, SimNode, SimNode]
    let down = ''
    const place = (node: SimNode) => (dial: FakeDial) =>
      urlOf(dial) === down ? dial.fail(unavailable()) : node.accept(dial)
    const world = worldOf({ [A]: place(a), [B]: place(b), [C]: place(c) })
    const client = clientOf(world, { reconnect: { stableAfter: 100 } }, [A, B, C])
    a.latency = 20
    b.latency = 300
    c.latency = 10
    await Promise.all([client.connect(), run(1_000)])
    down = A
    for (const node of [a, b]) {
      node.cut()
      await run(2_000)
    }

    expect(world.dials.map(urlOf)).toEqual([A, B, C])
    await client.close()
  })
})

describe('streams across endpoints', () => {
  test('go on where the next one is a few blocks behind', async () => {
    const [a, b] = nodesOn(5) as [SimNode, SimNode]
    const client = clientOf(worldOf({ [A]: a, [B]: b }))
    const { fold, reading } = follow(client)
    await run(1_000)
    for (let i = 0; i < 6; i++) mine(a)
    mine(b)
    await run(1_000)

    a.cut()
    await run(5_000)
    for (let i = 0; i < 8; i++) {
      mine(b)
      await run(500)
    }

    await client.close()
    await reading
    expect(fold.items.map(({ value }) => Number(value))).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14])
    expect(client.stats.reorgs.count).toBe(0)
  })

  test('take nothing back because the next one is stuck behind, while another one has what was delivered', async () => {
    const [a, b] = nodesOn(5) as [SimNode, SimNode]
    const client = clientOf(worldOf({ [A]: a, [B]: b }))
    const { fold, reading } = follow(client)
    await run(1_000)
    for (let i = 0; i < 6; i++) mine(a)
    mine(b)
    await run(1_000)

    a.cut()
    await run(5_000)
    expect(client.state.endpoint).toBe('wss://b.test')
    for (let i = 0; i < 10; i++) {
      mine(a)
      await run(12_000)
    }

    expect(client.state.endpoint).toBe('wss://a.test')
    expect(client.stats.removals).toBe(0)
    expect(fold.items).toHaveLength(16)
    await client.close()
    await reading
  })

  test('go over to the other fork where the next one stands on it, and back again', async () => {
    const [a, b] = nodesOn(5) as [SimNode, SimNode]
    const client = clientOf(worldOf({ [A]: a, [B]: b }))
    const { fold, reading } = follow(client)
    await run(1_000)
    for (let i = 0; i < 3; i++) mine(a)
    // Another branch from block 6 on, with other transfers.
    mine(b)
    b.chain.reorg(1, number => [transferSeed(100 + number)])
    for (let i = 0; i < 2; i++) b.mine([transferSeed(100 + b.chain.blocks.length)])
    await run(1_000)

    a.cut()
    await run(2_000)
    b.mine([transferSeed(109)])
    await run(2_000)
    const between = fold.items.map(({ value }) => Number(value))
    for (let i = 0; i < 4; i++) mine(a)
    b.cut()
    await run(5_000)

    expect(between).toEqual([106, 107, 108, 109])
    expect(fold.items.map(({ value }) => Number(value))).toEqual([6, 7, 8, 9, 10, 11, 12])
    await client.close()
    await reading
  })
})

describe('a head that stands still', () => {
  /** Both mine every 12 s until `a` stops. */
  async function standStill(client: Client, a: SimNode, b: SimNode, blocks = 10) {
    const { fold, reading } = follow(client)
    await run(1_000)
    for (let i = 0; i < blocks; i++) {
      mine(a)
      mine(b)
      await run(12_000)
    }
    return { fold, reading }
  }

  test('is told once, and makes the client move where the chain goes on', async () => {
    const [a, b] = nodesOn(5) as [SimNode, SimNode]
    const world = worldOf({ [A]: a, [B]: b })
    const client = clientOf(world)
    const states = statesOf(client)
    const notices: string[] = []
    client.on('notice', ({ kind, message }) => notices.push(`${kind}: ${message}`))
    const { fold, reading } = await standStill(client, a, b)

    for (let i = 0; i < 25; i++) {
      mine(b)
      await run(12_000)
    }

    expect(client.state).toMatchObject({ status: 'open', endpoint: 'wss://b.test' })
    expect(notices).toEqual([
      expect.stringMatching(/^stale-head: wss:\/\/a\.test: its head has stood at block 15 for 2[34]\d s\.$/),
    ])
    const left = states.find(state => state.status === 'waiting')
    expect(left).toMatchObject({ error: { name: 'ConnectionLostError', closeCode: 1000 } })
    // The URLs hold a key.
    const shown = [notices, states, left?.error.message, left?.error.stack]
    expect(JSON.stringify(shown)).toContain('wss://a.test')
    expect(JSON.stringify(shown)).not.toContain('0123456789abcdef')
    await client.close()
    await reading
    expect(fold.items.map(({ value }) => Number(value))).toEqual(Array.from({ length: 35 }, (_, i) => i + 6))
  })

  test('is a notice and nothing more where the other endpoint stands at the same block', async () => {
    const [a, b] = nodesOn(5) as [SimNode, SimNode]
    const world = worldOf({ [A]: a, [B]: b })
    const client = clientOf(world)
    const { reading } = await standStill(client, a, b)

    await run(600_000)

    expect(client.state).toMatchObject({ status: 'open', endpoint: 'wss://a.test' })
    expect(client.stats).toMatchObject({ sockets: 1, notices: { 'stale-head': 1 } })
    // Second opinions were asked for, and none of them stayed.
    const others = world.dials.filter(dial => urlOf(dial) === B)
    expect(others.length).toBeGreaterThan(2)
    expect(others.every(({ socket }) => socket.ended?.how === 'terminate')).toBe(true)
    await client.close()
    await reading
  })

  test('once the other one gets ahead, the client is there within stallTimeout', async () => {
    const [a, b] = nodesOn(5) as [SimNode, SimNode]
    const client = clientOf(worldOf({ [A]: a, [B]: b }), { stallTimeout: 20_000 })
    const { reading } = await standStill(client, a, b)
    await run(600_000)
    expect(client.state.endpoint).toBe('wss://a.test')

    mine(b)
    await run(20_000)

    expect(client.state.endpoint).toBe('wss://b.test')
    await client.close()
    await reading
  })

  describe('and a write under way when the client wants to move', () => {
    const send = (client: Client, raw: string) =>
      client.request({ method: 'eth_sendRawTransaction', params: [`0x${raw}`] }, { timeout: Infinity })

    /** The other endpoint is ahead, and has been asked; one write is under way. */
    async function aboutToMove() {
      const [a, b] = nodesOn(5) as [SimNode, SimNode]
      a.bend = ({ method }) => (method === 'eth_sendRawTransaction' ? NO_ANSWER : undefined)
      b.bend = ({ method }) => (method === 'eth_sendRawTransaction' ? '0xb' : undefined)
      const world = worldOf({ [A]: a, [B]: b })
      const client = clientOf(world, { stallTimeout: 20_000 })
      const { reading } = await standStill(client, a, b)
      mine(b)
      const write = send(client, '01')
      write.catch(() => undefined)
      while (world.dials.length === 1) await run(1_000)
      expect(client.state.endpoint).toBe('wss://a.test')
      return { a, b, world, client, reading, write }
    }

    test('is answered first; what is written meanwhile waits for the new line', async () => {
      const { a, b, world, client, reading, write } = await aboutToMove()
      const later = send(client, '02')
      await run(1_000)
      expect(a.count('eth_sendRawTransaction')).toBe(1)

      world.dials[0]?.socket.answer('eth_sendRawTransaction', '0xa')
      await run(100)

      expect(await write).toBe('0xa')
      expect(await later).toBe('0xb')
      expect(client.state.endpoint).toBe('wss://b.test')
      expect(b.count('eth_sendRawTransaction')).toBe(1)
      await client.close()
      await reading
    })

    test('holds the move up for a quarter of stallTimeout, and no longer', async () => {
      const { client, reading, write } = await aboutToMove()
      const outcome = expect(write).rejects.toBeInstanceOf(OutcomeUnknownError)
      await run(3_500)
      expect(client.state.endpoint).toBe('wss://a.test')

      await run(2_000)

      await outcome
      expect(client.state.endpoint).toBe('wss://b.test')
      await client.close()
      await reading
    })

    test('and a line that falls meanwhile is a line that fell', async () => {
      const { a, client, reading, write } = await aboutToMove()

      a.cut()
      await expect(write).rejects.toBeInstanceOf(OutcomeUnknownError)
      await run(2_000)

      expect(client.state).toMatchObject({ status: 'open', endpoint: 'wss://b.test' })
      expect(await Promise.all([send(client, '03'), run(100)])).toEqual(['0xb', expect.anything()])
      await client.close()
      await reading
    })

    test('does not hold up close()', async () => {
      const { client, reading, write } = await aboutToMove()

      await client.close()

      await expect(write).rejects.toBeInstanceOf(ClientClosedError)
      await reading
    })
  })

  describe('while nobody follows heads', () => {
    /** Minutes in which both mine every 12 s. */
    async function call(client: Client, nodes: readonly SimNode[], minutes: number) {
      for (let i = 0; i < 5 * minutes; i++) {
        for (const node of nodes) mine(node)
        await Promise.all([client.request({ method: 'eth_chainId' }), run(12_000)])
      }
    }

    test('is noticed by a client that only makes calls, for a question a minute at most', async () => {
      const [a, b] = nodesOn(5) as [SimNode, SimNode]
      const client = clientOf(worldOf({ [A]: a, [B]: b }), { heartbeat: { interval: 15_000 } })
      await call(client, [a, b], 30)
      const asked = a.count('eth_blockNumber')
      expect(client.stats.notices['stale-head']).toBe(0)

      await call(client, [b], 6)

      expect(asked).toBeGreaterThanOrEqual(5)
      expect(asked).toBeLessThanOrEqual(30)
      expect(client.state).toMatchObject({ status: 'open', endpoint: 'wss://b.test' })
      expect(client.stats).toMatchObject({ sockets: 2, notices: { 'stale-head': 1 } })
      await client.close()
    })

    test('is a notice with one endpoint', async () => {
      const [a] = nodesOn(5, 1) as [SimNode]
      const client = clientOf(worldOf({ [A]: a }), { heartbeat: { interval: 15_000 } }, [A])
      await call(client, [a], 10)

      await call(client, [], 20)

      expect(client.stats.notices['stale-head']).toBe(1)
      await client.close()
    })

    test.for([{ heartbeat: false }, { probe: false }] as const)('nothing is asked with %o', async option => {
      const [a] = nodesOn(5, 1) as [SimNode]
      const client = clientOf(worldOf({ [A]: a }), { heartbeat: { interval: 15_000 }, ...option }, [A])

      await call(client, [a], 10)

      expect(a.count('eth_blockNumber')).toBe(0)
      await client.close()
    })
  })

  test('with reconnect: false it is a notice: to move would end the client', async () => {
    const [a, b] = nodesOn(5) as [SimNode, SimNode]
    const client = clientOf(worldOf({ [A]: a, [B]: b }), { reconnect: false })
    const { reading } = await standStill(client, a, b)

    for (let i = 0; i < 25; i++) {
      mine(b)
      await run(12_000)
    }

    expect(client.state).toMatchObject({ status: 'open', endpoint: 'wss://a.test' })
    expect(client.stats.notices['stale-head']).toBe(1)
    await client.close()
    await reading
  })

  test('with one endpoint it is a notice', async () => {
    const [a] = nodesOn(5, 1) as [SimNode]
    const client = clientOf(worldOf({ [A]: a }), {}, [A])
    const { reading } = await standStill(client, a, a, 5)

    await run(600_000)

    expect(client.stats.notices['stale-head']).toBe(1)
    expect(client.state.status).toBe('open')
    await client.close()
    await reading
  })

  test('it is no notice where only nobody listens any more', async () => {
    const [a, b] = nodesOn(5) as [SimNode, SimNode]
    const client = clientOf(worldOf({ [A]: a, [B]: b }))
    const stop = new AbortController()
    const subscription = await Promise.all([
      client.subscribe('newHeads', [], { signal: stop.signal }),
      run(1_000),
    ])
    subscription[0].on('data', () => undefined)
    for (let i = 0; i < 5; i++) {
      mine(a)
      await run(12_000)
    }
    await Promise.all([subscription[0].unsubscribe(), run(100)])

    for (let i = 0; i < 60; i++) {
      mine(a)
      await run(12_000)
    }

    expect(client.stats.notices['stale-head']).toBe(0)
    await client.close()
  })
})

describe('a node that contradicts itself', () => {
  test('is left for one whose chain has come as far, within stallTimeout', async () => {
    const [a, b] = nodesOn(5) as [SimNode, SimNode]
    const client = clientOf(worldOf({ [A]: a, [B]: b }), { stallTimeout: 20_000 })
    const { fold, reading } = follow(client)
    await run(1_000)
    mine(a)
    mine(b)
    await run(1_000)
    // It announces block 8, and denies block 7.
    a.bend = ({ method, params }) =>
      method === 'eth_getBlockByNumber' && params[0] === '0x7' ? null : undefined
    for (let i = 0; i < 2; i++) {
      mine(a)
      mine(b)
    }

    await run(20_000)

    expect(client.state.endpoint).toBe('wss://b.test')
    expect(fold.items.map(({ value }) => Number(value))).toEqual([6, 7, 8])
    await client.close()
    await reading
  })

  test('is kept where the other one has not come as far, which is asked now and then', async () => {
    const [a, b] = nodesOn(5) as [SimNode, SimNode]
    const world = worldOf({ [A]: a, [B]: b })
    const client = clientOf(world, { stallTimeout: 20_000 })
    const { reading } = follow(client)
    const failed = expect(reading).rejects.toMatchObject({ name: 'NodeInconsistentError' })
    await run(1_000)
    a.bend = ({ method, params }) => {
      if (method === 'eth_getLogs' && 'blockHash' in Object(params[0]))
        throw new SimRpcError(-32000, 'unknown block')
      return undefined
    }
    mine(a)

    await run(30_000)

    await failed
    expect(client.state.endpoint).toBe('wss://a.test')
    const asked = world.dials.filter(dial => urlOf(dial) === B)
    expect(asked.length).toBeGreaterThanOrEqual(1)
    expect(asked.length).toBeLessThanOrEqual(4)
    await client.close()
  })
})
