import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../src/client.ts'
import { RpcError } from '../../src/index.ts'
import { settled } from '../support/fake-client.ts'
import type { FakeSocket } from '../support/fake-line.ts'
import { cut, openClient } from '../support/open-client.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const read = (client: Client, n: number) => client.request({ method: 'eth_getBalance', params: [n] as never })
const reads = (client: Client, count: number) => Array.from({ length: count }, (_, n) => read(client, n))

/** The frames that left after the first question, as what was asked in each. */
function framesOf({ frames }: FakeSocket): unknown[] {
  return frames.slice(1).map(frame => {
    const message = JSON.parse(frame)
    return Array.isArray(message) ? message.map(({ params }) => params[0]) : message.method
  })
}

/** Every read of that frame answered with its own parameter. */
function answersTo(frame: string | undefined): { id: number; result: unknown }[] {
  return [JSON.parse(frame ?? '[]')].flat().map(({ id, params }) => ({ id, result: params[0] }))
}

describe('with batch', () => {
  test('small reads of one tick share a frame; each gets its own answer, in whatever order', async () => {
    const { client, socket } = await openClient({ batch: true })
    const answers = reads(client, 3)
    await settled()
    expect(framesOf(socket)).toEqual([[0, 1, 2]])

    socket.receive(answersTo(socket.frames[1]).reverse())

    expect(await Promise.all(answers)).toEqual([0, 1, 2])
    await client.close()
  })

  test('one read alone is no batch', async () => {
    const { client, socket } = await openClient({ batch: true })
    void read(client, 0).catch(() => undefined)
    await settled()

    expect(framesOf(socket)).toEqual(['eth_getBalance'])
    await client.close()
  })

  test('a batch holds no more than its size', async () => {
    const { client, socket } = await openClient({ batch: { size: 2 } })
    for (const answer of reads(client, 5)) answer.catch(() => undefined)
    await settled()

    expect(framesOf(socket)).toEqual([[0, 1], [2, 3], 'eth_getBalance'])
    await client.close()
  })

  test.each(['eth_getLogs', 'debug_traceTransaction', 'trace_block', 'eth_sendRawTransaction', 'x_unknown'])(
    '%s never shares a frame, and what was asked before it leaves before it',
    async method => {
      const { client, socket } = await openClient({ batch: true })
      const all = [read(client, 1), read(client, 2), client.request({ method, params: [] }), read(client, 3)]
      for (const answer of all) answer.catch(() => undefined)
      await settled()

      expect(framesOf(socket)).toEqual([[1, 2], method, 'eth_getBalance'])
      await client.close()
    },
  )

  test('answers that came together are asked on together', async () => {
    const { client, socket } = await openClient({ batch: true })
    const chains = [0, 1, 2].map(async n => {
      await read(client, n)
      return read(client, n + 10)
    })
    await settled()
    socket.receive(answersTo(socket.frames[1]))
    await settled()

    expect(framesOf(socket)).toEqual([
      [0, 1, 2],
      [10, 11, 12],
    ])
    socket.receive(answersTo(socket.frames[2]))
    expect(await Promise.all(chains)).toEqual([10, 11, 12])
    await client.close()
  })

  test('a gateway that splits the answers is as good', async () => {
    const { client, socket } = await openClient({ batch: true })
    const answers = reads(client, 3)
    await settled()

    for (const answer of answersTo(socket.frames[1])) socket.receive(answer)

    expect(await Promise.all(answers)).toEqual([0, 1, 2])
    await client.close()
  })

  test('a member that is not answered times out for itself', async () => {
    const { client, socket } = await openClient({ batch: true, timeout: 500 })
    const answers = reads(client, 3)
    const lost = expect(answers[1]).rejects.toMatchObject({ name: 'RequestTimeoutError' })
    await settled()

    socket.receive(answersTo(socket.frames[1]).filter(({ result }) => result !== 1))
    await vi.advanceTimersByTimeAsync(500)

    expect([await answers[0], await answers[2]]).toEqual([0, 2])
    await lost
    await client.close()
  })

  test('an aborted member leaves the others alone', async () => {
    const { client, socket } = await openClient({ batch: true })
    const controller = new AbortController()
    const gone = client.request({ method: 'eth_gasPrice' }, { signal: controller.signal })
    const outcome = expect(gone).rejects.toBe('no')
    const kept = [read(client, 1), read(client, 2)]
    controller.abort('no')
    await settled()

    expect(framesOf(socket)).toEqual([[1, 2]])
    socket.receive(answersTo(socket.frames[1]))
    expect(await Promise.all(kept)).toEqual([1, 2])
    await outcome
    await client.close()
  })

  test('an error of a member is its own', async () => {
    const { client, socket } = await openClient({ batch: true })
    const answers = reads(client, 2)
    const refused = expect(answers[0]).rejects.toBeInstanceOf(RpcError)
    await settled()
    const [first, second] = answersTo(socket.frames[1])

    socket.receive([{ id: first?.id, error: { code: -32000, message: 'header not found' } }, second])

    await refused
    expect(await answers[1]).toBe(1)
    expect(framesOf(socket)).toHaveLength(1)
    await client.close()
  })

  test('members whose line fell are asked again, one by one', async () => {
    const { client, world } = await openClient({ batch: true })
    const answers = reads(client, 2)
    await settled()

    const socket = await cut(world)
    expect(framesOf(socket)).toEqual(['eth_getBalance', 'eth_getBalance'])
    for (const frame of socket.frames.slice(1)) for (const answer of answersTo(frame)) socket.receive(answer)

    expect(await Promise.all(answers)).toEqual([0, 1])
    await client.close()
  })
})

