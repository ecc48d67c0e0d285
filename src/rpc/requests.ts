/**
 * The pending table: every request that is not answered yet, waiting or written.
 *
 * Each settles exactly once. It is in exactly one of two places, `#queue` or `#written`, until then.
 */

import type { Line } from '../connection/session.ts'
import type { HoldfastError } from '../errors.ts'
import type { Limits } from '../options.ts'
import { closedBy } from '../refuse.ts'
import type { Stats } from '../stats.ts'
import { Aborts } from './aborts.ts'
import { Deadlines } from './deadlines.ts'
import { RateLimitedError } from './errors.ts'
import { Flow } from './flow.ts'
import { InFlight } from './in-flight.ts'
import { LastFew } from './last-few.ts'
import { isTooLarge, verdictOn } from './loss.ts'
import { malformed } from './malformed.ts'
import type { IncomingMessage } from './message.ts'
import type { Outbox } from './outbox.ts'
import { Queue } from './queue.ts'
import { isCounted, isPartOfWhole, mayWait, type Request } from './request.ts'
import { queueFull, timedOut } from './request-errors.ts'
import type { Outcome, RequestEvents } from './tracing.ts'

/** What may be written now: nothing, what a first flight may hold, or everything. */
type Gate = 'shut' | 'renewals' | 'reads' | 'open'

export interface RequestsParts {
  readonly limits: Required<Limits>
  readonly stats: Stats
  readonly events: RequestEvents
  readonly outbox: Outbox
  readonly rpcError: (method: string, error: unknown) => HoldfastError
  /** Why the line could not be opened. */
  readonly undialled: () => HoldfastError | undefined
}

export class Requests {
  readonly #parts: RequestsParts
  readonly #aborts = new Aborts<Request>(request => this.#end(request, 'aborted', request.signal?.reason))
  readonly #flow = new Flow(() => this.pump())
  readonly #queue = new Queue()
  readonly #written = new InFlight()
  readonly #pending = () => [...this.#written, ...this.#queue]
  readonly #deadlines = new Deadlines(this.#pending, request => this.#timeOut(request))
  readonly #givenUp = new LastFew<unknown>()
  #gate: Gate = 'shut'
  #lastError: HoldfastError | undefined

  constructor(parts: RequestsParts) {
    this.#parts = parts
  }

