/** A page that sleeps, hides, goes offline and comes back, in virtual time. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  ConnectionRefusedError,
  type ConnectionState,
  HeartbeatTimeoutError,
  ServiceUnavailableError,
} from '../../src/index.ts'
import type { ClientOptions } from '../../src/options.ts'
import { platform } from '../../src/platform.browser.ts'
import { fakeClient, settled } from '../support/fake-client.ts'
import { answering, type FakeDial, FakeWorld } from '../support/fake-line.ts'

const run = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount(), 'timers left').toBe(0)
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const LOCAL = 'ws://localhost:8545'
const FACTS = { phase: 'tcp', endpoint: 'wss://node.test', elapsed: 1 } as const
const refuse = (dial: FakeDial) =>
  dial.fail(new ConnectionRefusedError('refused', { ...FACTS, retryable: true }))
const serve = (dial: FakeDial) => {
  dial.socket.onRequest = answering()
  dial.open()
}

function start(onDial: (dial: FakeDial) => void, options: ClientOptions = {}) {
  const behaviour = { now: onDial }
  const world = new FakeWorld(dial => behaviour.now(dial))
  const { client } = fakeClient(options, world)
  const states: ConnectionState[] = []
  client.on('state', ({ to }) => states.push(to))
  client.connect().catch(() => undefined)
  return { behaviour, world, client, states }
}

describe('offline', () => {
  test('nothing is dialled, and no moment for it is promised', async () => {
    const { world, client } = start(refuse)
    await settled()
    world.platform.setOffline(true)
    const dials = world.dials.length

    await run(3_600_000)

    expect(world.dials).toHaveLength(dials)
    expect(client.state).toMatchObject({
      status: 'waiting',
      retryAt: undefined,
      error: { name: 'ConnectionRefusedError' },
    })
    await client.close()
  })

  test('the moment it ends, the client dials', async () => {
    const { world, client, behaviour } = start(refuse)
    await settled()
    world.platform.setOffline(true)
    await run(60_000)
    behaviour.now = serve

    world.platform.setOffline(false)
    await settled()

    expect(client.state.status).toBe('open')
    await client.close()
  })

  test('a client that is asked to connect waits for the network, and dials the moment it is there', async () => {
    const world = new FakeWorld(serve)
    world.platform.setOffline(true)
    const { client } = fakeClient({}, world)
    const connected = client.connect()
    await run(3_600_000)
    expect(world.dials).toHaveLength(0)
    expect(client.state).toMatchObject({
      status: 'waiting',
      endpoint: 'wss://node.test',
      attempt: 1,
      retryAt: undefined,
      error: {
        name: 'OfflineError',
        retryable: true,
        message: 'wss://node.test cannot be reached: the browser is offline.',
      },
    })

    world.platform.setOffline(false)
    await connected

    expect(world.dials).toHaveLength(1)
    expect(client.stats).toMatchObject({ sockets: 1, failures: 0 })
    await client.close()
  })

  test('a request that gives up before the network is there says why', async () => {
    const world = new FakeWorld(serve)
    world.platform.setOffline(true)
    const { client } = fakeClient({}, world)

    const request = client.request({ method: 'eth_gasPrice' }, { timeout: 5_000 })
    const outcome = expect(request).rejects.toMatchObject({
      name: 'RequestTimeoutError',
      cause: { name: 'OfflineError' },
    })
    await run(5_000)

    await outcome
    await client.close()
  })

  test('with reconnect: false nothing is waited for: the first dial says what is wrong', async () => {
    const world = new FakeWorld(refuse)
    world.platform.setOffline(true)
    const { client } = fakeClient({ reconnect: false }, world)

    await expect(client.connect()).rejects.toThrow(ConnectionRefusedError)
  })

  test('an endpoint on this machine is dialled meanwhile', async () => {
    const world = new FakeWorld(dial => (String(dial.endpoint.url) === LOCAL ? serve(dial) : refuse(dial)))
    const { client } = fakeClient({}, world, ['wss://node.test', LOCAL])
    world.platform.isOffline = label => world.platform.offline && label !== LOCAL
    client.on('state', ({ to }) => {
      if (to.status === 'connecting' && to.endpoint !== LOCAL) world.platform.setOffline(true)
    })

    await Promise.all([client.connect(), run(1_000)])

    expect(client.state).toMatchObject({ status: 'open', endpoint: LOCAL })
    await client.close()
  })

  test('a line that still works is left alone', async () => {
    const { world, client } = start(serve)
    await settled()

    world.platform.setOffline(true)
    await run(60_000)

    expect(client.state.status).toBe('open')
    expect(world.dials).toHaveLength(1)
    await client.close()
  })

  test('close() ends a client that waits for the network', async () => {
    const { world, client } = start(refuse)
    await settled()
    world.platform.setOffline(true)

    await client.close()

    expect(client.state.status).toBe('closed')
    expect(world.platform.watchers.size).toBe(0)
  })
})

describe('waking up', () => {
  test('ends a wait at once', async () => {
    const { world, client, behaviour } = start(refuse)
    world.draw = 0.99
    await run(20_000)
    behaviour.now = serve
    expect(client.state.status).toBe('waiting')

    world.platform.wake()
    await settled()

    expect(client.state.status).toBe('open')
    await client.close()
  })

  test('does not overrule a Retry-After', async () => {
    const { world, client } = start(dial =>
      dial.fail(
        new ServiceUnavailableError('503', { ...FACTS, status: 503, retryable: true, retryAfter: 60_000 }),
      ),
    )
    await run(1_000)

    for (let i = 0; i < 50; i++) {
      world.platform.wake()
      await run(1_000)
    }

    expect(world.dials).toHaveLength(1)
    await client.close()
  })

  test('has the line probed at once, and a dead one is replaced within the timeout', async () => {
    const { world, client } = start(serve)
    await settled()
    world.last.socket.onRequest = () => {}
    await run(1_000)

    world.platform.wake()
    expect(world.last.socket.methods.filter(method => method === 'eth_chainId')).toHaveLength(2)
    await run(5_000)

    expect(client.state).toHaveProperty('error', expect.any(HeartbeatTimeoutError))
    await client.close()
  })

  test('again and again does not keep a dead line alive', async () => {
    const { world, client, states } = start(serve)
    await settled()
    world.last.socket.onRequest = () => {}

    for (let i = 0; i < 20; i++) {
      world.platform.wake()
      await run(1_000)
    }

    expect(states.some(state => 'error' in state && state.error instanceof HeartbeatTimeoutError)).toBe(true)
    await client.close()
  })

  test('leaves a good line alone', async () => {
    const { world, client } = start(serve)
    await settled()

    for (let i = 0; i < 20; i++) {
      world.platform.wake()
      await run(700)
    }

    expect(client.stats).toMatchObject({ sockets: 1, failures: 0 })
    await client.close()
  })
})

describe('timers that are throttled to one a minute', () => {
  /** Time passes for the clock at once, and timers that were due meanwhile fire late. */
  const minute = async () => {
    const late = performance.now() + 60_000
    vi.spyOn(performance, 'now').mockImplementation(() => late)
    await run(5_000)
    vi.mocked(performance.now).mockRestore()
  }

  test('still find a dead line', async () => {
    const { world, client, states } = start(serve)
    await settled()
    world.last.socket.onRequest = () => {}

    for (let i = 0; i < 6; i++) await minute()

    expect(states.some(state => 'error' in state && state.error instanceof HeartbeatTimeoutError)).toBe(true)
    await client.close()
  })

  test('do a good line no harm', async () => {
    const { client } = start(serve)
    await settled()

    for (let i = 0; i < 10; i++) await minute()

    expect(client.stats).toMatchObject({ sockets: 1, failures: 0 })
    await client.close()
  })
})

