/** The line falls at every single step of every kind of work, and the node counts what it was asked to do. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../src/client.ts'
import { isHoldfastError, OutcomeUnknownError } from '../../src/index.ts'
import { fakeClient } from '../support/fake-client.ts'
import { answering, FakeWorld } from '../support/fake-line.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const WRITES = ['eth_sendRawTransaction', 'eth_sendTransaction', 'eth_getFilterChanges', 'x_unknown']
const READS = ['eth_call', 'eth_getBalance', 'eth_getLogs', 'eth_blockNumber']
const STEPS = 60

interface Work {
  readonly name: string
  readonly options: object
}
const WORKS: readonly Work[] = [
  { name: 'alone', options: {} },
  { name: 'in batches', options: { batch: true } },
  { name: 'one at a time', options: { limits: { inFlight: 1 } } },
]

/** Everything asked at once; what became of each is counted. */
function ask(client: Client): { settlements: Map<string, unknown[]>; all: Promise<unknown> } {
  const settlements = new Map<string, unknown[]>()
  const asked = [...READS, ...WRITES, ...READS].map((method, i) => {
    const key = `${i} ${method}`
    const outcomes: unknown[] = []
    settlements.set(key, outcomes)
    return client.request({ method, params: [key] as never }).then(
      result => void outcomes.push(result),
      error => void outcomes.push(error),
    )
  })
  return { settlements, all: Promise.all(asked) }
}

describe.each(WORKS)('the line falls at any step ($name)', ({ options }) => {
  test.each(Array.from({ length: STEPS }, (_, step) => step))(
    'at step %i: no write is written twice, every promise settles exactly once',
    async cutAt => {
      const written = new Map<string, number>()
      let step = 0
      const world = new FakeWorld(dial => {
        const answer = answering({})
        dial.socket.onRequest = (request, socket) => {
          const key = String(request.params[0] ?? request.method)
          written.set(key, (written.get(key) ?? 0) + 1)
          // The step after the request is written, before the answer; and the one after the answer.
          if (step++ === cutAt) return void socket.drop()
          if (request.method === 'eth_chainId') answer(request, socket)
          else
            queueMicrotask(() => {
              if (step++ === cutAt) socket.drop()
              else socket.receive({ id: request.id, result: key })
            })
        }
        // A line that falls before it is open, too.
        if (step++ === cutAt) queueMicrotask(() => dial.open().drop())
        else dial.open()
      })
      const { client } = fakeClient({ heartbeat: false, timeout: 60_000, ...options }, world)
      const { settlements, all } = ask(client)

      await vi.advanceTimersByTimeAsync(120_000)
      await all

      for (const [key, outcomes] of settlements) {
        const isWrite = WRITES.some(method => key.endsWith(method))
        expect(outcomes, key).toHaveLength(1)
        if (isWrite) expect(written.get(key) ?? 0, key).toBeLessThanOrEqual(1)
        if (isWrite && outcomes[0] !== key) expect(outcomes[0], key).toBeInstanceOf(OutcomeUnknownError)
        if (!isWrite) expect(outcomes[0], key).toBe(key)
      }
      await client.close()
      expect(vi.getTimerCount()).toBe(0)
    },
  )
})

test('a read whose answer kills the line does not take it down for ever', async () => {
  const world = new FakeWorld(dial => {
    const answer = answering({ eth_blockNumber: () => '0x1' })
    dial.socket.onRequest = (request, socket) => {
      if (request.method === 'eth_getLogs')
        queueMicrotask(() => socket.drop({ code: 1009, reason: 'too big' }))
      else answer(request, socket)
    }
    dial.open()
  })
  const { client } = fakeClient({ heartbeat: false }, world)
  const poison = client.request({ method: 'eth_getLogs', params: [{}] }).catch((error: unknown) => error)

  await vi.advanceTimersByTimeAsync(30_000)

  expect(await poison).toMatchObject({ name: 'MessageTooLargeError', method: 'eth_getLogs' })
  expect(await client.request({ method: 'eth_blockNumber' })).toBe('0x1')
  expect(client.stats.sockets).toBe(3)
  await client.close()
})

test('close() at any moment settles everything once', async () => {
  for (let after = 0; after < 12; after++) {
    const world = new FakeWorld(dial => {
      dial.socket.onRequest = answering({ eth_blockNumber: () => '0x1' })
      dial.open()
    })
    const { client } = fakeClient({ heartbeat: false, batch: after % 2 === 0 }, world)
    const { settlements, all } = ask(client)
    for (let i = 0; i < after; i++) await Promise.resolve()

    await client.close()
    await all

    for (const [key, outcomes] of settlements) {
      expect(outcomes, key).toHaveLength(1)
      expect(outcomes[0] === '0x1' || isHoldfastError(outcomes[0]), key).toBe(true)
    }
    expect(vi.getTimerCount()).toBe(0)
  }
})
