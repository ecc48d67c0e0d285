/**
 * Publishes in order, many messages at once on the way, and knows which have arrived.
 *
 * Every message names the sequence *and the id* of the one before it, and the server takes it only right after that one.
 * The sequence alone would not do: of messages on the way, the first may be refused because somebody else was faster,
 * and a later one then fit by number behind a stranger's. The id says whose. So what one publisher writes is one
 * unbroken run behind the message that it has read last, or ends where another began.
 */

import { headers } from '@nats-io/transport-node'
import type { HoldfastError } from '../errors.ts'
import { StreamFullError, StreamUnfitError } from './errors.ts'
import { bodyOf, type Change, CURSOR_HEADER, FROM_HEADER, messageId } from './message.ts'
import type { NatsConnectionLike, NatsMessageLike } from './nats.ts'
import { fencedAt, type Tail, unavailable } from './stored-stream.ts'

export interface PublisherParts {
  readonly connection: NatsConnectionLike
  readonly stream: string
  /** Subjects are `prefix.chainId.token`. */
  readonly prefix: string
  readonly chainId: number
  /** A few letters that no other publisher has. */
  readonly writer: string
  readonly tail: Tail
  readonly fromBlock: number
  /** Messages. */
  readonly inFlight: number
  /** Milliseconds without an acknowledgement, with messages on the way. */
  readonly timeout: number
  /** Messages have arrived, up to and including that sequence. */
  readonly acknowledged: (sequence: number) => void
  /** Nothing more will arrive. Called once. */
  readonly failed: (error: HoldfastError) => void
}

export class Publisher {
  readonly #parts: PublisherParts
  readonly #inbox: string
  readonly #subscription: { unsubscribe(): void }
  /** Of the last message written. */
  #sequence: number
  #lastId: string | undefined
  /** Whether the stream holds one, counting what is on the way. */
  #hasCursor: boolean
  /** Of the last message known to have arrived. */
  #acknowledged: number
  #failure: HoldfastError | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #progressAt = 0
  readonly #waiting = new Set<() => void>()

