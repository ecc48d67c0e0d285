import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../src/client.ts'
import type { ConnectionState } from '../../src/connection/state.ts'
import { TRANSITIONS } from '../../src/connection/state.ts'
import {
  AttemptsExhaustedError,
  ClientClosedError,
  ConnectionRefusedError,
  HeartbeatTimeoutError,
  type HoldfastError,
  ServiceUnavailableError,
  UnauthorizedError,
  WrongChainError,
} from '../../src/index.ts'
import type { ClientOptions } from '../../src/options.ts'
import { fakeClient, settled } from '../support/fake-client.ts'
import { answering, type FakeDial, type FakeSocket, FakeWorld } from '../support/fake-line.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount(), 'timers left').toBe(0)
  vi.useRealTimers()
})

const FACTS = { phase: 'http', endpoint: 'wss://node.test', elapsed: 1 } as const
const refused = () => new ConnectionRefusedError('refused', { ...FACTS, retryable: true })
const unauthorized = () => new UnauthorizedError('401', { ...FACTS, status: 401, retryable: false })
const unavailable = (retryAfter: number) =>
  new ServiceUnavailableError('503', { ...FACTS, status: 503, retryable: true, retryAfter })

/** Every dial opens at once, and the peer answers what is asked. */
function goodWorld(): FakeWorld {
  return new FakeWorld(dial => {
    dial.socket.onRequest = answering()
    dial.open()
  })
}

/** The peer answers the first question, and nothing after it by itself. */
async function openLine(client: Client, world: FakeWorld): Promise<FakeSocket> {
  const connected = client.connect()
  await settled()
  const socket = world.last.open()
  await settled()
  socket.answer('eth_chainId', '0x1')
  await connected
  return socket
}

function statesOf(client: Client): ConnectionState[] {
  const states: ConnectionState[] = []
  client.on('state', ({ from, to }) => {
    expect(TRANSITIONS[from.status], `${from.status} → ${to.status}`).toContain(to.status)
    states.push(to)
  })
  return states
}

function startFailing(error: () => HoldfastError, options: ClientOptions = {}) {
  const world = new FakeWorld(dial => dial.fail(error()))
  const { client } = fakeClient(options, world)
  const states = statesOf(client)
  const connected = client.connect()
  return { world, client, states, connected }
}

