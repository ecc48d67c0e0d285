/**
 * Whether anything may be written now. Not while the provider wants a pause (as long as it said, else 1 s doubling to
 * 30 s), and not while the peer does not take what it was sent: that would pile up in our memory.
 */

import type { Line } from '../connection/session.ts'
import type { RateLimitedError } from './errors.ts'

const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 30_000
/** Bytes that the peer may leave with us. */
const MOST_BUFFERED = 4_194_304
/** Milliseconds until a peer that takes nothing is looked at again; no platform tells. */
const STALLED = 10

type Timer = ReturnType<typeof setTimeout>

export class Flow {
  readonly #resume: () => void
  #line: Line | undefined
  #pause: { readonly timer: Timer; readonly error: RateLimitedError } | undefined
  #pauses = 0
  #stall: Timer | undefined

  /** @param resume called when writing may go on */
  constructor(resume: () => void) {
    this.#resume = resume
  }

  get isOpen(): boolean {
    if (this.#line === undefined || this.#pause !== undefined) return false
    if (this.#line.buffered <= MOST_BUFFERED) return true
    this.#stall ??= setTimeout(() => {
      this.#stall = undefined
      this.#resume()
    }, STALLED)
    return false
  }

  /** What the provider said, while it is obeyed. */
  get reason(): RateLimitedError | undefined {
    return this.#pause?.error
  }

  attach(line: Line): void {
    this.#line = line
  }

  /** What one line said says nothing about the next. */
  detach(): void {
    clearTimeout(this.#pause?.timer)
    clearTimeout(this.#stall)
    this.#pause = undefined
    this.#stall = undefined
    this.#line = undefined
  }

  /** Refusals of what was under way meanwhile do not make the pause longer. */
  slowDown(error: RateLimitedError): void {
    if (this.#pause !== undefined) return
    const wait = error.retryAfter ?? Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#pauses++)
    const over = () => {
      this.#pause = undefined
      this.#resume()
    }
    this.#pause = { timer: setTimeout(over, wait), error }
  }

  /** The provider answers again. */
  relax(): void {
    if (this.#pause === undefined) this.#pauses = 0
  }
}
