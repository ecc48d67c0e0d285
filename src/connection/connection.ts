/**
 * The life of a client's line: one loop that dials, serves, waits and dials again, and owns the one socket.
 *
 * `state` is written in one place, which asserts the table in state.ts. Everything that waits is cut short by one
 * signal, which `close()` aborts.
 */

import { HoldfastError } from '../errors.ts'
import { callSafely } from '../events.ts'
import { pause } from '../pause.ts'
import type { Secrets } from '../secrets.ts'
import type { EndpointSettings, Settings } from '../settings.ts'
import type { Notice, Stats } from '../stats.ts'
import type { Attempt } from '../transport/attempt.ts'
import { HandshakeError } from '../transport/errors/handshake-error.ts'
import type { Socket } from '../transport/socket.ts'
import { jitter, slowJitter } from './backoff.ts'
import { Endpoints, type Health } from './endpoints.ts'
import { type Conversation, serve } from './session.ts'
import { type ConnectionState, type StateChange, TRANSITIONS } from './state.ts'
import { allFailed, asksCredentialsAgain, exhausted, isFinalForEver } from './verdict.ts'

export interface ConnectionParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly attempt: (endpoint: EndpointSettings, everOpen: boolean) => Attempt
  readonly conversation: Conversation
  readonly stats: Stats
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
  readonly changed: (change: StateChange) => void
  /** Nothing will ever be answered again: by `close()`, or by what ended the client. Called once. */
  readonly over: (cause: HoldfastError | undefined) => void
  readonly notice: (notice: Notice) => void
}

/** One pass from dial to end. */
interface Passage {
  /** Undefined where the client was closed. */
  readonly error: HoldfastError | undefined
  /** Milliseconds in state `open`; undefined where it never came to that. */
  readonly openFor: number | undefined
}

export class Connection {
  readonly #parts: ConnectionParts
  readonly #endpoints: Endpoints
  readonly #closing = new AbortController()
  readonly #watchers = new Set<(state: ConnectionState) => void>()
  #state: ConnectionState = { status: 'idle' }
  #life: Promise<void> | undefined
  #chainId: number | undefined
  #everOpen = false
  /** Waits since the last stable connection. */
  #failures = 0
  #attempt = 0

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.#endpoints = new Endpoints(parts.settings.endpoints)
    this.#chainId = parts.settings.chainId
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Begins the life, once. */
  start(): void {
    this.#life ??= this.#closing.signal.aborted ? Promise.resolve() : this.#live(this.#closing.signal)
  }