describe('the first open', () => {
  test('a client dials only when it is used', async () => {
    const { client, world } = fakeClient()

    await vi.advanceTimersByTimeAsync(60_000)

    expect(world.dials).toHaveLength(0)
    expect(client.state).toEqual({ status: 'idle' })
    await client.close()
    expect(client.state).toEqual({ status: 'closed' })
  })

  test('open means that eth_chainId was answered, not that the socket opened', async () => {
    const { client, world } = fakeClient()
    const connected = client.connect()
    await settled()
    const socket = world.last.open()
    await settled()
    expect(client.state.status).toBe('connecting')

    socket.answer('eth_chainId', '0x2105')
    await connected

    expect(client.state).toMatchObject({ status: 'open', chainId: 8453, endpoint: 'wss://node.test' })
    await client.close()
  })

  test('with probe: false the open socket is enough', async () => {
    const { client, world } = fakeClient({ probe: false })
    const connected = client.connect()
    await settled()

    world.last.open()
    await connected

    expect(client.state).toMatchObject({ status: 'open', chainId: undefined })
    expect(world.last.socket.sent).toEqual([])
    await client.close()
  })

  test('an error that waiting does not mend ends a client that has never been open', async () => {
    const { client, connected, states } = startFailing(unauthorized)

    await expect(connected).rejects.toBeInstanceOf(UnauthorizedError)

    expect(states.map(({ status }) => status)).toEqual(['connecting', 'closed'])
    await expect(client.request({ method: 'eth_blockNumber' })).rejects.toMatchObject({
      name: 'ClientClosedError',
      cause: { name: 'UnauthorizedError' },
    })
  })

  test('a wrong chain is final and its held answers reach nobody', async () => {
    const { client, world } = fakeClient({ chainId: 1 })
    const block = client.request({ method: 'eth_blockNumber' })
    const outcome = expect(block).rejects.toBeInstanceOf(ClientClosedError)
    await settled()
    const socket = world.last.open()
    await settled()

    socket.answer('eth_blockNumber', '0x10')
    socket.answer('eth_chainId', '0x5')

    await outcome
    expect(client.state).toMatchObject({
      status: 'closed',
      error: { name: 'WrongChainError', expected: 1, actual: 5 },
    })
    expect(socket.ended).toBeDefined()
  })

  test('with attempts spent the last failure is the cause', async () => {
    const { world, connected } = startFailing(refused, { reconnect: { attempts: 3 } })
    const outcome = expect(connected).rejects.toSatisfy(
      error =>
        error instanceof AttemptsExhaustedError &&
        error.attempts === 3 &&
        error.cause instanceof ConnectionRefusedError,
    )

    await vi.advanceTimersByTimeAsync(10_000)

    await outcome
    expect(world.dials).toHaveLength(3)
  })

  test('with reconnect: false the first failure ends the client', async () => {
    const { world, connected } = startFailing(refused, { reconnect: false })

    await expect(connected).rejects.toBeInstanceOf(ConnectionRefusedError)

    expect(world.dials).toHaveLength(1)
  })

  test('a peer that never answers the first question is given up when the budget ends', async () => {
    const { client, world } = fakeClient({ handshakeTimeout: 2_000, reconnect: false })
    const outcome = expect(client.connect()).rejects.toMatchObject({
      name: 'ProbeTimeoutError',
      phase: 'open',
    })
    await settled()
    world.last.open()

    await vi.advanceTimersByTimeAsync(2_000)

    await outcome
  })

  test('aborting connect() stops the waiting, not the client', async () => {
    const { client, world } = fakeClient()
    const controller = new AbortController()
    const connected = client.connect({ signal: controller.signal })
    const reason = new Error('enough')

    controller.abort(reason)

    await expect(connected).rejects.toBe(reason)
    expect(client.state.status).toBe('connecting')
    world.last.socket.onRequest = answering()
    world.last.open()
    await settled()
    expect(client.state.status).toBe('open')
    await client.close()
  })

  test('a connect() that nobody awaits raises no unhandled rejection', async () => {
    const { connected } = startFailing(unauthorized)

    // Vitest fails the run on an unhandled rejection.
    await vi.advanceTimersByTimeAsync(1_000)

    await expect(connected).rejects.toThrow()
  })
})

