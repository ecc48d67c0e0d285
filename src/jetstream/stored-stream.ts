/** The stream as it lies in JetStream: whether it is fit for a relay, where its last cursor is, and what its messages say. */

import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import {
  NatsUnavailableError,
  RelayFencedError,
  StreamForeignError,
  StreamMissingError,
  StreamTruncatedError,
} from './errors.ts'
import { readStored, type Stored } from './message.ts'
import type { NatsConnectionLike } from './nats.ts'
import { refuseUnfit } from './stream-config.ts'

export interface StoredStreamParts {
  readonly connection: NatsConnectionLike
  readonly name: string
  /** Of the subjects: `prefix.chainId.token`. */
  readonly prefix: string
  readonly tokens: readonly string[]
  readonly chainId: number
  /** Where relays tell each other that they are there: the stream must not store it. */
  readonly presence: string
  readonly domain: string | undefined
  /** Milliseconds. */
  readonly timeout: number
}

/** The end of the stream. */
export interface Tail {
  /** Of the last message; 0 for an empty stream. */
  readonly sequence: number
  /** What to go on from. */
  readonly cursor: string | undefined
  /** Of the message that carries it; 0 for none. */
  readonly checkpoint: number
  /** The first block of a stream that has no cursor yet. */
  readonly fromBlock: number | undefined
  /** What was published after the cursor: part of a page. Ascending. */
  readonly since: readonly Stored[]
}

type Manager = Awaited<ReturnType<typeof jetstreamManager>>

/** How many messages are asked for at once when reading back; fewer at first, since one is mostly enough. */
const FIRST_READ = 4
const MOST_AT_ONCE = 256

export class StoredStream {
  readonly #parts: StoredStreamParts
  readonly #manager: Manager
  /** Of the stream's very first message. */
  #first = 1

  private constructor(parts: StoredStreamParts, manager: Manager) {
    this.#parts = parts
    this.#manager = manager
  }

  static async open(parts: StoredStreamParts): Promise<StoredStream> {
    const { connection, domain, timeout } = parts
    const options = { checkAPI: false, timeout, ...(domain !== undefined && { domain }) }
    return new StoredStream(parts, await jetstreamManager(connection as NatsConnection, options))
  }

  /**
   * Looks at the stream anew.
   *
   * @throws StreamMissingError, StreamUnfitError, StreamForeignError, StreamTruncatedError, NatsUnavailableError
   */
  async tail(): Promise<Tail> {
    const { config, state } = await this.#ask(() =>
      insist(() => this.#manager.streams.info(this.#parts.name)),
    )
    refuseUnfit(config, this.#parts)
    this.#first = config.first_seq ?? 1
    const sequence = state.last_seq
    const since: Stored[] = []
    for await (const stored of this.readBack(sequence)) {
      const { cursor, sequence: checkpoint } = stored
      if (cursor !== undefined)
        return { sequence, cursor, checkpoint, fromBlock: undefined, since: since.reverse() }
      since.push(stored)
    }
    return {
      sequence,
      cursor: undefined,
      checkpoint: 0,
      fromBlock: since.at(-1)?.fromBlock,
      since: since.reverse(),
    }
  }

  /** Messages from that sequence down to the first. @throws StreamTruncatedError where one is missing */
  async *readBack(from: number): AsyncGenerator<Stored, undefined> {
    let size = FIRST_READ
    for (let next = from; next >= this.#first; ) {
      const count = Math.min(next - this.#first + 1, size)
      const newest = next
      const messages = await Promise.all(Array.from({ length: count }, (_, i) => this.#read(newest - i)))
      for (const [i, message] of messages.entries()) yield message ?? this.#truncated(newest - i)
      next -= count
      size = Math.min(MOST_AT_ONCE, size * 4)
    }
  }

  async #read(sequence: number): Promise<Stored | undefined> {
    const { name, chainId } = this.#parts
    const raw = await this.#ask(() => this.#manager.streams.getMessage(name, { seq: sequence }))
    if (raw === null) return undefined
    const stored = readStored(raw, chainId)
    if (stored !== undefined) return stored
    throw new StreamForeignError(
      `Message ${sequence} of stream ${name} was not written by a relay of chain ${chainId}.`,
      {
        stream: name,
        sequence,
        hint: 'Give every relay a stream of its own, to whose subjects nobody else publishes.',
      },
    )
  }

  #truncated(sequence: number): never {
    const { name } = this.#parts
    throw new StreamTruncatedError(
      `Message ${sequence} of stream ${name} is needed to go on, and it is gone.`,
      {
        stream: name,
        sequence,
        hint: 'Raise the limits of the stream (max_age, max_msgs, max_bytes) above what a reorg may undo and a quiet time may last; to begin anew, delete the stream and make it again.',
      },
    )
  }

  /** Turns what nats.js throws into our errors. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question()
    } catch (error) {
      const { name: stream } = this.#parts
      if (Reflect.get(Object(error), 'code') === STREAM_NOT_FOUND) {
        const hint = `Make it first, for instance: nats stream add ${stream} --subjects '${this.#parts.prefix}.>' --storage file --retention limits --defaults`
        throw new StreamMissingError(`There is no stream ${stream}.`, { stream, hint, cause: error })
      }
      throw unavailable(stream, error)
    }
  }
}

/** Milliseconds. */
const PATIENCE = 500

/** Asks again and again until the first question has failed: a cluster that elects a leader drops what it is asked. */
function insist<T>(ask: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => ask().then(answered, () => undefined), PATIENCE)
    const answered = (answer: T) => {
      clearInterval(timer)
      resolve(answer)
    }
    ask().then(answered, error => {
      clearInterval(timer)
      reject(error)
    })
  })
}

/** The API's own code (nats-server, server/errors.json). */
const STREAM_NOT_FOUND = 10059

export function unavailable(stream: string, cause: unknown): NatsUnavailableError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new NatsUnavailableError(`JetStream does not serve stream ${stream}: ${said}.`, {
    stream,
    cause,
    retryable: true,
    hint: 'Check that nats-server runs with JetStream, and that the connection may use $JS.API and the subjects of the stream.',
  })
}

export function fencedAt(stream: string, expected: number): RelayFencedError {
  return new RelayFencedError(`Another relay writes to stream ${stream}, after message ${expected}.`, {
    stream,
    expected,
    retryable: true,
    hint: 'Nothing is lost: of several relays one writes, and the others stand by.',
  })
}
