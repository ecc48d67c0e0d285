import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../src/client.ts'
import {
  ConfigurationError,
  ConnectionLostError,
  ExecutionRevertedError,
  InvalidResponseError,
  MessageTooLargeError,
  MethodNotFoundError,
  OutcomeUnknownError,
  QueueFullError,
  RequestTimeoutError,
  RpcError,
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

/** Lines open by themselves and know only `eth_chainId`; the test answers the rest. */
async function openClient(
  options: ClientOptions = {},
): Promise<{ client: Client; world: FakeWorld; socket: FakeSocket }> {
  const world = new FakeWorld(dial => {
    dial.socket.onRequest = answering()
    dial.open()
  })
  const { client } = fakeClient({ heartbeat: false, ...options }, world)
  await client.connect()
  return { client, world, socket: world.last.socket }
}

/** The line falls and is back. */
async function cut(world: FakeWorld): Promise<FakeSocket> {
  world.last.socket.drop()
  await vi.advanceTimersByTimeAsync(1_000)
  return world.last.socket
}

describe('answers', () => {
  test('each request gets its own answer, in whatever order they come', async () => {
    const { client, socket } = await openClient()
    const [a, b] = [client.request({ method: 'eth_gasPrice' }), client.request({ method: 'eth_blockNumber' })]
    await settled()

    socket.answer('eth_blockNumber', '0x2')
    socket.answer('eth_gasPrice', '0x1')

    expect(await Promise.all([a, b])).toEqual(['0x1', '0x2'])
    await client.close()
  })

  test('an answer passes untouched, whatever it is', async () => {
    const { client, socket } = await openClient()
    const odd = { a: [null, { __proto__x: 1 }], ü: 1.5, deep: { er: [[[]]] } }
    const answer = client.request({ method: 'x_anything', params: [] })
    await settled()

    socket.answer('x_anything', odd)

    expect(await answer).toEqual(odd)
    await client.close()
  })

  test('a JSON-RPC error keeps its code, message and data', async () => {
    const { client, socket } = await openClient()
    const answer = client.request({ method: 'eth_getBalance', params: [] as never })
    await settled()

    socket.refuse('eth_getBalance', { code: -32123, message: 'not today', data: { why: [1] } })

    await expect(answer).rejects.toMatchObject({
      name: 'RpcError',
      rpcCode: -32123,
      message: 'not today',
      data: { why: [1] },
      method: 'eth_getBalance',
    })
    await client.close()
  })

  test.each([
    [{ code: -32601, message: 'the method does not exist' }, MethodNotFoundError],
    [{ code: 3, message: 'execution reverted', data: '0x' }, ExecutionRevertedError],
    [{ code: -32000, message: 'header not found' }, RpcError],
  ])('%o has its class', async (error, Class) => {
    const { client, socket } = await openClient()
    const answer = client.request({ method: 'eth_call', params: [] as never })
    await settled()

    socket.refuse('eth_call', error)

    await expect(answer).rejects.toBeInstanceOf(Class)
    await client.close()
  })

  test('a response that is neither result nor error is said to be malformed', async () => {
    const { client, socket } = await openClient()
    const answer = client.request({ method: 'eth_gasPrice' })
    await settled()

    socket.receive({ jsonrpc: '2.0', id: socket.last('eth_gasPrice').id })

    await expect(answer).rejects.toBeInstanceOf(InvalidResponseError)
    await client.close()
  })

  test.each([
    ['an unknown id', { jsonrpc: '2.0', id: 999_999, result: 1 }],
    ['an error without id', { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'parse error' } }],
    [
      'an unknown subscription',
      { jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0x9', result: 1 } },
    ],
    ['a text that is not JSON', 'hello'],
    ['JSON that is no object', '42'],
    ['an id that is a string', { jsonrpc: '2.0', id: '1', result: 1 }],
  ])('%s is a notice and a counter, and the line stays', async (_, frame) => {
    const { client, socket } = await openClient()
    const kinds: string[] = []
    client.on('notice', ({ kind }) => kinds.push(kind))

    socket.receive(frame)

    expect(kinds).toEqual(['stray-frame'])
    expect(client.stats.notices['stray-frame']).toBe(1)
    expect(client.state.status).toBe('open')
    await client.close()
  })
})

describe('a lost line', () => {
  test('a pure read that was under way is sent again, behind the same promise', async () => {
    const { client, world } = await openClient()
    const answer = client.request({ method: 'eth_call', params: [{ to: '0x1' }, 'latest'] })
    await settled()

    const socket = await cut(world)
    socket.answer('eth_call', '0xaa')

    expect(await answer).toBe('0xaa')
    expect(client.stats.requests).toMatchObject({ ok: 1, replayed: 1 })
    await client.close()
  })

  test.each(['eth_sendRawTransaction', 'eth_getFilterChanges', 'eth_sendTransaction', 'x_unknown'])(
    '%s that was written is not written twice',
    async method => {
      const { client, world } = await openClient()
      const outcome = expect(client.request({ method, params: ['0x1'] })).rejects.toSatisfy(
        error => error instanceof OutcomeUnknownError && error.method === method,
      )
      await settled()

      const socket = await cut(world)

      await outcome
      expect(socket.methods).not.toContain(method)
      await client.close()
    },
  )

  test('a write that was not written yet waits for the next line', async () => {
    const { client, world } = await openClient()
    world.last.socket.drop()
    const answer = client.request({ method: 'eth_sendRawTransaction', params: ['0x1'] })

    await vi.advanceTimersByTimeAsync(1_000)
    world.last.socket.answer('eth_sendRawTransaction', '0xhash')

    expect(await answer).toBe('0xhash')
    await client.close()
  })

  test('writes wait for the first answer, reads do not', async () => {
    const { client, world } = fakeClient()
    const write = client.request({ method: 'eth_sendRawTransaction', params: ['0x1'] })
    const read = client.request({ method: 'eth_blockNumber' })
    await settled()
    const socket = world.last.open()
    await settled()
    expect(socket.methods).toEqual(['eth_chainId', 'eth_blockNumber'])

    socket.answer('eth_chainId', '0x1')
    await settled()
    expect(socket.methods).toEqual(['eth_chainId', 'eth_blockNumber', 'eth_sendRawTransaction'])

    socket.answer('eth_blockNumber', '0x7')
    socket.answer('eth_sendRawTransaction', '0xhash')
    expect(await Promise.all([write, read])).toEqual(['0xhash', '0x7'])
    await client.close()
  })

  test('what was waiting keeps its place behind what is sent again', async () => {
    const { client, world } = await openClient({ limits: { inFlight: 1 } })
    const answers = ['eth_gasPrice', 'eth_blockNumber', 'eth_accounts'].map(method =>
      client.request({ method }),
    )
    await settled()

    const socket = await cut(world)
    for (const method of ['eth_gasPrice', 'eth_blockNumber', 'eth_accounts']) socket.answer(method, method)

    expect(await Promise.all(answers)).toEqual(['eth_gasPrice', 'eth_blockNumber', 'eth_accounts'])
    await client.close()
  })

  test('a listener that closes the client when the line falls leaves nothing pending', async () => {
    const { client, world } = await openClient()
    const all = ['eth_gasPrice', 'x_write', 'x_write', 'eth_blockNumber'].map(method =>
      client.request({ method }),
    )
    const outcomes = Promise.allSettled(all)
    await settled()
    client.once('response', () => void client.close())

    world.last.socket.drop()
    await vi.advanceTimersByTimeAsync(1_000)

    expect((await outcomes).map(outcome => 'reason' in outcome && outcome.reason.name)).toEqual([
      'ClientClosedError',
      'OutcomeUnknownError',
      'OutcomeUnknownError',
      'ClientClosedError',
    ])
    expect(client.stats.requests.error).toBe(4)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a read that was under way at two losses in a row is what kills the line', async () => {
    const { client, world } = await openClient()
    const outcome = expect(client.request({ method: 'eth_getLogs', params: [{}] })).rejects.toBeInstanceOf(
      ConnectionLostError,
    )
    await settled()

    await cut(world)
    await cut(world)

    await outcome
    await client.close()
  })

  test('… and is called too large where the peer said so', async () => {
    const { client, world } = await openClient()
    const outcome = expect(client.request({ method: 'eth_getLogs', params: [{}] })).rejects.toBeInstanceOf(
      MessageTooLargeError,
    )
    await settled()

    await cut(world)
    world.last.socket.drop({ code: 1009, reason: 'message too big' })
    await vi.advanceTimersByTimeAsync(1_000)

    await outcome
    await client.close()
  })

  test('losses before the first answer do not count against a read', async () => {
    const { client, world } = fakeClient({ heartbeat: false, reconnect: { maxDelay: 100 } })
    const answer = client.request({ method: 'eth_gasPrice' })
    for (let i = 0; i < 5; i++) {
      await settled()
      world.last.open()
      await settled()
      world.last.socket.drop()
      await vi.advanceTimersByTimeAsync(100)
    }
    await settled()
    const socket = world.last.open()
    await settled()
    socket.answer('eth_chainId', '0x1')
    socket.answer('eth_gasPrice', '0x1')

    expect(await answer).toBe('0x1')
    await client.close()
  })
})

describe('timeouts and aborts', () => {
  test('an error for a request that was aborted before the first answer is no refusal of the handshake', async () => {
    const { client, world } = fakeClient({ heartbeat: false })
    const abort = new AbortController()
    const call = { method: 'eth_getBalance', params: ['0x0'] }
    const outcome = client.request(call, { signal: abort.signal }).catch((error: unknown) => error)
    await settled()
    const socket = world.last.open()
    await settled()

    abort.abort('not wanted any more')
    socket.refuse('eth_getBalance', { code: -32601, message: 'the method eth_getBalance does not exist' })
    socket.answer('eth_chainId', '0x1')
    await settled()

    expect(await outcome).toBe('not wanted any more')
    expect(client.state.status).toBe('open')
    await client.close()
  })

  test('a request without an answer is given up when its time is up', async () => {
    const { client } = await openClient({ timeout: 3_000 })
    const outcome = expect(client.request({ method: 'eth_gasPrice' })).rejects.toMatchObject({
      name: 'RequestTimeoutError',
      method: 'eth_gasPrice',
      timeout: 3_000,
    })

    await vi.advanceTimersByTimeAsync(3_000)

    await outcome
    expect(client.stats.requests.timeout).toBe(1)
    await client.close()
  })

  test('each is given up at its own time, whatever the others have', async () => {
    const { client } = await openClient({ limits: { inFlight: 2 } })
    const over: number[] = []
    const times = [500, 100, 300, 200, 400]
    const all = times.map(timeout =>
      client.request({ method: 'eth_gasPrice' }, { timeout }).catch(error => over.push(error.timeout)),
    )

    for (const time of times.toSorted()) {
      await vi.advanceTimersByTimeAsync(99)
      expect(over).not.toContain(time)
      await vi.advanceTimersByTimeAsync(1)
      expect(over).toContain(time)
    }

    await Promise.all(all)
    expect(client.stats.requests.timeout).toBe(5)
    await client.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a listener that closes the client at the first of many time-outs or aborts settles none twice', async () => {
    for (const way of ['timeout', 'aborted'] as const) {
      const { client } = await openClient()
      const abort = new AbortController()
      const all = Array.from({ length: 3 }, () =>
        client.request({ method: 'eth_gasPrice' }, { timeout: 100, signal: abort.signal }),
      )
      client.once('response', () => void client.close())
      const outcomes = Promise.allSettled(all)

      if (way === 'aborted') abort.abort()
      await vi.advanceTimersByTimeAsync(100)

      expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
      expect(client.stats.requests).toMatchObject({ [way]: 1, error: 2 })
      expect(vi.getTimerCount()).toBe(0)
    }
  })

  test('while the line could never be opened the last rejection is the cause', async () => {
    const rejection = new ConnectionLostError('no', { closeCode: 1006, reason: '', retryable: true })
    const { client } = fakeClient({}, new FakeWorld(dial => dial.fail(rejection)))

    const outcome = expect(
      client.request({ method: 'eth_gasPrice' }, { timeout: 1_000 }),
    ).rejects.toMatchObject({ name: 'RequestTimeoutError', cause: rejection })
    await vi.advanceTimersByTimeAsync(1_000)

    await outcome
    await client.close()
  })

  test('while the line is down the last connection error is the cause', async () => {
    const { client, world } = await openClient()
    world.last.socket.drop({ code: 4000, reason: 'maintenance' })
    const outcome = expect(client.request({ method: 'eth_gasPrice' }, { timeout: 100 })).rejects.toSatisfy(
      error => error instanceof RequestTimeoutError && error.cause instanceof ConnectionLostError,
    )

    await vi.advanceTimersByTimeAsync(100)

    await outcome
    await client.close()
  })

  test('a late answer to a request that was given up is no stray frame', async () => {
    const { client, socket } = await openClient()
    const outcome = expect(client.request({ method: 'eth_gasPrice' }, { timeout: 10 })).rejects.toThrow()
    await vi.advanceTimersByTimeAsync(10)
    await outcome

    socket.answer('eth_gasPrice', '0x1')

    expect(client.stats.notices['stray-frame']).toBe(0)
    await client.close()
  })

  test('an abort is the reason itself, and frees the slot', async () => {
    const { client, socket } = await openClient({ limits: { inFlight: 1 } })
    const controller = new AbortController()
    const aborted = client.request({ method: 'eth_gasPrice' }, { signal: controller.signal })
    const next = client.request({ method: 'eth_blockNumber' })
    const outcome = expect(aborted).rejects.toBe('changed my mind')
    await settled()
    expect(socket.methods).not.toContain('eth_blockNumber')

    controller.abort('changed my mind')
    await outcome
    socket.answer('eth_blockNumber', '0x1')

    expect(await next).toBe('0x1')
    await client.close()
  })

  test('many requests of one signal put one listener on it, and leave none', async () => {
    const { client } = fakeClient()
    const controller = new AbortController()
    const { signal } = controller
    let [listeners, most] = [0, 0]
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      most = Math.max(most, ++listeners)
      addEventListener.apply(signal, args)
    }
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--
      removeEventListener.apply(signal, args)
    }

    const requests = Array.from({ length: 20 }, () => client.request({ method: 'eth_gasPrice' }, { signal }))
    const outcomes = Promise.allSettled(requests)
    controller.abort('enough')

    expect((await outcomes).map(outcome => 'reason' in outcome && outcome.reason)).toEqual(
      Array.from({ length: 20 }, () => 'enough'),
    )
    // Node 20 warns of a leak where there are more than ten.
    expect({ most, listeners }).toEqual({ most: 1, listeners: 0 })
    await client.close()
  })

  test('a signal that is aborted already sends nothing', async () => {
    const { client, socket } = await openClient()

    await expect(
      client.request({ method: 'eth_gasPrice' }, { signal: AbortSignal.abort('no') }),
    ).rejects.toBe('no')

    expect(socket.methods).toEqual(['eth_chainId'])
    await client.close()
  })
})

