import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../src/client.ts'
import {
  ClientClosedError,
  ConfigurationError,
  RequestTimeoutError,
  type Subscription,
  SubscriptionOverflowError,
  SubscriptionRejectedError,
} from '../../src/index.ts'
import type { ClientOptions } from '../../src/options.ts'
import { fakeClient, settled } from '../support/fake-client.ts'
import { answering, type FakeSocket, FakeWorld } from '../support/fake-line.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** The node gives ids 0x1, 0x2 … per socket. */
async function openClient(options: ClientOptions = {}): Promise<{ client: Client; world: FakeWorld }> {
  const world = new FakeWorld(dial => {
    let ids = 0
    dial.socket.onRequest = answering({ eth_subscribe: () => `0x${++ids}`, eth_unsubscribe: () => true })
    dial.open()
  })
  const { client } = fakeClient({ heartbeat: false, ...options }, world)
  await client.connect()
  return { client, world }
}

async function cut(world: FakeWorld): Promise<FakeSocket> {
  world.last.socket.drop()
  await vi.advanceTimersByTimeAsync(1_000)
  return world.last.socket
}

function collect(subscription: Subscription<unknown>): { items: unknown[]; end: Promise<unknown> } {
  const items: unknown[] = []
  const end = (async () => {
    try {
      for await (const item of subscription) items.push(item)
      return 'done'
    } catch (error) {
      return error
    }
  })()
  return { items, end }
}

const pending = (client: Client, options = {}) =>
  client.subscribe('newPendingTransactions', undefined, options)

describe('items', () => {
  test('arrive in order, as the node sent them', async () => {
    const { client, world } = await openClient()
    const { items } = collect(await pending(client))

    world.last.socket.notify('0x1', '0xa')
    world.last.socket.notify('0x1', '0xb')
    await settled()

    expect(items).toEqual(['0xa', '0xb'])
    await client.close()
  })

  test('that overtake the reply to eth_subscribe are delivered after it', async () => {
    const { client, world } = fakeClient({ heartbeat: false })
    const subscribed = pending(client)
    await settled()
    const socket = world.last.open()
    await settled()
    socket.answer('eth_chainId', '0x1')
    await settled()

    socket.notify('0x77', '0xa')
    socket.answer('eth_subscribe', '0x77')
    socket.notify('0x77', '0xb')
    const { items } = collect(await subscribed)
    await settled()

    expect(items).toEqual(['0xa', '0xb'])
    expect(client.stats.notices['stray-frame']).toBe(0)
    await client.close()
  })

  test('can be listened to, also those that came before the listener', async () => {
    const { client, world } = await openClient()
    const subscription = await pending(client)
    const seen: unknown[] = []
    world.last.socket.notify('0x1', '0xa')

    subscription.on('data', item => seen.push(item))
    world.last.socket.notify('0x1', '0xb')

    expect(seen).toEqual(['0xa', '0xb'])
    await client.close()
  })
})

describe('a lost line', () => {
  test('the subscription comes back under the same id', async () => {
    const { client, world } = await openClient()
    const subscription = await pending(client)
    const { id } = subscription
    const { items } = collect(subscription)

    const socket = await cut(world)
    socket.notify('0x1', '0xc')
    await settled()

    expect(items).toEqual(['0xc'])
    expect(subscription.id).toBe(id)
    expect(id).not.toBe('0x1')
    await client.close()
  })

  test('what nobody can make up for is a gap notice', async () => {
    const { client, world } = await openClient()
    const notices: unknown[] = []
    client.on('notice', ({ kind, detail }) => notices.push({ kind, detail }))
    await pending(client)

    await cut(world)

    expect(notices).toEqual([{ kind: 'gap', detail: { kind: 'newPendingTransactions' } }])
    await client.close()
  })

  test('renewals travel in the first flight', async () => {
    const { client, world } = await openClient()
    await pending(client)

    const socket = await cut(world)

    expect(socket.methods.slice(0, 2)).toEqual(['eth_chainId', 'eth_subscribe'])
    await client.close()
  })

  test('a subscribe that was under way is asked for again', async () => {
    const { client, world } = fakeClient({ heartbeat: false })
    const subscribed = pending(client)
    await settled()
    world.last.open()
    await settled()
    world.last.socket.drop()
    await vi.advanceTimersByTimeAsync(1_000)
    const socket = world.last.open()
    await settled()
    socket.answer('eth_chainId', '0x1')
    socket.answer('eth_subscribe', '0x5')

    const { items } = collect(await subscribed)
    socket.notify('0x5', 1)
    await settled()

    expect(items).toEqual([1])
    await client.close()
  })

  test('an unsubscribe while a renewal is under way gives the new one back', async () => {
    const isAgreeable = { now: true }
    const world = new FakeWorld(dial => {
      const answer = answering({ eth_subscribe: () => '0x1', eth_unsubscribe: () => true })
      dial.socket.onRequest = (request, socket) => {
        if (isAgreeable.now || request.method !== 'eth_subscribe') answer(request, socket)
      }
      dial.open()
    })
    const { client } = fakeClient({ heartbeat: false }, world)
    const subscription = await pending(client)
    isAgreeable.now = false
    const socket = await cut(world)
    expect(socket.methods).toContain('eth_subscribe')

    await subscription.unsubscribe()
    socket.answer('eth_subscribe', '0x2')

    expect(socket.last('eth_unsubscribe').params).toEqual(['0x2'])
    socket.notify('0x2', 'late')
    expect(client.stats.notices['stray-frame']).toBe(0)
    await client.close()
  })
})