describe('coming back', () => {
  test('delays are jittered below a bound that grows up to maxDelay', async () => {
    const { world, client } = startFailing(refused)
    world.draw = 0.999_999

    await vi.advanceTimersByTimeAsync(60_000)

    const gaps = world.dials.slice(1).map((dial, i) => Math.round(dial.at - (world.dials[i]?.at ?? 0)))
    expect(gaps.slice(0, 4)).toEqual([249, 374, 562, 843])
    expect(Math.max(...gaps)).toBe(9_999)
    await client.close()
  })

  test('the next dial is not before Retry-After', async () => {
    const { world, client, states } = startFailing(() => unavailable(7_000))

    await vi.advanceTimersByTimeAsync(6_999)
    expect(world.dials).toHaveLength(1)
    expect(states.at(-1)).toMatchObject({
      status: 'waiting',
      attempt: 2,
      error: { name: 'ServiceUnavailableError' },
    })
    await vi.advanceTimersByTimeAsync(1)

    expect(world.dials).toHaveLength(2)
    await client.close()
  })

  test('a Retry-After of a day is cut to maxRetryAfter', async () => {
    const { world, client } = startFailing(() => unavailable(86_400_000), {
      reconnect: { maxRetryAfter: 1_000 },
    })

    await vi.advanceTimersByTimeAsync(1_000)

    expect(world.dials).toHaveLength(2)
    await client.close()
  })

  test('a lost line is dialled again and the attempts count from 1', async () => {
    const world = goodWorld()
    const { client } = fakeClient({ heartbeat: false }, world)
    await client.connect()
    const states = statesOf(client)
    await vi.advanceTimersByTimeAsync(5_000)

    world.last.socket.drop()
    await vi.advanceTimersByTimeAsync(1_000)

    expect(states).toMatchObject([
      { status: 'waiting', attempt: 1, error: { name: 'ConnectionLostError', closeCode: 1006 } },
      { status: 'connecting', attempt: 1 },
      { status: 'open' },
    ])
    await client.close()
  })

  test('a line that falls before it was stable does not reset the count', async () => {
    const world = goodWorld()
    const { client } = fakeClient({ heartbeat: false }, world)
    const states = statesOf(client)
    await client.connect()
    for (let i = 0; i < 3; i++) {
      await vi.advanceTimersByTimeAsync(1_000)
      world.last.socket.drop()
      await vi.advanceTimersByTimeAsync(1_000)
    }

    const attempts = states.flatMap(state => (state.status === 'connecting' ? [state.attempt] : []))
    expect(attempts).toEqual([1, 2, 3, 4])
    await client.close()
  })

  test('a peer that is not asked at the door counts as useful once it has said something', async () => {
    const attemptsOf = async (onOpen: (socket: FakeSocket) => void) => {
      const world = new FakeWorld(dial => onOpen(dial.open()))
      const { client } = fakeClient({ heartbeat: false, probe: false }, world)
      const states = statesOf(client)
      await client.connect()
      for (let i = 0; i < 2; i++) {
        await vi.advanceTimersByTimeAsync(6_000)
        world.last.socket.drop()
        await vi.advanceTimersByTimeAsync(1_000)
      }
      await client.close()
      return states.flatMap(state => (state.status === 'connecting' ? [state.attempt] : []))
    }

    const silent = await attemptsOf(() => {})
    const speaking = await attemptsOf(socket => void queueMicrotask(() => socket.notify('0x1', {})))

    expect(silent).toEqual([1, 2, 3])
    expect(speaking).toEqual([1, 1, 1])
  })

  test('a peer that answers at the door and never again was of no use: the attempts count on', async () => {
    const { client, world } = fakeClient({ heartbeat: { interval: 8_000, timeout: 1_000 } })
    const states = statesOf(client)
    for (let i = 0; i < 3; i++) {
      if (i === 0) client.connect().catch(() => undefined)
      await settled()
      world.last.open()
      await settled()
      world.last.socket.answer('eth_chainId', '0x1')
      await vi.advanceTimersByTimeAsync(10_000)
    }

    const attempts = states.flatMap(state => (state.status === 'connecting' ? [state.attempt] : []))
    expect(attempts).toEqual([1, 2, 3, 4])
    await client.close()
  })

  test('after an open a 401 is retried slowly, with a notice', async () => {
    let dials = 0
    const world = new FakeWorld(dial => {
      dial.socket.onRequest = answering()
      if (dials++ === 0) dial.open()
      else dial.fail(unauthorized())
    })
    const { client } = fakeClient({ heartbeat: false }, world)
    const notices: string[] = []
    client.on('notice', ({ kind }) => notices.push(kind))
    await client.connect()
    await vi.advanceTimersByTimeAsync(10_000)
    world.last.socket.drop()

    await vi.advanceTimersByTimeAsync(600_000)

    const gaps = world.dials.slice(2).map((dial, i) => dial.at - (world.dials[i + 1]?.at ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60_000)
    expect(gaps.length).toBeGreaterThan(10)
    expect(new Set(notices)).toEqual(new Set(['slow-retry']))
    await client.close()
  })

  test('after an open a wrong chain stays final', async () => {
    let chain = '0x1'
    const world = new FakeWorld(dial => {
      dial.socket.onRequest = answering({ eth_chainId: () => chain })
      dial.open()
    })
    const { client } = fakeClient({ heartbeat: false }, world)
    await client.connect()
    chain = '0x2'

    world.last.socket.drop()
    await vi.advanceTimersByTimeAsync(1_000)

    expect(client.state).toMatchObject({ status: 'closed' })
    expect(client.state).toHaveProperty('error', expect.any(WrongChainError))
  })

  test('credentials that a function gives are asked for once more after a 401, at once', async () => {
    const answers: ((dial: FakeDial) => void)[] = [
      dial => dial.fail(unauthorized()),
      dial => {
        dial.socket.onRequest = answering()
        dial.open()
      },
    ]
    const world = new FakeWorld(dial => answers.shift()?.(dial))
    const { client } = fakeClient({ bearer: () => 'a-new-token' }, world)

    const connected = client.connect()
    await vi.advanceTimersByTimeAsync(1)

    await connected
    expect(world.dials).toHaveLength(2)
    await client.close()
  })

  test('a second 401 in a row is final for a client that has never been open', async () => {
    const world = new FakeWorld(dial => dial.fail(unauthorized()))
    const { client } = fakeClient({ bearer: () => 'a-token' }, world)

    const outcome = expect(client.connect()).rejects.toBeInstanceOf(UnauthorizedError)
    await vi.advanceTimersByTimeAsync(1)

    await outcome
    expect(world.dials).toHaveLength(2)
  })
})

describe('liveness', () => {
  test('a line that answers nothing is dead after interval and timeout', async () => {
    const { client, world } = fakeClient({ heartbeat: { interval: 15_000, timeout: 5_000 } })
    await openLine(client, world)
    const states = statesOf(client)
    const openedAt = performance.now()

    await vi.advanceTimersByTimeAsync(19_999)
    expect(states).toEqual([])
    await vi.advanceTimersByTimeAsync(1)

    expect(states[0]).toMatchObject({
      status: 'waiting',
      error: { name: 'HeartbeatTimeoutError', silentFor: 20_000 },
    })
    expect(performance.now() - openedAt).toBe(20_000)
    await client.close()
  })

  test('where the timeout is longer than the interval, a line is probed as often and found dead as soon', async () => {
    const { client, world } = fakeClient({ heartbeat: { interval: 1_000, timeout: 5_000 } })
    const socket = await openLine(client, world)
    const [from, silentFrom] = [performance.now(), performance.now() + 10_200]
    // Every answer takes 200 ms.
    socket.onRequest = ({ id }) => {
      if (performance.now() < silentFrom)
        setTimeout(() => socket.receive({ jsonrpc: '2.0', id, result: '0x1' }), 200)
    }

    await vi.advanceTimersByTimeAsync(10_200)
    expect(socket.methods.filter(method => method === 'eth_chainId').length - 1).toBeGreaterThanOrEqual(8)
    while (client.state.status === 'open') await vi.advanceTimersByTimeAsync(10)

    expect(performance.now() - from).toBeLessThanOrEqual(10_200 + 6_000)
    await client.close()
  })

  test('answers keep a line alive, and no probe is sent while they come', async () => {
    const { client, world } = fakeClient({ heartbeat: { interval: 10_000, timeout: 1_000 } })
    const socket = await openLine(client, world)
    for (let i = 0; i < 10; i++) {
      await vi.advanceTimersByTimeAsync(9_000)
      const block = client.request({ method: 'eth_blockNumber' })
      await settled()
      socket.answer('eth_blockNumber', '0x1')
      await block
    }

    expect(socket.methods.filter(method => method === 'eth_chainId')).toHaveLength(1)
    expect(client.state.status).toBe('open')
    await client.close()
  })

  test('a peer that pushes frames but answers nothing has three times the timeout', async () => {
    const { client, world } = fakeClient({ heartbeat: { interval: 1_000, timeout: 1_000 } })
    const socket = await openLine(client, world)
    const push = setInterval(() => socket.notify('0xdead', {}), 100)

    await vi.advanceTimersByTimeAsync(3_900)
    expect(client.state.status).toBe('open')
    await vi.advanceTimersByTimeAsync(200)

    clearInterval(push)
    expect(client.state).toMatchObject({ status: 'waiting' })
    expect(client.state).toHaveProperty('error', expect.any(HeartbeatTimeoutError))
    await client.close()
  })

  test('a large answer that is still arriving is waited for', async () => {
    const { client, world } = fakeClient({ heartbeat: { interval: 1_000, timeout: 1_000 } })
    const socket = await openLine(client, world)
    socket.received = 0
    const growing = setInterval(() => {
      socket.received = (socket.received ?? 0) + 1_000
    }, 300)

    await vi.advanceTimersByTimeAsync(30_000)
    expect(client.state.status).toBe('open')
    clearInterval(growing)
    await vi.advanceTimersByTimeAsync(2_000)

    expect(client.state).toMatchObject({ status: 'waiting', error: { name: 'HeartbeatTimeoutError' } })
    await client.close()
  })

  test('a machine that slept gives the line a fresh chance', async () => {
    const { client, world } = fakeClient({ heartbeat: { interval: 15_000, timeout: 5_000 } })
    const socket = await openLine(client, world)
    await vi.advanceTimersByTimeAsync(16_000)

    // The monotonic clock stands still in sleep, the wall clock does not.
    vi.setSystemTime(Date.now() + 8 * 3_600_000)
    await vi.advanceTimersByTimeAsync(4_500)
    expect(client.state.status).toBe('open')
    socket.answer('eth_chainId', '0x1')
    await vi.advanceTimersByTimeAsync(5_000)

    expect(client.state.status).toBe('open')
    await client.close()
  })
})

describe('closing', () => {
  test('close() says goodbye with 1000 and waits at most two seconds', async () => {
    const world = goodWorld()
    const { client } = fakeClient({}, world)
    await client.connect()
    world.last.socket.isPolite = false

    const closed = client.close()
    expect(client.state.status).toBe('closing')
    await vi.advanceTimersByTimeAsync(2_000)

    await closed
    expect(world.last.socket.ended).toEqual({ how: 'close', code: 1000 })
    expect(client.state).toMatchObject({ status: 'closed' })
  })

  test('a peer that closes back ends the waiting', async () => {
    const world = goodWorld()
    const { client } = fakeClient({}, world)
    await client.connect()

    await client.close()

    expect(world.last.socket.ended).toEqual({ how: 'close', code: 1000 })
    expect(client.state.status).toBe('closed')
  })

  test.each(['connecting', 'open', 'waiting'] as const)(
    'close() inside a listener of %s ends the client',
    async status => {
      const world = new FakeWorld(dial => {
        if (status === 'waiting') return dial.fail(refused())
        dial.socket.onRequest = answering()
        dial.open()
      })
      const { client } = fakeClient({}, world)
      const states = statesOf(client)
      let closed: Promise<void> | undefined
      client.on('state', ({ to }) => {
        if (to.status === status) closed = client.close()
      })

      const outcome = expect(client.connect()).rejects.toBeInstanceOf(ClientClosedError)
      await vi.advanceTimersByTimeAsync(5_000)

      await outcome
      await closed
      expect(states.map(state => state.status).slice(-2)).toEqual(['closing', 'closed'])
    },
  )

  test('requests under way reject, at once', async () => {
    const world = goodWorld()
    const { client } = fakeClient({}, world)
    await client.connect()
    const outcome = expect(client.request({ method: 'eth_gasPrice' })).rejects.toBeInstanceOf(
      ClientClosedError,
    )
    await settled()

    world.last.socket.isPolite = false
    const closed = client.close()

    await outcome
    await vi.advanceTimersByTimeAsync(2_000)
    await closed
  })

  test('a listener that throws disturbs nobody', async () => {
    const thrown: unknown[] = []
    const catchIt = (error: unknown) => thrown.push(error)
    process.on('uncaughtException', catchIt)
    const { client } = fakeClient({}, goodWorld())
    const seen: string[] = []
    client.on('state', () => {
      throw new Error('a bug of the user')
    })
    client.on('state', ({ to }) => seen.push(to.status))

    await client.connect()

    await client.close().finally(() => process.off('uncaughtException', catchIt))
    expect(seen).toContain('open')
    expect(thrown.length).toBeGreaterThan(0)
  })
})

describe('stats', () => {
  test('count time in state open by the clock that never goes back', async () => {
    const world = goodWorld()
    const { client } = fakeClient({}, world)
    await client.connect()
    await vi.advanceTimersByTimeAsync(7_000)

    vi.setSystemTime(Date.now() - 365 * 24 * 3_600_000)
    await vi.advanceTimersByTimeAsync(1_000)

    expect(client.stats.openTime).toBe(8_000)
    world.last.socket.drop()
    await settled()
    await client.close()
    expect(client.stats).toMatchObject({ openTime: 8_000, sockets: 1, failures: 1 })
  })
})
