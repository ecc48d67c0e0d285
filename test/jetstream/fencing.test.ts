/** That no message attaches to what its writer has not seen, whatever is delayed, lost or repeated on the way. */

import type { NatsConnection } from '@nats-io/transport-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HoldfastError } from '../../src/errors.ts'
import type { Transfer } from '../../src/eth/transfer.ts'
import type { NatsConnectionLike } from '../../src/jetstream/nats.ts'
import { Publisher } from '../../src/jetstream/publisher.ts'
import { natsMissing } from '../support/nats.ts'
import { Scene, STREAM } from './scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.start()
  await scene.addStream()
})
afterEach(async () => {
  await scene.stop()
})

/** A connection that keeps what is published to the stream until it is released: a paused process, a slow network. */
class Held implements NatsConnectionLike {
  readonly #connection: NatsConnection
  #kept: (() => void)[] | undefined = []
  /** Whether acknowledgements are lost. */
  isDeaf = false

  constructor(connection: NatsConnection) {
    this.#connection = connection
  }

  publish(subject: string, payload?: string, options?: { reply?: string; headers?: object }): void {
    const send = () => this.#connection.publish(subject, payload, options as never)
    if (this.#kept === undefined) send()
    else this.#kept.push(send)
  }

  release(): void {
    for (const send of this.#kept ?? []) send()
    this.#kept = undefined
  }

  subscribe(...[subject, options]: Parameters<NatsConnectionLike['subscribe']>) {
    return this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (!this.isDeaf) options?.callback?.(error, message)
      },
    })
  }

  status() {
    return this.#connection.status()
  }

  closed() {
    return this.#connection.closed()
  }

  isClosed() {
    return this.#connection.isClosed()
  }
}

function transfer(n: number): Transfer {
  const hash = `0x${String(n).padStart(64, '0')}` as const
  const address = `0x${'1'.repeat(40)}` as const
  return {
    token: address,
    from: address,
    to: address,
    value: BigInt(n),
    blockNumber: n,
    blockHash: hash,
    transactionHash: hash,
    transactionIndex: 0,
    logIndex: 0,
    removed: false,
  }
}

const EMPTY = { sequence: 0, cursor: undefined, checkpoint: 0, fromBlock: undefined, since: [] }

function publisher(connection: NatsConnectionLike, writer: string, sequence = 0, timeout = 5_000) {
  let fail: (error: HoldfastError) => void = () => {}
  const failure = new Promise<HoldfastError>(resolve => {
    fail = resolve
  })
  const made = new Publisher({
    connection,
    stream: STREAM,
    prefix: 'transfers',
    chainId: 1,
    writer,
    tail: { ...EMPTY, sequence },
    fromBlock: 1,
    inFlight: 100,
    timeout,
    acknowledged: () => {},
    failed: fail,
  })
  const write = async (...values: readonly number[]) => {
    for (const value of values) await made.publish({ transfer: transfer(value), removed: false }, undefined)
  }
  return { write, failure, drain: () => made.drain() }
}

async function values(): Promise<readonly string[]> {
  const { raw } = await scene.fold()
  return raw.map(message => message.json<{ value: string }>().value)
}

describe.skipIf(natsMissing() !== undefined)('a message', () => {
  test('of a relay that was paused does not attach to its successor’s, though its number fits', async () => {
    const held = new Held(scene.connection)
    const paused = publisher(held, 'paused')
    await paused.write(1, 2, 3)

    const successor = publisher(scene.connection, 'successor')
    await successor.write(7)
    await successor.drain()
    held.release()

    await expect(paused.failure).resolves.toMatchObject({ code: 'RELAY_FENCED', expected: 0 })
    await expect(paused.drain()).rejects.toMatchObject({ code: 'RELAY_FENCED' })
    await scene.connection.flush()
    expect(await values()).toEqual(['7'])
  })

  test('of two that begin an empty stream at once is written by one of them', async () => {
    const [a, b] = [publisher(scene.connection, 'a'), publisher(scene.connection, 'b')]

    await Promise.all([a.write(1, 2), b.write(1, 2)])
    await a.drain()

    await expect(b.failure).resolves.toMatchObject({ code: 'RELAY_FENCED' })
    expect(await values()).toEqual(['1', '2'])
  })

  test('that another has written before, in the same place, is no message of ours', async () => {
    const a = publisher(scene.connection, 'a')
    await a.write(1)
    await a.drain()
    const late = publisher(scene.connection, 'b')
    await late.write(1)

    await expect(late.failure).resolves.toMatchObject({ code: 'RELAY_FENCED' })
    expect(await values()).toEqual(['1'])
  })

  test('that the server has refused takes all that follow it along', async () => {
    await scene.editStream({ max_msgs: 2, discard: 'new' as never })
    const a = publisher(scene.connection, 'a')

    await a.write(1, 2, 3, 4, 5)

    await expect(a.failure).resolves.toMatchObject({ code: 'STREAM_FULL', retryable: true })
    expect(await values()).toEqual(['1', '2'])
  })

  test('whose acknowledgement is lost is an error, not a message to send again', async () => {
    const held = new Held(scene.connection)
    held.release()
    held.isDeaf = true
    const a = publisher(held, 'a', 0, 50)

    await a.write(1)

    await expect(a.failure).resolves.toMatchObject({ code: 'NATS_UNAVAILABLE', retryable: true })
    expect(await values()).toEqual(['1'])
  })
})
