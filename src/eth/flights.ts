/**
 * What the streams of a client ask in one tick leaves together: as one JSON-RPC batch, equal questions once. A new head
 * wakes all of them, so that a block costs one frame however many follow it.
 */

import { onAbort } from '../pause.ts'
import { RateLimitedError, RequestTimeoutError, RpcError } from '../rpc/errors.ts'
import type { AbortSignalLike, RequestOptions } from '../rpc/request.ts'
import type { Answer, Call } from './requester.ts'
import type { Traits } from './traits.ts'

export interface FlightParts {
  request(method: string, params: readonly unknown[], options: RequestOptions): Promise<unknown>
  /** What is requested meanwhile leaves in one frame. */
  together(ask: () => void): void
  readonly traits: Traits
}

/** Steps of the microtask queue between a head and the questions of the slowest stream that it wakes. */
const BOARDING = 24
/** The most that providers take in one batch. */
const MOST_SEATS = 100

/** A question and those who want its answer. */
class Seat {
  readonly call: Call
  readonly #parts: FlightParts
  readonly #left = new AbortController()
  readonly #waiting = new Set<(answer: Answer) => void>()

  constructor(call: Call, parts: FlightParts) {
    this.call = call
    this.#parts = parts
  }

  /**
   * Resolves with the answer, or with the reason of whoever leaves before. The last to leave takes the question along.
   *
   * @param leave receives the function by which to leave
   */
  join(leave: ((reason: unknown) => void)[]): Promise<Answer> {
    return new Promise(resolve => {
      this.#waiting.add(resolve)
      leave.push(error => {
        resolve({ error })
        this.#waiting.delete(resolve)
        if (this.#waiting.size === 0) this.#left.abort()
      })
    })
  }

  async ask(): Promise<Answer> {
    const [method, params] = this.call
    try {
      return { result: await this.#parts.request(method, params, { signal: this.#left.signal }) }
    } catch (error) {
      return { error }
    }
  }

  settle(answer: Answer): void {
    for (const resolve of this.#waiting) resolve(answer)
  }
}

export class Flights {
  readonly #parts: FlightParts
  #boarding: Map<string, Seat> | undefined
  #departure = Promise.resolve()
  #repeated = 0

  constructor(parts: FlightParts) {
    this.#parts = parts
  }

  /** Resolves once what was asked so far has left. */
  get departed(): Promise<void> {
    return this.#departure
  }

  /** Never rejects; each answer speaks for itself: that of an aborted signal is its reason. */
  async ask(calls: readonly Call[], signal: AbortSignalLike): Promise<readonly Answer[]> {
    const asked = new Set<string>()
    const leave: ((reason: unknown) => void)[] = []
    const answers = calls.map(call => {
      // Who asks the same twice wants two looks.
      const text = JSON.stringify(call)
      const key = asked.has(text) ? `${text}${this.#repeated++}` : text
      asked.add(text)
      return this.#seat(call, key).join(leave)
    })
    // One listener, however many questions: Node 20 warns of a leak where a signal has more than ten.
    const stopListening = onAbort(signal, () => {
      for (const each of leave) each(signal.reason)
    })
    const all = await Promise.all(answers)
    stopListening()
    return all
  }

  #seat(call: Call, key: string): Seat {
    let boarding = this.#boarding
    if (boarding === undefined) {
      boarding = this.#boarding = new Map()
      this.#departure = this.#depart(boarding)
    }
    const seat = boarding.get(key) ?? new Seat(call, this.#parts)
    boarding.set(key, seat)
    return seat
  }

  async #depart(seats: ReadonlyMap<string, Seat>): Promise<void> {
    for (let i = 0; i < BOARDING; i++) await undefined
    this.#boarding = undefined
    const all = [...seats.values()]
    for (let i = 0; i < all.length; i += MOST_SEATS) void this.#fly(all.slice(i, i + MOST_SEATS))
  }

  async #fly(seats: readonly Seat[]): Promise<void> {
    const { traits } = this.#parts
    if (traits.batches === 'refused' || seats.length === 1) return this.#flySingly(seats)
    const asked: Promise<Answer>[] = []
    this.#parts.together(() => {
      for (const seat of seats) asked.push(seat.ask())
    })
    const answers = await Promise.all(asked)
    // A batch that all goes wrong in the same way may be what the peer does not take.
    if (isRefused(answers)) return this.#flySingly(seats, () => (traits.batches = 'refused'))
    for (const [i, answer] of answers.entries()) seats[i]?.settle(answer)
  }

  #flySingly(seats: readonly Seat[], worked: () => void = () => {}): void {
    for (const seat of seats) {
      void seat.ask().then(answer => {
        if ('result' in answer) worked()
        seat.settle(answer)
      })
    }
  }
}

function isRefused(answers: readonly Answer[]): boolean {
  const errors = answers.map(answer => ('error' in answer ? answer.error : undefined))
  const [first] = errors
  // Who has a cause was not answered because there was no line.
  const isSilence = (error: unknown) => error instanceof RequestTimeoutError && error.cause === undefined
  if (isSilence(first)) return errors.every(isSilence)
  if (!(first instanceof RpcError) || first instanceof RateLimitedError) return false
  return errors.every(error => error instanceof RpcError && error.message === first.message)
}
