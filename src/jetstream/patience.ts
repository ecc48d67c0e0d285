/** Which failures a relay waits after, and how long. */

import { HoldfastError } from '../errors.ts'
import { RequestTimeoutError } from '../rpc/errors.ts'
import { NatsUnavailableError, StreamFullError, StreamMissingError } from './errors.ts'

/** Milliseconds. */
const SHORTEST = 250
const LONGEST = 5_000
/** To ask NATS again costs little, and whoever asks late takes over late; nothing is asked of the chain before NATS answers. */
const LONGEST_FOR_NATS = 1_000

/**
 * A server of a cluster that leads it, and has not caught up, says of a stream that exists that there is none. So many
 * times in a row it is not so: five to ten seconds.
 */
const BELIEVED = 10

export interface Wait {
  /** Milliseconds. */
  readonly delay: number
  readonly error: HoldfastError
}

export class Patience {
  readonly #isClustered: () => boolean
  readonly #random: () => number
  #failures = 0
  /** Whether the stream was there once. */
  #found = false
  /** How often in a row it was not. */
  #missing = 0

  constructor(isClustered: () => boolean, random: () => number) {
    this.#isClustered = isClustered
    this.#random = random
  }

  /** The stream was read. */
  found(): void {
    this.#found = true
    this.#missing = 0
  }

  /** Messages have arrived. */
  progressed(): void {
    this.#failures = 0
  }

  /** Undefined where waiting does not help. */
  after(error: unknown): Wait | undefined {
    this.#missing = error instanceof StreamMissingError ? this.#missing + 1 : 0
    if (!(error instanceof HoldfastError) || !this.#isPassing(error)) return undefined
    this.#failures++
    const isOfNats = error instanceof NatsUnavailableError || error instanceof StreamMissingError
    const bound = Math.min(isOfNats ? LONGEST_FOR_NATS : LONGEST, SHORTEST * 2 ** this.#failures)
    return { delay: bound * (0.5 + this.#random() / 2), error }
  }

  #isPassing(error: HoldfastError): boolean {
    if (error instanceof StreamMissingError)
      return this.#missing < BELIEVED && (this.#found || this.#isClustered())
    return [NatsUnavailableError, StreamFullError, RequestTimeoutError].some(
      passing => error instanceof passing,
    )
  }
}