  /** Takes a request on: writes it if it may leave now, else lets it wait its turn. */
  submit(request: Request): void {
    const { queued } = this.#parts.limits
    if (request.signal?.aborted) return request.failed(request.signal.reason)
    if (this.#queue.size >= queued && isCounted(request)) return request.failed(queueFull(queued))
    request.flight = this.#parts.outbox.flight
    this.#aborts.add(request)
    this.#deadlines.add(request)
    if (this.#queue.isFree(request) && !this.#isFull && this.#mayLeave(request)) this.write(request)
    else this.#queue.add(request)
  }

  /** Past every queue and limit. */
  write(request: Request): void {
    this.#written.add(request)
    request.attempt++
    if (request.id === 0) request.id = request.wireId
    this.#parts.outbox.write(request)
    if (isCounted(request)) this.#parts.events.written(request)
  }

  /** A socket is there; nothing leaves on it by itself before `pump`. */
  attach(line: Line): void {
    this.#flow.attach(line)
    this.#parts.outbox.attach(line)
    // What made a line fall by its size shall not do so again before the line counts as open.
    this.#gate = isTooLarge(this.#lastError) ? 'renewals' : 'reads'
  }

  /** The line may be believed. */
  open(): void {
    this.#gate = 'open'
    this.#lastError = undefined
    this.pump()
  }

  /** The line will be left: writes wait for the next one. Resolves once those under way are answered. */
  leave(): Promise<void> {
    this.#gate = 'reads'
    return this.#written.withoutWrites()
  }

  pump(): void {
    while (!this.#queue.isEmpty && !this.#isFull) {
      const request = this.#queue.shift(this.#mayLeave)
      if (request === undefined) return
      this.write(request)
    }
  }

  /** Whether an answer with this id is somebody's. */
  awaits(id: unknown): boolean {
    return this.#written.get(id) !== undefined || this.#givenUp.has(id)
  }

  /** What waits is written by the next `pump`. @returns false where the answer is nobody's */
  answer(message: IncomingMessage): boolean {
    const request = this.#written.get(message.id)
    if (request === undefined) return this.#givenUp.delete(message.id) || this.#answerBatch(message)
    const { error, result } = message
    if (error !== undefined && error !== null) {
      this.#refused(request, this.#parts.rpcError(request.method, error))
    } else if (result === undefined) {
      this.#reject(request, malformed(request.method, 'response', 'a result or an error', result))
    } else {
      if (request.batch !== undefined) this.#parts.outbox.answered()
      this.#flow.relax()
      this.#finish(request, 'ok')
      request.answered(result)
    }
    return true
  }

  /** The line fell. What may be repeated goes back to the head of the queue, in order. */
  detach(error: HoldfastError): void {
    const wasOpen = this.#gate === 'open'
    const written = this.#written.clear()
    this.#parts.outbox.detach(wasOpen)
    this.#flow.detach()
    this.#gate = 'shut'
    this.#lastError = error
    this.#givenUp.clear()
    for (const request of this.#queue) {
      request.losses = 0
      if (!isCounted(request)) this.#reject(request, error)
    }
    const again: Request[] = []
    const over: (() => void)[] = []
    for (const request of written) {
      if (wasOpen) request.losses++
      request.wireId = 0
      request.batch = undefined
      const verdict = verdictOn(request, error, this.#parts.limits.message)
      if (verdict === 'again') again.push(request)
      else over.push(() => this.#reject(request, verdict))
    }
    this.#queue.putBack(again)
    this.#parts.stats.requests.replayed += again.length
    // Last: a listener that is told of one may end the client, and with it all that wait.
    for (const reject of over) reject()
  }

  /** Whether a read that was written before the request with this id still has time. */
  hasReadBefore(id: number): boolean {
    return this.#written.hasReadBefore(id)
  }

  close(cause: HoldfastError | undefined): void {
    this.#flow.detach()
    for (const request of this.#pending()) this.#reject(request, closedBy(cause))
    this.#deadlines.clear()
  }

  /** Its own error, or one that the library may deal with by itself. */
  #refused(request: Request, error: HoldfastError): void {
    const members = this.#parts.outbox.refused(error.message, request)
    if (members.length > 0) return this.#again(members)
    if (error instanceof RateLimitedError && mayWait(request, error.retryAfter)) this.#later([request], error)
    else this.#reject(request, error)
  }

  /** An error without an id can only be about a batch. */
  #answerBatch({ id, error }: IncomingMessage): boolean {
    if ((id ?? undefined) !== undefined || !error || !this.#parts.outbox.hasBatches) return false
    const reason = this.#parts.rpcError('batch', error)
    const members = this.#parts.outbox.refused(reason.message, undefined)
    if (reason instanceof RateLimitedError && members.length > 0) this.#later(members, reason)
    else this.#again(members)
    return members.length > 0
  }

  /** After a pause. But what belongs together is to be asked together again, by whoever did. */
  #later(requests: readonly Request[], limit: RateLimitedError): void {
    this.#flow.slowDown(limit)
    for (const request of requests.filter(isPartOfWhole)) this.#reject(request, limit)
    this.#again(requests.filter(({ wireId }) => wireId !== 0))
  }

  /** They will be written once more, before what waits. */
  #again(requests: readonly Request[]): void {
    for (const request of requests) this.#giveUp(request)
    this.#queue.putBack(requests)
  }

  /** Before the line may be believed writes wait. */
  readonly #mayLeave = ({ onLoss }: Request) =>
    this.#gate === 'open' || onLoss === 'bound' || (onLoss === 'read' && this.#gate === 'reads')

  get #isFull(): boolean {
    return this.#written.size >= this.#parts.limits.inFlight || !this.#flow.isOpen
  }

  #timeOut(request: Request): void {
    const cause = this.#flow.reason ?? this.#parts.undialled() ?? this.#lastError
    this.#end(request, 'timeout', timedOut(request.method, request.timeout, cause))
  }

  #end(request: Request, outcome: Outcome, reason: unknown): void {
    // A listener that was told of another one has settled it.
    if (request.wireId === 0 && request.chain === undefined) return
    this.#giveUp(request)
    this.#finish(request, outcome)
    request.failed(reason)
    this.pump()
  }

  /** An answer to it may still come; it is nobody's fault. */
  #giveUp(request: Request): void {
    this.#parts.outbox.forget(request)
    if (this.#written.delete(request)) this.#givenUp.add(request.wireId)
    request.wireId = 0
  }

  #reject(request: Request, error: HoldfastError): void {
    this.#finish(request, 'error')
    request.failed(error)
  }

  /** It is nowhere any more. */
  #finish(request: Request, outcome: Outcome): void {
    this.#parts.outbox.forget(request)
    if (!this.#written.delete(request)) this.#queue.delete(request)
    request.wireId = 0
    this.#aborts.remove(request)
    if (!isCounted(request)) return
    this.#parts.stats.requests[outcome]++
    this.#parts.events.settled(request, outcome)
  }
}
