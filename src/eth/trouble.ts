/** What a stream does about an answer that failed: wait a little and ask again, or give up and say why. */

import { ConnectionLostError } from '../connection/errors.ts'
import { HoldfastError } from '../errors.ts'
import { InvalidResponseError, MessageTooLargeError, RequestTimeoutError, RpcError } from '../rpc/errors.ts'
import { Doubt } from './doubt.ts'
import { HistoryUnavailableError, NodeInconsistentError } from './errors.ts'
import { refusalIn } from './refusals.ts'
import type { Requester } from './requester.ts'

/** Milliseconds before the same is asked again; doubles. */
const FIRST_PACE = 50
const SLOWEST_PACE = 2_000

/** Of the time that a node may make no sense: when less is left, somebody else is asked. */
const PATIENCE = 3 / 4

/** A node that does not know a method (−32601) will not learn it. */
const METHOD_NOT_FOUND = -32601

export class Trouble {
  readonly #requester: Requester
  readonly #limit: number
  #since: number | undefined
  #line = 0
  #pace = FIRST_PACE

  /** @param limit how long a node may make no sense, in milliseconds */
  constructor(requester: Requester, limit: number) {
    this.#requester = requester
    this.#limit = limit
  }

  /** All is well again. */
  over(): void {
    this.#since = undefined
    this.#pace = FIRST_PACE
  }

  /** Whether asking for less may help. */
  isTooWide(error: unknown): boolean {
    if (error instanceof Doubt) return error.kind === 'wide'
    return (
      error instanceof RequestTimeoutError ||
      error instanceof MessageTooLargeError ||
      error instanceof ConnectionLostError
    )
  }

  /**
   * How long to wait before the next try, in milliseconds.
   *
   * @throws the error that ends the stream
   */
  judge(error: unknown, nextBlock: number): number {
    if (refusalIn(error) === 'pruned') throw pruned(nextBlock, error)
    if (!isPassing(error)) throw error
    const now = performance.now()
    // An outage is nobody's word: on a new line the time counts anew.
    if (this.#since === undefined || this.#line !== this.#requester.lines) this.#since = now
    this.#line = this.#requester.lines
    const left = this.#since + this.#limit - now
    if (error instanceof Doubt && left < this.#limit * PATIENCE) this.#requester.doubt(error.message)
    if (left <= 0) throw error instanceof Doubt ? inconsistent(error) : error
    const pace = this.#pace
    this.#pace = Math.min(SLOWEST_PACE, 2 * pace)
    return Math.min(pace, left)
  }
}

/** Whether the same question may be answered better later. */
function isPassing(error: unknown): boolean {
  if (error instanceof Doubt || error instanceof InvalidResponseError) return true
  if (error instanceof RpcError) return error.rpcCode !== METHOD_NOT_FOUND
  return (
    error instanceof HoldfastError &&
    (error instanceof RequestTimeoutError ||
      error instanceof MessageTooLargeError ||
      error instanceof ConnectionLostError)
  )
}

function pruned(fromBlock: number, cause: unknown): HistoryUnavailableError {
  const hint = 'Use an archive node, or start from a later block.'
  return new HistoryUnavailableError(`The node has no logs from block ${fromBlock} on any more.`, {
    fromBlock,
    cause,
    hint,
  })
}

function inconsistent({ message, cause }: Doubt): NodeInconsistentError {
  return new NodeInconsistentError(`The node contradicts itself: ${message}.`, {
    evidence: message,
    cause,
    retryable: true,
    hint: 'Resume from the last cursor, on another endpoint if it lasts; with several, holdfast asks for a second opinion.',
  })
}