  constructor(parts: PublisherParts) {
    const { connection, stream, writer, tail } = parts
    this.#parts = parts
    this.#sequence = tail.sequence
    this.#acknowledged = tail.sequence
    this.#hasCursor = tail.cursor !== undefined
    this.#inbox = `${inboxPrefix(connection)}.holdfast.${stream}.${writer}`
    this.#subscription = connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#settle(message)
        else this.#fail(unavailable(stream, error))
      },
    })
  }

  /** Written, and perhaps arrived. */
  get sequence(): number {
    return this.#sequence
  }

  get onTheWay(): number {
    return this.#sequence - this.#acknowledged
  }

  /**
   * Writes one message; waits first where too many are on the way.
   *
   * @param cursor where it is the last message of its page
   * @returns its sequence, if it arrives
   */
  async publish(change: Change, cursor: string | undefined): Promise<number> {
    const { connection, stream, prefix, chainId, writer, fromBlock, inFlight } = this.#parts
    if (this.onTheWay >= inFlight) await this.#until(() => this.onTheWay <= inFlight / 2)
    if (this.#failure !== undefined) throw this.#failure
    const sequence = this.#sequence + 1
    const id = messageId(change, sequence, writer)
    const given = headers()
    given.set('Nats-Msg-Id', id)
    given.set('Nats-Expected-Last-Sequence', String(this.#sequence))
    if (this.#lastId === undefined) given.set('Nats-Expected-Stream', stream)
    else given.set('Nats-Expected-Last-Msg-Id', this.#lastId)
    if (cursor !== undefined) given.set(CURSOR_HEADER, cursor)
    else if (!this.#hasCursor) given.set(FROM_HEADER, String(fromBlock))
    const subject = `${prefix}.${chainId}.${change.transfer.token}`
    const reply = `${this.#inbox}.${sequence}`
    connection.publish(subject, bodyOf(change, chainId), { headers: given, reply })
    this.#sequence = sequence
    this.#lastId = id
    this.#hasCursor ||= cursor !== undefined
    if (this.#timer === undefined) this.#watch()
    return sequence
  }

  /** Resolves once everything written has arrived. @throws what nothing more arrives for */
  async drain(): Promise<void> {
    await this.#until(() => this.onTheWay === 0)
    if (this.#failure !== undefined) throw this.#failure
  }

  /** The line to NATS has fallen: what was on the way may be lost, and nobody will tell. */
  interrupt(): void {
    if (this.onTheWay > 0) this.#fail(unavailable(this.#parts.stream, new Error('the connection was lost')))
  }

  close(): void {
    this.#subscription.unsubscribe()
    clearTimeout(this.#timer)
  }

  #settle(message: NatsMessageLike): void {
    if (this.#failure !== undefined) return
    const expected = Number(message.subject.slice(this.#inbox.length + 1))
    const failure = this.#judge(message, expected)
    if (failure !== undefined) return this.#fail(failure)
    if (expected <= this.#acknowledged) return
    // That it was taken says that all before it were: it names its predecessor, which names its own.
    this.#acknowledged = expected
    this.#progressAt = performance.now()
    this.#parts.acknowledged(expected)
    if (this.#waiting.size > 0) for (const look of [...this.#waiting]) look()
  }

  #judge(message: NatsMessageLike, expected: number): HoldfastError | undefined {
    const { stream } = this.#parts
    if (message.headers?.code === 503) return unavailable(stream, new Error('no responders'))
    const { seq, duplicate, error } = parseReply(message.string())
    if (error === undefined)
      return seq === expected && duplicate !== true ? undefined : fencedAt(stream, expected - 1)
    const { err_code: code = 0, description = 'no reason given' } = error
    if (FENCED.has(code)) return fencedAt(stream, expected - 1)
    const facts = { stream, cause: new Error(`${code} ${description}`) }
    if (UNFIT.has(code)) {
      const hint = 'Compare the configuration of the stream with what the relay was started with.'
      return new StreamUnfitError(`Stream ${stream} refuses a message: ${description}.`, {
        ...facts,
        issues: [description],
        hint,
      })
    }
    if (!FULL.has(code)) return unavailable(stream, new Error(description))
    const hint = 'Raise its limits, make room on the disk, or let it discard old messages.'
    return new StreamFullError(`Stream ${stream} takes no more: ${description}.`, {
      ...facts,
      retryable: true,
      hint,
    })
  }

  #fail(error: HoldfastError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.close()
    for (const look of [...this.#waiting]) look()
    this.#parts.failed(error)
  }

  /** Resolves when it holds, or when nothing more will arrive. */
  #until(holds: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const look = () => {
        if (this.#failure === undefined && !holds()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }

  #watch(after = this.#parts.timeout): void {
    if (after === this.#parts.timeout) this.#progressAt = performance.now()
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.onTheWay === 0) return
      const left = this.#progressAt + this.#parts.timeout - performance.now()
      if (left > 0) this.#watch(left)
      else
        this.#fail(
          unavailable(this.#parts.stream, new Error(`no acknowledgement for ${this.#parts.timeout} ms`)),
        )
    }, after)
  }
}

/** A connection with permissions may have a prefix of its own. */
function inboxPrefix(connection: NatsConnectionLike): string {
  const options: unknown = Reflect.get(connection, 'options')
  return String(Reflect.get(Object(options), 'inboxPrefix') ?? '_INBOX')
}

/** nats-server, server/errors.json: wrong last sequence, wrong last message id. */
const FENCED: ReadonlySet<number> = new Set([10071, 10070])
/** A message too large, another stream than expected, a header refused. */
const UNFIT: ReadonlySet<number> = new Set([10054, 10060, 10109])
/** Store failed (limits with discard new), insufficient and reserved resources. */
const FULL: ReadonlySet<number> = new Set([10077, 10023, 10028, 10047])

interface Reply {
  readonly seq?: number
  readonly duplicate?: boolean
  readonly error?: { readonly err_code?: number; readonly description?: string }
}

function parseReply(text: string): Reply {
  try {
    return Object(JSON.parse(text))
  } catch {
    return { error: { description: 'the acknowledgement is not JSON' } }
  }
}
