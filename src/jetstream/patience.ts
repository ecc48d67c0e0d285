/** Which failures a relay waits after, and how long. */

import { HoldfastError } from '../errors.ts'
import { RequestTimeoutError } from '../rpc/errors.ts'
import { NatsUnavailableError, StreamFullError } from './errors.ts'

/** Milliseconds. */
const SHORTEST = 250
const LONGEST = 5_000
/** To ask NATS again costs little, and whoever asks late takes over late; nothing is asked of the chain before NATS answers. */
const LONGEST_FOR_NATS = 1_000

export interface Wait {
  /** Milliseconds. */
  readonly delay: number
  readonly error: HoldfastError
}

export class Patience {
  readonly #random: () => number
  #failures = 0

  constructor(random: () => number) {
    this.#random = random
  }

  /** Messages have arrived. */
  progressed(): void {
    this.#failures = 0
  }

  /** Undefined where waiting does not help. */
  after(error: unknown): Wait | undefined {
    if (!(error instanceof HoldfastError) || !isPassing(error)) return undefined
    this.#failures++
    const longest = error instanceof NatsUnavailableError ? LONGEST_FOR_NATS : LONGEST
    const bound = Math.min(longest, SHORTEST * 2 ** this.#failures)
    return { delay: bound * (0.5 + this.#random() / 2), error }
  }
}

function isPassing(error: HoldfastError): boolean {
  return [NatsUnavailableError, StreamFullError, RequestTimeoutError].some(
    passing => error instanceof passing,
  )
}