  /** Ends the life; resolves when nothing of it is left. */
  async close(): Promise<void> {
    if (this.#state.status !== 'closing' && this.#state.status !== 'closed') {
      this.#enter({ ...this.#where(), status: 'closing' })
      this.#parts.over(undefined)
      this.#closing.abort()
    }
    await this.#life
    if (this.#state.status === 'closing') this.#enter({ ...this.#where(), status: 'closed' })
  }

  /** The chain that every endpoint must serve; undefined while none has been seen. */
  get chainId(): number | undefined {
    return this.#chainId
  }

  /** Calls `watcher` with every state from the next one on; returns how to stop. */
  watch(watcher: (state: ConnectionState) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  async #live(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const health = this.#endpoints.next(performance.now())
      if (health === undefined) break
      this.#attempt++
      this.#enter({ ...this.#where(health), status: 'connecting', attempt: this.#attempt })
      const { error, openFor } = await this.#pass(health, signal)
      if (error === undefined || signal.aborted) break
      this.#note(health, error, openFor)
      const final = this.#finalError(health, error)
      if (final !== undefined) return this.#end(health, final)
      const delay = this.#delay(health, error)
      this.#enter({
        ...this.#where(health),
        status: 'waiting',
        attempt: this.#attempt + 1,
        retryAt: Date.now() + Math.round(delay),
        error,
      })
      await pause(delay, signal)
    }
  }

  async #pass(health: Health, signal: AbortSignal): Promise<Passage> {
    const { settings, secrets, conversation, stats } = this.#parts
    const attempt = this.#parts.attempt(health.settings, this.#everOpen)
    const startedAt = performance.now()
    const deadline = startedAt + settings.handshakeTimeout
    let openedAt: number | undefined
    const opened = (chainId: number | undefined, { negotiated }: Socket) => {
      const { endpoint } = attempt
      openedAt = performance.now()
      Object.assign(health, {
        latency: openedAt - startedAt,
        failedAt: undefined,
        askedAgain: false,
        label: endpoint,
      })
      this.#everOpen = true
      this.#chainId ??= chainId
      stats.sockets++
      this.#enter({ endpoint, status: 'open', since: Date.now(), chainId, negotiated })
    }
    try {
      const socket = await attempt.dial(deadline, signal)
      const parts = {
        settings,
        secrets,
        attempt,
        conversation,
        stats,
        chainId: this.#chainId,
        deadline,
        opened,
      }
      const error = await serve(socket, parts, signal)
      const openFor = openedAt === undefined ? undefined : performance.now() - openedAt
      stats.openTime += openFor ?? 0
      return { error, openFor }
    } catch (error) {
      if (signal.aborted) return { error: undefined, openFor: undefined }
      return {
        error: error instanceof HoldfastError ? error : attempt.unclassified(error),
        openFor: undefined,
      }
    }
  }

  /** Writes down what a failure means for the endpoint and for the count of attempts. */
  #note(health: Health, error: HoldfastError, openFor: number | undefined): void {
    const { settings, stats } = this.#parts
    stats.failures++
    health.failedAt = performance.now()
    if (settings.reconnect === false) return
    if (openFor !== undefined && openFor >= settings.reconnect.stableAfter) {
      this.#failures = 0
      this.#attempt = 0
    }
    const asked = (error instanceof HandshakeError && error.retryAfter) || 0
    health.notBefore = health.failedAt + Math.min(asked, settings.reconnect.maxRetryAfter)
  }

  /** What ends the client, if this failure does. Takes the endpoint out of the rotation where only that is over. */
  #finalError(health: Health, error: HoldfastError): HoldfastError | undefined {
    const { settings } = this.#parts
    if (settings.reconnect === false) return error
    if (!this.#mayRetry(health, error)) health.final = error
    const { finalErrors } = this.#endpoints
    if (finalErrors.length === settings.endpoints.length) {
      return finalErrors.length === 1 ? error : allFailed(finalErrors)
    }
    const { attempts } = settings.reconnect
    return this.#attempt >= attempts ? exhausted(attempts, error) : undefined
  }

  #mayRetry(health: Health, error: HoldfastError): boolean {
    const { shouldReconnect } = this.#parts.settings
    const context = { endpoint: health.label ?? 'endpoint', attempt: this.#attempt, everOpen: this.#everOpen }
    let asked: boolean | undefined
    if (shouldReconnect !== undefined) callSafely(each => (asked = shouldReconnect(each, context)), error)
    if (asked !== undefined) return asked
    return (
      error.retryable || (this.#everOpen && !isFinalForEver(error)) || asksCredentialsAgain(health, error)
    )
  }

  #delay(health: Health, error: HoldfastError): number {
    const { settings, random, notice } = this.#parts
    if (settings.reconnect === false) return 0
    const now = performance.now()
    if (asksCredentialsAgain(health, error)) {
      health.askedAgain = true
      return 0
    }
    const isSlow = !error.retryable && health.final === undefined
    const wait = (isSlow ? slowJitter : jitter)(settings.reconnect, this.#failures++, random())
    if (isSlow) {
      const message = `${error.message} It has worked before, so it is tried again, slowly.`
      notice({ kind: 'slow-retry', message, endpoint: health.label, detail: { error } })
    }
    const next = this.#endpoints.next(now + wait)
    return Math.max(wait, (next?.notBefore ?? 0) - now)
  }

  #where(health?: Health): { readonly endpoint?: string } {
    const endpoint = health === undefined ? this.#state.endpoint : health.label
    return endpoint === undefined ? {} : { endpoint }
  }

  #enter(to: ConnectionState): void {
    const from = this.#state
    // close() may have come from inside a listener: nothing follows 'closing' but 'closed'.
    if (from.status === 'closing' && to.status !== 'closed') return
    if (!TRANSITIONS[from.status].includes(to.status))
      throw new Error(`No way from ${from.status} to ${to.status}`)
    this.#state = to
    this.#parts.changed({ from, to })
    // A listener may have closed the client: nobody is told of a state that is over.
    for (const watcher of [...this.#watchers]) if (this.#state === to) watcher(to)
  }

  #end(health: Health, error: HoldfastError): void {
    this.#enter({ ...this.#where(health), status: 'closed', error })
    this.#parts.over(error)
  }
}