describe('what the peer takes is learnt', () => {
  const batchNotices = (client: Client) => {
    const learnt: unknown[] = []
    client.on('notice', ({ kind, detail }) => {
      if (kind === 'limit-learnt') learnt.push(detail)
    })
    return learnt
  }

  test.each([
    ['one error object without id', { id: null, error: { code: -32600, message: 'Invalid request' } }],
    ['one error object in an array', [{ id: null, error: { code: -32600, message: 'batch not supported' } }]],
  ])('refused by %s: each is asked for itself, and batches are over', async (_, refusal) => {
    const { client, socket } = await openClient({ batch: true })
    const learnt = batchNotices(client)
    const answers = reads(client, 3)
    await settled()

    socket.receive(refusal)
    await settled()
    expect(framesOf(socket)).toEqual([[0, 1, 2], 'eth_getBalance', 'eth_getBalance', 'eth_getBalance'])
    for (const frame of socket.frames.slice(2)) socket.receive(answersTo(frame)[0])

    expect(await Promise.all(answers)).toEqual([0, 1, 2])
    for (const answer of reads(client, 2)) answer.catch(() => undefined)
    await settled()
    expect(framesOf(socket).slice(4)).toEqual(['eth_getBalance', 'eth_getBalance'])
    expect(learnt).toEqual([{ batch: 1 }])
    expect(client.stats.notices['stray-frame']).toBe(0)
    await client.close()
  })

  test.each([
    // erigon: one object, id null. geth: in an array, under the id of the first member, and nothing for the others.
    [
      'erigon',
      (_: number) => ({
        id: null,
        error: { code: -32000, message: 'batch limit 4 exceeded: 8 requests given' },
      }),
      4,
    ],
    ['geth', (id: number) => [{ id, error: { code: -32600, message: 'batch too large' } }], 4],
    [
      'besu',
      (_: number) => ({
        id: null,
        error: { code: -32602, message: 'Number of requests in batch exceeds --rpc-max-batch-size.' },
      }),
      4,
    ],
  ])('capped as %s says it: nothing is lost, and later batches are smaller', async (_, refuse, size) => {
    const { client, socket } = await openClient({ batch: true })
    const learnt = batchNotices(client)
    const answers = reads(client, 8)
    await settled()

    socket.receive(refuse(answersTo(socket.frames[1])[0]?.id ?? 0))
    await settled()
    for (const frame of socket.frames.slice(2)) socket.receive(answersTo(frame)[0])

    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    const before = socket.frames.length
    for (const answer of reads(client, 8)) answer.catch(() => undefined)
    await settled()
    expect(socket.frames.slice(before).map(frame => JSON.parse(frame).length)).toEqual([size, size])
    expect(learnt).toEqual([{ batch: size }])
    await client.close()
  })

  test('a line that falls at a batch, where none was ever answered, is not tried so again', async () => {
    const { client, world } = await openClient({ batch: { size: 8 } })
    const answers = reads(client, 8)
    await settled()

    const socket = await cut(world)
    for (const frame of socket.frames.slice(1)) socket.receive(answersTo(frame)[0])
    await Promise.all(answers)
    for (const answer of reads(client, 2)) answer.catch(() => undefined)
    await settled()

    expect(framesOf(socket).slice(8)).toEqual(['eth_getBalance', 'eth_getBalance'])
    await client.close()
  })

  test('an error without id says nothing of batches where they work', async () => {
    const { client, socket } = await openClient({ batch: true })
    const first = reads(client, 2)
    await settled()
    socket.receive(answersTo(socket.frames[1]))
    await Promise.all(first)
    for (const answer of reads(client, 2)) answer.catch(() => undefined)
    await settled()

    socket.receive({ id: null, error: { code: -32603, message: 'internal error' } })
    for (const answer of reads(client, 2)) answer.catch(() => undefined)
    await settled()

    expect(JSON.parse(socket.frames.at(-1) ?? '')).toHaveLength(2)
    await client.close()
  })
})

test('without batch every request has a frame of its own', async () => {
  const { client, socket } = await openClient()
  for (const answer of reads(client, 2)) answer.catch(() => undefined)
  await settled()

  expect(framesOf(socket)).toEqual(['eth_getBalance', 'eth_getBalance'])
  await client.close()
})
