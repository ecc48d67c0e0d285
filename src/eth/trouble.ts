/** What a stream does about an answer that failed: wait a little and ask again, or give up and say why. */

import { ConnectionLostError, HeartbeatTimeoutError } from '../connection/errors.ts'
import {
  InvalidResponseError,
  MessageTooLargeError,
  RateLimitedError,
  RequestTimeoutError,
  RpcError,
} from '../rpc/errors.ts'
import { Doubt } from './doubt.ts'
import { HistoryUnavailableError, NodeInconsistentError } from './errors.ts'
import { refusalIn } from './refusals.ts'
import type { Requester } from './requester.ts'

/** Milliseconds before the same is asked again; doubles. */
const FIRST_PACE = 50
const SLOWEST_PACE = 2_000
/** The same where the provider wants to be asked less often. */
const LEAST_RATE_PACE = 1_000
const SLOWEST_RATE_PACE = 30_000

/** Of the time that a node may make no sense: when less is left, somebody else is asked. */
const PATIENCE = 3 / 4

/** Blocks below the head. */
const DEEP = 64

/** A node that does not know a method (−32601) will not learn it. */
const METHOD_NOT_FOUND = -32601

export class Trouble {
  readonly #requester: Requester
  readonly #limit: number
  #since: number | undefined
  /** Since when no answer has come at all. */
  #deafSince: number | undefined
  /** What is known of the endpoints that have had their time. */
  readonly #tried = new Set<unknown>()
  #failures = 0
  #refusals = 0

  /** @param limit how long a node may make no sense, in milliseconds */
  constructor(requester: Requester, limit: number) {
    this.#requester = requester
    this.#limit = limit
  }

  /** All is well again. */
  over(): void {
    this.#since = undefined
    this.#deafSince = undefined
    this.#tried.clear()
    this.#failures = 0
    this.#refusals = 0
  }

  /**
   * How long to wait before the next try, in milliseconds.
   *
   * @param head the newest block that the node has told of
   * @throws the error that ends the stream
   */
  judge(error: unknown, nextBlock: number, head = nextBlock): number {
    if (refusalIn(error) === 'pruned') throw pruned(nextBlock, error)
    if (!isPassing(error)) throw error
    const now = performance.now()
    const pace = 2 ** this.#failures++
    const rate = isRateLimited(error) ? LEAST_RATE_PACE * 2 ** this.#refusals++ : undefined
    // An outage is nobody's word: the line comes back. Nor is "not so fast".
    if (rate !== undefined || isOutage(error)) {
      this.#deafSince ??= now
      return Math.min(SLOWEST_RATE_PACE, rate ?? Math.min(SLOWEST_PACE, FIRST_PACE * pace))
    }
    this.#refusals = 0
    const wait = Math.min(SLOWEST_PACE, FIRST_PACE * pace)
    const { traits } = this.#requester
    // With another endpoint the time counts anew; while nothing was said it stands still.
    if (this.#since === undefined || !this.#tried.has(traits)) this.#since = now
    else this.#since += now - (this.#deafSince ?? now)
    this.#deafSince = undefined
    this.#tried.add(traits)
    const left = this.#since + this.#limit - now
    if (error instanceof Doubt && left < this.#limit * PATIENCE) this.#requester.doubt(error.message)
    if (left <= 0) throw final(error, nextBlock, head)
    return Math.min(wait, left)
  }
}

/** What a node lacks so far below its own head has been pruned. */
function final(error: unknown, nextBlock: number, head: number): unknown {
  if (!(error instanceof Doubt)) return error
  return error.kind === 'behind' && head - nextBlock >= DEEP ? pruned(nextBlock, error) : inconsistent(error)
}

/** Whether asking for less may help. */
export function isTooWide(error: unknown): boolean {
  const isWide = error instanceof Doubt && error.kind === 'wide'
  return isWide || error instanceof MessageTooLargeError || isOutage(error)
}

/** No answer came, which says nothing of the chain. */
function isOutage(error: unknown): boolean {
  return (
    (error instanceof Doubt && error.kind === 'cut') ||
    error instanceof RequestTimeoutError ||
    error instanceof ConnectionLostError ||
    error instanceof HeartbeatTimeoutError
  )
}

function isRateLimited(error: unknown): boolean {
  return refusalIn(error) === 'rate' || error instanceof RateLimitedError
}

/** Whether the same question may be answered better later. */
function isPassing(error: unknown): boolean {
  if (error instanceof RpcError) return error.rpcCode !== METHOD_NOT_FOUND
  return (
    error instanceof Doubt ||
    error instanceof InvalidResponseError ||
    error instanceof MessageTooLargeError ||
    isOutage(error)
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
