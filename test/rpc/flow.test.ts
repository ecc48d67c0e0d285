import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../src/client.ts'
import { OutcomeUnknownError, RateLimitedError, RequestTimeoutError, RpcError } from '../../src/index.ts'
import { fakeClient, settled } from '../support/fake-client.ts'
import type { FakeSocket } from '../support/fake-line.ts'
import { cut, openClient } from '../support/open-client.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const count = (socket: FakeSocket, method: string) => socket.methods.filter(each => each === method).length

describe('a provider that wants fewer requests', () => {
  const SAYS = [
    [
      'Infura',
      { code: -32005, message: 'daily request count exceeded', data: { rate: { backoff_seconds: 7 } } },
      7_000,
    ],
    [
      'Chainstack',
      { code: -32005, message: "You've exceeded the RPS limit", data: { try_again_in: '7s' } },
      7_000,
    ],
    ['a text', { code: -32000, message: 'Too Many Requests, please wait 7s and retry.' }, 7_000],
    ['Alchemy', { code: 429, message: 'exceeded its compute units per second capacity' }, 1_000],
    ['QuickNode', { code: -32007, message: '25/second request limit reached' }, 1_000],
    ['Base', { code: -32016, message: 'over rate limit' }, 1_000],
  ] as const

  test.each(SAYS)('as %s says it: a read is asked again after that pause', async (_, error, wait) => {
    const { client, socket } = await openClient()
    const answer = client.request({ method: 'eth_gasPrice' })
    await settled()

    socket.refuse('eth_gasPrice', error)
    await vi.advanceTimersByTimeAsync(wait - 1)
    expect(count(socket, 'eth_gasPrice')).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(count(socket, 'eth_gasPrice')).toBe(2)
    socket.answer('eth_gasPrice', '0x1')

    expect(await answer).toBe('0x1')
    await client.close()
  })

  test('without a hint the pause doubles, up to 30 s, and an answer ends that', async () => {
    const { client, socket } = await openClient({ timeout: 300_000 })
    const answer = client.request({ method: 'eth_gasPrice' })
    await settled()
    const pauses: number[] = []
    const refusedFor = async () => {
      const sent = count(socket, 'eth_gasPrice')
      socket.refuse('eth_gasPrice', { code: 429, message: 'slow' })
      for (let seconds = 1; ; seconds++) {
        await vi.advanceTimersByTimeAsync(1_000)
        if (count(socket, 'eth_gasPrice') > sent) return seconds
      }
    }

    for (let i = 0; i < 7; i++) pauses.push(await refusedFor())
    socket.answer('eth_gasPrice', '0x1')
    await answer
    const next = client.request({ method: 'eth_gasPrice' })
    await settled()
    pauses.push(await refusedFor())
    socket.answer('eth_gasPrice', '0x1')
    await next

    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 1])
    await client.close()
  })

  test('everything waits meanwhile, and leaves in order', async () => {
    const { client, socket } = await openClient()
    const all = ['eth_gasPrice', 'eth_blockNumber'].map(method => client.request({ method }))
    await settled()
    socket.refuse('eth_blockNumber', { code: 429, message: 'slow' })
    all.push(client.request({ method: 'eth_sendRawTransaction', params: ['0x'] }))
    await settled()
    expect(count(socket, 'eth_sendRawTransaction')).toBe(0)

    await vi.advanceTimersByTimeAsync(1_000)
    expect(socket.methods.slice(3)).toEqual(['eth_blockNumber', 'eth_sendRawTransaction'])
    for (const method of ['eth_gasPrice', 'eth_blockNumber', 'eth_sendRawTransaction'])
      socket.answer(method, method)

    expect(await Promise.all(all)).toEqual(['eth_gasPrice', 'eth_blockNumber', 'eth_sendRawTransaction'])
    await client.close()
  })

  test('a write is told, with the time, and is not written again', async () => {
    const { client, socket } = await openClient()
    const outcome = expect(
      client.request({ method: 'eth_sendRawTransaction', params: ['0x'] }),
    ).rejects.toSatisfy(error => error instanceof RateLimitedError && error.retryAfter === 2_000)
    await settled()

    socket.refuse('eth_sendRawTransaction', { code: -32005, message: 'rate limit, try again in 2s' })
    await outcome
    await vi.advanceTimersByTimeAsync(10_000)

    expect(count(socket, 'eth_sendRawTransaction')).toBe(1)
    await client.close()
  })

  test('a read that cannot wait that long is told at once', async () => {
    const { client, socket } = await openClient({ timeout: 5_000 })
    const outcome = expect(client.request({ method: 'eth_gasPrice' })).rejects.toBeInstanceOf(
      RateLimitedError,
    )
    await settled()

    socket.refuse('eth_gasPrice', { code: -32005, message: 'try again in 30 minutes' })

    await outcome
    await client.close()
  })

  test('a read whose time is up in a pause says why', async () => {
    const { client, socket } = await openClient({ timeout: 1_500 })
    const outcome = expect(client.request({ method: 'eth_gasPrice' })).rejects.toSatisfy(
      error => error instanceof RequestTimeoutError && error.cause instanceof RateLimitedError,
    )
    await settled()
    socket.refuse('eth_gasPrice', { code: 429, message: 'slow' })
    await vi.advanceTimersByTimeAsync(1_000)
    socket.refuse('eth_gasPrice', { code: 429, message: 'slow' })
    await vi.advanceTimersByTimeAsync(500)

    await outcome
    await client.close()
  })

  test('an eth_subscribe is asked again too', async () => {
    const { client, socket } = await openClient()
    const subscribed = client.subscribe('newPendingTransactions')
    await settled()

    socket.refuse('eth_subscribe', { code: 429, message: 'slow' })
    await vi.advanceTimersByTimeAsync(1_000)
    socket.answer('eth_subscribe', '0x1')

    expect((await subscribed).id).toMatch(/^0x/)
    await client.close()
  })

  test('the heartbeat does not wait, and a line that was cut does not remember', async () => {
    const { client, world, socket } = await openClient({ heartbeat: { interval: 2_000 } })
    const answer = client.request({ method: 'eth_gasPrice' })
    await settled()
    socket.refuse('eth_gasPrice', { code: 429, message: 'wait 20s' })
    await vi.advanceTimersByTimeAsync(2_000)
    expect(count(socket, 'eth_chainId')).toBe(2)

    const next = await cut(world)
    next.answer('eth_gasPrice', '0x1')

    expect(await answer).toBe('0x1')
    await client.close()
  })

  test.each([
    {
      code: -32005,
      message: 'query returned more than 10000 results. Try with this block range [0x1, 0x2].',
    },
    { code: -32005, message: 'limit exceeded' },
    { code: 429, message: 'Log response size exceeded' },
    { code: -32005, message: 'query timeout exceeded' },
  ])('on eth_getLogs %o means too much at once, which waiting does not cure', async error => {
    const { client, socket } = await openClient()
    const outcome = expect(client.request({ method: 'eth_getLogs', params: [{}] })).rejects.toSatisfy(
      reason => reason instanceof RpcError && !(reason instanceof RateLimitedError),
    )
    await settled()

    socket.refuse('eth_getLogs', error)

    await outcome
    await client.close()
  })

  test('on eth_getLogs a rate limit in words is one', async () => {
    const { client, socket } = await openClient()
    const answer = client.request({ method: 'eth_getLogs', params: [{}] })
    await settled()

    socket.refuse('eth_getLogs', { code: -32005, message: 'rate limit exceeded, try again in 1s' })
    await vi.advanceTimersByTimeAsync(1_000)
    socket.answer('eth_getLogs', [])

    expect(await answer).toEqual([])
    await client.close()
  })
})

