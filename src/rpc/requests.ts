/**
 * The pending table: every request that is not answered yet, waiting or written.
 * Each settles exactly once. It is in exactly one of two places, `#waiting` or `#written`, until then.
 */

import { ConnectionLostError } from '../connection/errors.ts'
import type { Line } from '../connection/session.ts'
import type { HoldfastError } from '../errors.ts'
import type { Limits } from '../options.ts'
import { closedBy } from '../refuse.ts'
import type { Stats } from '../stats.ts'
import { Batches } from './batches.ts'
import { Deadlines } from './deadlines.ts'
import { malformed } from './malformed.ts'
import { encodeRequest, type IncomingMessage } from './message.ts'
import type { Request } from './request.ts'
import { outcomeUnknown, queueFull, timedOut, tooLarge } from './request-errors.ts'

/** What may be written now: nothing, what a first flight may hold, or everything. */
type Gate = 'shut' | 'reads' | 'open'

/** How a request went, for `'response'`. */
export type Outcome = 'ok' | 'error' | 'timeout' | 'aborted'

export interface RequestEvents {
  written(request: Request): void
  settled(request: Request, outcome: Outcome): void
}

/** A read that was under way at this many losses in a row, after open, is what kills the line. */
const MOST_LOSSES = 2
/** Ids of requests that were given up, so that a late answer is not taken for a stray frame. */
const REMEMBERED = 1_000

export class Requests {
  readonly #limits: Required<Limits>
  readonly #stats: Stats
  readonly #events: RequestEvents
  readonly #rpcError: (method: string, error: unknown) => HoldfastError
  readonly #deadlines = new Deadlines<Request>(request => this.#timeOut(request))
  /** In the order in which they will be written. */
  #waiting = new Set<Request>()
  readonly #written = new Map<number, Request>()
  readonly #givenUp = new Set<number>()
  readonly #batches = new Batches(id => this.#written.has(id))
  #gate: Gate = 'shut'
  #line: Line | undefined
  #lastWireId = 0
  #lastError: HoldfastError | undefined

  constructor(
    limits: Required<Limits>,
    stats: Stats,
    events: RequestEvents,
    rpcError: (method: string, error: unknown) => HoldfastError,
  ) {
    this.#limits = limits
    this.#stats = stats
    this.#events = events
    this.#rpcError = rpcError
  }