describe('where bytes are not told, as in a browser', () => {
  test('a read that still has time may be what the line is busy with', async () => {
    const { world, client } = start(serve, { timeout: 60_000 })
    await settled()
    const { socket } = world.last
    socket.onRequest = () => {}
    const logs = client.request({ method: 'eth_getLogs', params: [{}] })
    await run(45_000)
    expect(client.state.status).toBe('open')

    socket.answer('eth_getLogs', [])

    expect(await logs).toEqual([])
    expect(client.stats.failures).toBe(0)
    await client.close()
  })

  test('it has its own timeout, and no longer', async () => {
    const { world, client, states } = start(serve, { timeout: 40_000 })
    await settled()
    world.last.socket.onRequest = () => {}
    client.request({ method: 'eth_getLogs', params: [{}] }).catch(() => undefined)
    // Reads that were asked after the probe prove nothing.
    const asking = setInterval(() => client.request({ method: 'eth_gasPrice' }).catch(() => undefined), 3_000)

    await run(61_000)

    clearInterval(asking)
    expect(states.some(state => 'error' in state && state.error instanceof HeartbeatTimeoutError)).toBe(true)
    await client.close()
  })
})

describe('the platform of a page', () => {
  function fakePage() {
    const target = new EventTarget()
    const page = { visibilityState: 'visible' }
    vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
    vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target))
    vi.stubGlobal('document', page)
    return { page, fire: (type: string) => target.dispatchEvent(new Event(type)) }
  }

  test('tells of online, offline, pageshow and of becoming visible, until it is stopped', () => {
    const { page, fire } = fakePage()
    const told: string[] = []
    let event = ''
    const stop = platform.watch(() => told.push(event))
    const say = (type: string) => fire((event = type))

    for (const type of ['online', 'offline', 'pageshow', 'visibilitychange']) say(type)
    page.visibilityState = 'hidden'
    say('visibilitychange')
    say('online')
    stop()
    say('online')

    expect(told).toEqual(['online', 'offline', 'pageshow', 'visibilitychange', 'online'])
  })

  test('is offline where the browser is sure of it, but for this machine', () => {
    vi.stubGlobal('navigator', { onLine: false })
    expect(platform.isOffline('wss://node.test')).toBe(true)
    expect(platform.isOffline(undefined)).toBe(true)
    expect(platform.isOffline('ws://127.0.0.1:8545')).toBe(false)
    expect(platform.isOffline('ws://localhost:8545')).toBe(false)

    vi.stubGlobal('navigator', { onLine: true })
    expect(platform.isOffline('wss://node.test')).toBe(false)
  })

  test('says nothing where there is no page', () => {
    vi.stubGlobal('navigator', undefined)
    expect(platform.isOffline('wss://node.test')).toBe(false)
    expect(() => platform.watch(() => {})()).not.toThrow()
  })
})