describe('sharing', () => {
  test('equal subscriptions share one on the node; it is given back with the last', async () => {
    const { client, world } = await openClient()
    const [a, b] = [await pending(client), await pending(client)]
    const [seenA, seenB] = [collect(a), collect(b)]
    const { socket } = world.last
    socket.notify('0x1', 1)
    await settled()

    await a.unsubscribe()
    expect(socket.methods).not.toContain('eth_unsubscribe')
    socket.notify('0x1', 2)
    await settled()
    await b.unsubscribe()

    expect(socket.methods.filter(method => method === 'eth_subscribe')).toHaveLength(1)
    expect(socket.methods).toContain('eth_unsubscribe')
    expect([seenA.items, seenB.items]).toEqual([[1], [1, 2]])
    expect(a.id).not.toBe(b.id)
    await client.close()
  })

  test('request() goes the same way: its id is ours and its items are messages', async () => {
    const { client, world } = await openClient()
    const messages: unknown[] = []
    client.on('message', message => messages.push(message))
    const id = await client.request({ method: 'eth_subscribe', params: ['newPendingTransactions'] })

    const socket = await cut(world)
    socket.notify('0x1', '0xa')

    expect(messages).toEqual([{ type: 'eth_subscription', data: { subscription: id, result: '0xa' } }])
    expect(await client.request({ method: 'eth_unsubscribe', params: [id] })).toBe(true)
    expect(await client.request({ method: 'eth_unsubscribe', params: [id] })).toBe(false)
    await client.close()
  })
})

describe('how it ends', () => {
  test('leaving the loop unsubscribes', async () => {
    const { client, world } = await openClient()
    const subscription = await pending(client)
    world.last.socket.notify('0x1', 1)

    for await (const _ of subscription) break

    expect(world.last.socket.methods).toContain('eth_unsubscribe')
    await client.close()
  })

  test('client.close() ends it quietly', async () => {
    const { client } = await openClient()
    const { end } = collect(await pending(client))

    await client.close()

    expect(await end).toBe('done')
  })

  test('a client that a final error ended throws it', async () => {
    const { client, world } = await openClient({ reconnect: false })
    const { end } = collect(await pending(client))

    world.last.socket.drop({ code: 1001 })

    expect(await end).toMatchObject({ name: 'ConnectionLostError', closeCode: 1001 })
  })

  test('its signal throws the reason', async () => {
    const { client } = await openClient()
    const controller = new AbortController()
    const { end } = collect(await pending(client, { signal: controller.signal }))

    controller.abort('enough')

    expect(await end).toBe('enough')
    await client.close()
  })

  test('a refusal of the node is its own error, with the cause', async () => {
    const { client, world } = fakeClient({ heartbeat: false })
    const outcome = expect(client.subscribe('syncing')).rejects.toSatisfy(
      error =>
        error instanceof SubscriptionRejectedError && (error.cause as Error).name === 'MethodNotFoundError',
    )
    await settled()
    const socket = world.last.open()
    await settled()
    socket.answer('eth_chainId', '0x1')
    socket.refuse('eth_subscribe', { code: -32601, message: 'no "syncing" subscription in eth namespace' })

    await outcome
    await client.close()
  })

  test('a node that never agrees is given up in time', async () => {
    const { client, world } = fakeClient({ heartbeat: false, timeout: 2_000 })
    const outcome = expect(pending(client)).rejects.toBeInstanceOf(RequestTimeoutError)
    await settled()
    world.last.open()
    await settled()
    world.last.socket.answer('eth_chainId', '0x1')

    await vi.advanceTimersByTimeAsync(2_000)

    await outcome
    await client.close()
  })

  test('a reader that is too slow is told after the last item, not skipped', async () => {
    const { client, world } = await openClient({ limits: { buffer: 3 } })
    const subscription = await pending(client)
    for (let i = 1; i <= 9; i++) world.last.socket.notify('0x1', i)

    const { items, end } = collect(subscription)

    expect(await end).toBeInstanceOf(SubscriptionOverflowError)
    expect(items).toEqual([1, 2, 3, 4])
    await client.close()
  })

  test('a second reader is refused', async () => {
    const { client } = await openClient()
    const subscription = await pending(client)
    collect(subscription)

    expect(() => subscription[Symbol.asyncIterator]()).toThrow(ConfigurationError)
    await client.close()
  })

  test('subscribing on a closed client says so', async () => {
    const { client } = await openClient()
    await client.close()

    await expect(pending(client)).rejects.toBeInstanceOf(ClientClosedError)
  })
})