  /** Takes a request on: writes it if it may leave now, else lets it wait its turn. */
  submit(request: Request): void {
    const { signal } = request
    if (signal?.aborted) return request.answering.failed(signal.reason)
    if (this.#waiting.size >= this.#limits.queued && request.onLoss !== 'bound') {
      return request.answering.failed(queueFull(this.#limits.queued))
    }
    if (signal !== undefined) {
      request.onAbort = () => this.#abort(request)
      signal.addEventListener('abort', request.onAbort)
    }
    if (request.timeout !== Infinity) this.#deadlines.add(request, request.timeout)
    if (this.#waiting.size === 0 && this.#mayWrite(request)) this.#write(request)
    else this.#waiting.add(request)
  }

  /** Writes a request past every queue and limit: a probe. */
  writeNow(request: Request): void {
    this.#write(request)
  }

  /** Writes a request before everything that waits: a renewed subscription. */
  submitAhead(request: Request): void {
    if (this.#mayWrite(request)) this.#write(request)
    else this.#waiting = new Set([request, ...this.#waiting])
  }

  /** What is submitted meanwhile, and may leave at once, leaves as one JSON-RPC batch. */
  together(submit: () => void): void {
    this.#batches.gather(submit, frame => this.#line?.send(frame))
  }

  /** An error that names no request answers a whole batch. @returns false where none is under way */
  refuseBatch(message: IncomingMessage): boolean {
    const ids = this.#batches.refused()
    for (const id of ids) this.answer({ ...message, id })
    return ids.length > 0
  }

  /** A socket is there; nothing leaves on it by itself before `pump`. */
  attach(line: Line): void {
    this.#line = line
    this.#gate = 'reads'
  }

  /** The line may be believed. */
  open(): void {
    this.#gate = 'open'
    this.#lastError = undefined
    this.pump()
  }

  /** Writes what may leave now. */
  pump(): void {
    if (this.#gate === 'shut') return
    for (const request of this.#waiting) {
      if (this.#written.size >= this.#limits.inFlight) return
      if (!this.#mayWrite(request)) continue
      this.#waiting.delete(request)
      this.#write(request)
    }
  }

  /** @returns false where the answer is nobody's */
  answer(message: IncomingMessage): boolean {
    const id = message.id as number
    const request = this.#written.get(id)
    if (request === undefined) return this.#givenUp.delete(id)
    this.#remove(request)
    const error = this.#errorIn(message, request.method)
    this.#finish(request, error === undefined ? 'ok' : 'error')
    if (error === undefined) request.answering.answered(message.result)
    else request.answering.failed(error)
    this.pump()
    return true
  }

  /** The line fell. What may be repeated goes back to the head of the queue, in order. */
  detach(error: HoldfastError): void {
    const wasOpen = this.#gate === 'open'
    const written = [...this.#written.values()]
    this.#line = undefined
    this.#gate = 'shut'
    this.#lastError = error
    this.#written.clear()
    this.#batches.clear()
    this.#givenUp.clear()
    const waiting = [...this.#waiting]
    const again: Request[] = []
    this.#waiting = new Set()
    for (const request of written) {
      if (wasOpen) request.losses++
      const verdict = this.#verdict(request, error)
      if (verdict === 'again') again.push(request)
      else this.#reject(request, verdict)
    }
    for (const request of waiting) {
      request.losses = 0
      if (request.onLoss === 'bound') this.#reject(request, error)
      else this.#waiting.add(request)
    }
    this.#waiting = new Set([...again, ...this.#waiting])
    this.#stats.requests.replayed += again.length
  }

  close(cause: HoldfastError | undefined): void {
    const all = [...this.#written.values(), ...this.#waiting]
    this.#written.clear()
    this.#waiting.clear()
    for (const request of all) this.#reject(request, closedBy(cause))
    this.#deadlines.clear()
  }

  #verdict(request: Request, error: HoldfastError): 'again' | HoldfastError {
    if (request.onLoss === 'bound') return error
    if (request.onLoss === 'write') return outcomeUnknown(request.method, error)
    if (request.losses < MOST_LOSSES) return 'again'
    const isTooLarge = error instanceof ConnectionLostError && error.closeCode === 1009
    return isTooLarge ? tooLarge(request.method, error.cause && this.#limits.message, error) : error
  }

  #errorIn({ result, error }: IncomingMessage, method: string): HoldfastError | undefined {
    if (error !== undefined && error !== null) return this.#rpcError(method, error)
    if (result !== undefined) return undefined
    return malformed(method, 'response', 'a result or an error', result)
  }

  #mayWrite(request: Request): boolean {
    if (this.#gate === 'shut' || (this.#gate === 'reads' && request.onLoss === 'write')) return false
    return this.#written.size < this.#limits.inFlight
  }

  #write(request: Request): void {
    const id = ++this.#lastWireId
    request.wireId = id
    request.attempt++
    if (request.id === 0) request.id = id
    this.#written.set(id, request)
    if (request.onLoss !== 'bound') this.#events.written(request)
    const frame = encodeRequest(id, request.body)
    if (!this.#batches.add(id, frame)) this.#line?.send(frame)
  }

  #timeOut(request: Request): void {
    const { method, timeout } = request
    this.#giveUp(request)
    this.#finish(request, 'timeout')
    request.answering.failed(timedOut(method, timeout, this.#lastError))
    this.pump()
  }

  #abort(request: Request): void {
    this.#giveUp(request)
    this.#finish(request, 'aborted')
    request.answering.failed(request.signal?.reason)
    this.pump()
  }

  /** An answer to it may still come; it is nobody's fault. */
  #giveUp(request: Request): void {
    if (this.#written.has(request.wireId)) {
      this.#givenUp.add(request.wireId)
      const [oldest = 0] = this.#givenUp
      if (this.#givenUp.size > REMEMBERED) this.#givenUp.delete(oldest)
    }
    this.#remove(request)
  }

  #reject(request: Request, error: HoldfastError): void {
    this.#remove(request)
    this.#finish(request, 'error')
    request.answering.failed(error)
  }

  #remove(request: Request): void {
    this.#written.delete(request.wireId)
    this.#waiting.delete(request)
    this.#deadlines.remove(request, request.timeout)
    if (request.onAbort !== undefined) request.signal?.removeEventListener('abort', request.onAbort)
  }

  #finish(request: Request, outcome: Outcome): void {
    if (request.onLoss === 'bound') return
    this.#stats.requests[outcome]++
    this.#events.settled(request, outcome)
  }
}
