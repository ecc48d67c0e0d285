/** Liveness on real sockets: a node that is stopped, a peer that only pings or pushes, an answer that takes its time. */

import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { startAnvil } from '../../examples/local/anvil.ts'
import { startProxy } from '../../examples/local/cutting-proxy.ts'
import { type Client, type ClientOptions, type ConnectionState, createClient } from '../../src/index.ts'
import { nodePeer, type Peer } from '../support/peers.ts'
import { slowProxy } from '../support/slow-proxy.ts'

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function use<P extends { close(): Promise<void> }>(starting: Promise<P>): Promise<P> {
  const ready = await starting
  cleanups.push(() => ready.close())
  return ready
}

function clientOf({ port }: Pick<Peer, 'port'>, options: ClientOptions = {}): Client {
  const client = createClient(`ws://127.0.0.1:${port}`, options)
  cleanups.push(() => client.close())
  return client
}

/** Resolves with the next state of this kind. */
function next<S extends ConnectionState['status']>(client: Client, status: S) {
  return new Promise<Extract<ConnectionState, { status: S }>>(resolve => {
    const look = ({ to }: { to: ConnectionState }) => {
      if (to.status !== status) return
      client.off('state', look)
      resolve(to as Extract<ConnectionState, { status: S }>)
    }
    client.on('state', look)
  })
}

const QUICK = { heartbeat: { interval: 300, timeout: 200 } }

describe('a half-open line', () => {
  test('to a node that is stopped (SIGSTOP) is found dead, and the read under way is answered once it goes on', async () => {
    const anvil = await startAnvil()
    cleanups.push(() => anvil.stop())
    const client = clientOf(anvil, { ...QUICK, handshakeTimeout: 500 })
    await client.connect()
    const lost = next(client, 'waiting')

    anvil.process.kill('SIGSTOP')
    const block = client.request({ method: 'eth_blockNumber' })
    const { error } = await lost
    anvil.process.kill('SIGCONT')

    expect(error).toMatchObject({ name: 'HeartbeatTimeoutError' })
    expect(await block).toBe('0x0')
  })

  test('that swallows every byte is noticed within 20.5 s by default', async () => {
    const peer = await use(nodePeer())
    const proxy = await use(startProxy(peer.port))
    const client = clientOf(proxy)
    await client.connect()
    const lost = next(client, 'waiting')

    proxy.silence()
    const since = performance.now()
    await lost

    expect(performance.now() - since).toBeLessThanOrEqual(20_500)
    await next(client, 'open')
  }, 40_000)
})

describe('a peer', () => {
  test('that pings but answers nothing is dead: a ping is no answer', async () => {
    const peer = await use(nodePeer())
    const client = clientOf(peer, QUICK)
    await client.connect()
    const [socket] = peer.sockets
    const pinging = setInterval(() => socket?.ping('x'.repeat(125)), 20)
    cleanups.push(() => clearInterval(pinging))
    socket?.removeAllListeners('message')

    const { error } = await next(client, 'waiting')

    expect(error).toMatchObject({ name: 'HeartbeatTimeoutError' })
  })

  test('that pushes but answers nothing is dead after three times the timeout', async () => {
    const peer = await use(nodePeer())
    const client = clientOf(peer, QUICK)
    await client.connect()
    const openedAt = performance.now()
    const [socket] = peer.sockets
    const push = JSON.stringify({
      jsonrpc: '2.0',
      method: 'eth_subscription',
      params: { subscription: '0x1', result: {} },
    })
    const pushing = setInterval(() => socket?.send(push), 20)
    cleanups.push(() => clearInterval(pushing))
    socket?.removeAllListeners('message')

    const { error } = await next(client, 'waiting')

    expect(error).toMatchObject({ name: 'HeartbeatTimeoutError' })
    expect(performance.now() - openedAt).toBeGreaterThanOrEqual(300 + 3 * 200)
  })
})

test('an answer of 30 MB over a slow line is waited for, though it takes twelve times the heartbeat', async () => {
  const size = 30_000_000
  const answer = `0x${'ab'.repeat(size / 2)}`
  const peer = await use(nodePeer(({ method }) => (method === 'eth_getCode' ? answer : undefined)))
  const proxy = await use(slowProxy(peer.port, 5_000_000))
  const client = clientOf(proxy, QUICK)
  await client.connect()
  const since = performance.now()

  const code = await client.request({ method: 'eth_getCode', params: [`0x${'11'.repeat(20)}`, 'latest'] })

  expect(code).toHaveLength(size + 2)
  expect(performance.now() - since).toBeGreaterThan(5_000)
  expect(client.stats).toMatchObject({ sockets: 1, failures: 0 })
}, 40_000)

describe('close()', () => {
  test('says 1000, and a peer that answers hears it', async () => {
    const peer = await use(nodePeer())
    const client = clientOf(peer)
    await client.connect()
    const [socket] = peer.sockets
    const closed = socket && once(socket, 'close')

    await client.close()

    expect(await closed).toEqual([1000, Buffer.alloc(0)])
  })

  test('waits two seconds for a peer that does not answer, and no longer', async () => {
    const peer = await use(nodePeer())
    const proxy = await use(startProxy(peer.port))
    const client = clientOf(proxy)
    await client.connect()
    proxy.silence()
    const since = performance.now()

    await client.close()

    expect(performance.now() - since).toBeLessThan(2_500)
    expect(client.state).toMatchObject({ status: 'closed' })
  })

  test('comes with `await using`', async () => {
    const peer = await use(nodePeer())
    let held: Client
    {
      await using client = createClient(`ws://127.0.0.1:${peer.port}`)
      await client.connect()
      held = client
    }

    expect(held.state.status).toBe('closed')
  })
})

test('through 60 cuts at random moments, nothing of the sockets before is left', async () => {
  const peer = await use(nodePeer(({ method }) => (method === 'eth_gasPrice' ? '0x1' : undefined)))
  const proxy = await use(startProxy(peer.port))
  const client = clientOf(proxy, { reconnect: { minDelay: 5, maxDelay: 20 } })
  await client.connect()
  let answered = 0
  let isOver = false
  const warnings: Error[] = []
  const warned = (warning: Error) => warnings.push(warning)
  process.on('warning', warned)
  cleanups.push(() => process.off('warning', warned))
  const asking = (async () => {
    while (!isOver) {
      await client.request({ method: 'eth_gasPrice' })
      answered++
    }
  })()
  const hasErred: unknown[] = []
  asking.catch(error => hasErred.push(error))

  for (let i = 0; i < 60; i++) {
    const opened = next(client, 'open')
    // Anywhere in the life of a request.
    for (let j = 0; j < i % 7; j++) await new Promise(setImmediate)
    if (i % 2 === 0) proxy.reset()
    else proxy.end()
    await opened
  }
  isOver = true
  await asking

  expect(hasErred).toEqual([])
  // Node warns of timers in the past and of listeners that pile up.
  expect(warnings).toEqual([])
  expect(answered).toBeGreaterThan(0)
  expect(client.stats.sockets).toBe(61)
  expect(proxy.connections).toBe(1)
}, 30_000)
