/** What a failure leads to: the end, or the next dial and its moment. Owns the count of attempts. */

import type { HoldfastError } from '../errors.ts'
import { callSafely } from '../events.ts'
import type { Settings } from '../settings.ts'
import type { Notice } from '../stats.ts'
import { HandshakeError } from '../transport/errors/handshake-error.ts'
import { jitter, slowJitter } from './backoff.ts'
import type { Endpoints, Health } from './endpoints.ts'
import { allFailed, asksCredentialsAgain, exhausted, isFinalForEver } from './verdict.ts'

export interface RetryParts {
  readonly settings: Settings
  readonly endpoints: Endpoints
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
  readonly notice: (notice: Notice) => void
}

export class Retry {
  /** Of the dial under way, from 1; anew after every useful, stable connection. */
  attempt = 0
  everOpen = false
  readonly #parts: RetryParts
  /** Waits since the last stable connection. */
  #failures = 0

  constructor(parts: RetryParts) {
    this.#parts = parts
  }

  /**
   * What ends the client, if this failure does. Takes the endpoint out of the rotation where only that is over.
   *
   * @param usefulFor milliseconds in state `open` with a peer that was good for something
   */
  finalError(health: Health, error: HoldfastError, usefulFor: number): HoldfastError | undefined {
    const { settings, endpoints } = this.#parts
    health.failedAt = performance.now()
    if (settings.reconnect === false) return error
    const { stableAfter, maxRetryAfter, attempts } = settings.reconnect
    if (usefulFor > 0 && usefulFor >= stableAfter) {
      this.#failures = 0
      this.attempt = 0
    }
    const asked = (error instanceof HandshakeError && error.retryAfter) || 0
    health.notBefore = health.failedAt + Math.min(asked, maxRetryAfter)
    if (!this.#mayRetry(health, error)) health.final = error
    const { finalErrors } = endpoints
    if (finalErrors.length === settings.endpoints.length) {
      return finalErrors.length === 1 ? error : allFailed(finalErrors)
    }
    return this.attempt >= attempts ? exhausted(attempts, error) : undefined
  }

  /** Milliseconds until the next dial. */
  delay(health: Health, error: HoldfastError): number {
    const { settings, endpoints, random, notice } = this.#parts
    if (settings.reconnect === false) return 0
    if (asksCredentialsAgain(health, error)) {
      health.askedAgain = true
      return 0
    }
    const now = performance.now()
    if (this.everOpen && !error.retryable && health.final === undefined) {
      // It holds up this endpoint, not the others.
      const slowly = slowJitter(settings.reconnect, this.#failures, random())
      health.notBefore = Math.max(health.notBefore, now + slowly)
      const message = `${error.message} The client has been open before, so this is tried again, slowly.`
      notice({ kind: 'slow-retry', message, endpoint: health.label, detail: { error } })
    }
    const wait = jitter(settings.reconnect, this.#failures++, random())
    return Math.max(wait, (endpoints.next(now + wait)?.notBefore ?? 0) - now)
  }

  #mayRetry(health: Health, error: HoldfastError): boolean {
    const { shouldReconnect } = this.#parts.settings
    const { attempt, everOpen } = this
    const context = { endpoint: health.label ?? 'endpoint', attempt, everOpen }
    let answer: boolean | undefined
    if (shouldReconnect !== undefined) callSafely(each => (answer = shouldReconnect(each, context)), error)
    return (
      answer ??
      (error.retryable || (everOpen && !isFinalForEver(error)) || asksCredentialsAgain(health, error))
    )
  }
}