describe('limits', () => {
  test('no more than inFlight requests are under way; the rest waits in order', async () => {
    const { client, socket } = await openClient({ limits: { inFlight: 2 } })
    const answers = [1, 2, 3, 4].map(n => client.request({ method: `eth_call`, params: [n] as never }))
    await settled()
    const underway = () =>
      socket.sent.filter(({ method }) => method === 'eth_call').map(({ params }) => params[0])
    expect(underway()).toEqual([1, 2])

    for (let i = 0; i < 4; i++) {
      const request = socket.sent.filter(({ method }) => method === 'eth_call')[i]
      socket.receive({ id: request?.id, result: request?.params[0] })
    }

    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4])
    await client.close()
  })

  test('one request too many is refused at once', async () => {
    const { client } = fakeClient({ limits: { queued: 2 } })
    const waiting = [1, 2].map(() => expect(client.request({ method: 'eth_gasPrice' })).rejects.toThrow())

    await expect(client.request({ method: 'eth_gasPrice' })).rejects.toSatisfy(
      error => error instanceof QueueFullError && error.limit === 2,
    )

    await client.close()
    await Promise.all(waiting)
  })
})

describe('bad input', () => {
  test.each([
    [undefined, 'call.method'],
    [{}, 'call.method'],
    [{ method: '' }, 'call.method'],
    [{ method: 'eth_call', params: 'latest' }, 'call.params'],
    [{ method: 'eth_call', params: [1n] }, 'call.params'],
  ])('%o is refused with the path', async (call, path) => {
    const { client } = await openClient()

    const error = await client.request(call as never).catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(ConfigurationError)
    expect((error as ConfigurationError).issues[0]?.path).toBe(path)
    await client.close()
  })

  test.each([
    [{ timeout: -1 }, 'options.timeout'],
    [{ timeout: Number.NaN }, 'options.timeout'],
    [{ replay: true }, 'options.transactionHash'],
    [{ retries: 3 }, 'options.retries'],
  ])('the option %o is refused with its path', async (options, path) => {
    const { client } = await openClient()

    const error = await client
      .request({ method: 'eth_sendRawTransaction', params: ['0x'] }, options as never)
      .catch((reason: unknown) => reason)

    expect((error as ConfigurationError).issues[0]?.path).toBe(path)
    await client.close()
  })
})