describe('a peer that takes nothing', () => {
  test('does not grow our memory: what is asked waits until it does', async () => {
    const { client, socket } = await openClient()
    socket.buffered = 5_000_000
    const answer = client.request({ method: 'eth_gasPrice' })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(count(socket, 'eth_gasPrice')).toBe(0)

    socket.buffered = 0
    await vi.advanceTimersByTimeAsync(100)
    socket.answer('eth_gasPrice', '0x1')

    expect(await answer).toBe('0x1')
    await client.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a transaction that may be sent twice', () => {
  const transactionHash = `0x${'ab'.repeat(32)}` as const
  const send = (client: Client) =>
    client.request({ method: 'eth_sendRawTransaction', params: ['0x02'] }, { replay: true, transactionHash })

  test.each([
    'already known',
    'nonce too low: next nonce 5, tx nonce 4',
    'AlreadyKnown',
    'Known transaction',
  ])('is sent again after a lost line; "%s" is success where the node knows it', async message => {
    const { client, world } = await openClient()
    const answer = send(client)
    await settled()

    const socket = await cut(world)
    socket.refuse('eth_sendRawTransaction', { code: -32000, message })
    await settled()
    expect(socket.last('eth_getTransactionByHash').params).toEqual([transactionHash])
    socket.answer('eth_getTransactionByHash', { hash: transactionHash })

    expect(await answer).toBe(transactionHash)
    await client.close()
  })

  test('the refusal stands where the node does not know it', async () => {
    const { client, socket } = await openClient()
    const outcome = expect(send(client)).rejects.toMatchObject({ message: 'nonce too low' })
    await settled()
    socket.refuse('eth_sendRawTransaction', { code: -32000, message: 'nonce too low' })
    await settled()

    socket.answer('eth_getTransactionByHash', null)

    await outcome
    await client.close()
  })

  test('another refusal is just that', async () => {
    const { client, socket } = await openClient()
    const outcome = expect(send(client)).rejects.toMatchObject({ message: 'insufficient funds' })
    await settled()

    socket.refuse('eth_sendRawTransaction', { code: -32000, message: 'insufficient funds' })

    await outcome
    expect(socket.methods).not.toContain('eth_getTransactionByHash')
    await client.close()
  })

  test('does not leave before the line may be believed', async () => {
    const { client, world } = fakeClient({ heartbeat: false })
    const answer = send(client)
    await settled()
    const socket = world.last.open()
    await settled()
    expect(socket.methods).toEqual(['eth_chainId'])

    socket.answer('eth_chainId', '0x1')
    await settled()
    socket.answer('eth_sendRawTransaction', transactionHash)

    expect(await answer).toBe(transactionHash)
    await client.close()
  })

  test('that was under way at two losses in a row has an unknown outcome', async () => {
    const { client, world } = await openClient()
    const outcome = expect(send(client)).rejects.toBeInstanceOf(OutcomeUnknownError)
    await settled()

    await cut(world)
    await cut(world)

    await outcome
    await client.close()
  })
})
