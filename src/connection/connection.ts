/**
 * The life of a client's line: one loop that dials, serves, waits and dials again, and owns the one socket.
 *
 * `state` is written in one place, which asserts the table in state.ts. Everything that waits is cut short by one
 * signal, which `close()` aborts.
 */

import { HoldfastError } from '../errors.ts'
import { pause } from '../pause.ts'
import type { Platform } from '../platform.ts'
import type { Secrets } from '../secrets.ts'
import type { EndpointSettings, Settings } from '../settings.ts'
import type { Notice, Stats } from '../stats.ts'
import type { Attempt } from '../transport/attempt.ts'
import { Endpoints, type Health } from './endpoints.ts'
import { Lookout } from './lookout.ts'
import { Retry } from './retry.ts'
import { askHead } from './second-opinion.ts'
import { type Conversation, type SessionParts, serve } from './session.ts'
import { type ConnectionState, type StateChange, TRANSITIONS } from './state.ts'
import { leaving } from './verdict.ts'

export interface ConnectionParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly attempt: (endpoint: EndpointSettings, everOpen: boolean) => Attempt
  readonly conversation: Conversation
  readonly stats: Stats
  readonly platform: Platform
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
  /** Milliseconds in state `open` with a peer that was good for something. */
  readonly usefulFor: number
}

export class Connection {
  readonly #parts: ConnectionParts
  readonly #endpoints: Endpoints
  readonly #retry: Retry
  readonly #lookout: Lookout
  readonly #closing = new AbortController()
  readonly #watchers = new Set<(state: ConnectionState) => void>()
  /** What ends a wait, or has the line probed, when the machine or the page wakes. */
  readonly #wakers = new Set<() => void>()
  #state: ConnectionState = { status: 'idle' }
  #life: Promise<void> | undefined
  #chainId: number | undefined
  /** By `performance.now()`; undefined while not open. */
  #openedAt: number | undefined
  /** Where the client moves, now: it left an endpoint for this one. */
  #moving: Health | undefined

  constructor(parts: ConnectionParts) {
    const { settings, random, notice } = parts
    this.#parts = parts
    this.#endpoints = new Endpoints(settings.endpoints)
    this.#retry = new Retry({ settings, endpoints: this.#endpoints, random, notice })
    this.#chainId = settings.chainId
    this.#lookout = new Lookout({
      stallTimeout: settings.stallTimeout,
      notice,
      asksForHeads: settings.probe && settings.heartbeat !== false,
      // To move is to lose a line, too.
      others: serving =>
        settings.reconnect === false ? [] : this.#endpoints.others(serving, performance.now()),
      ask: (other, signal) => {
        const deadline = performance.now() + settings.handshakeTimeout
        return askHead(this.#attempt(other), deadline, this.#chainId, signal)
      },
    })
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Milliseconds in state `open`, this time. */
  get openFor(): number {
    return this.#openedAt === undefined ? 0 : performance.now() - this.#openedAt
  }

  /** What the layers above see of the chain. */
  get lookout(): Pick<Lookout, 'head' | 'doubt'> {
    return this.#lookout
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
    const { platform, settings, stats, over } = this.#parts
    const stop = platform.watch(() => {
      for (const wake of [...this.#wakers]) wake()
    })
    while (!signal.aborted) {
      const health = this.#next(performance.now())
      if (health === undefined) break
      if (settings.reconnect !== false && platform.isOffline(health.label)) {
        await this.#wait(health, this.#attempt(health).offline(), 0, signal)
        continue
      }
      this.#moving = undefined
      const attempt = ++this.#retry.attempt
      this.#enter({ ...this.#where(health), status: 'connecting', attempt })
      const { error, usefulFor } = await this.#pass(health, signal)
      if (error === undefined || signal.aborted) break
      stats.failures++
      const final = this.#retry.finalError(health, error, usefulFor)
      if (final !== undefined) {
        this.#enter({ ...this.#where(health), status: 'closed', error: final })
        over(final)
        break
      }
      const delay = this.#moving === undefined ? this.#retry.delay(health, error) : 0
      await this.#wait(health, error, delay, signal)
    }
    stop()
    await this.#lookout.rest()
  }

  async #pass(health: Health, signal: AbortSignal): Promise<Passage> {
    const { stats, settings, conversation } = this.#parts
    const attempt = this.#attempt(health)
    const startedAt = performance.now()
    const deadline = startedAt + settings.handshakeTimeout
    const opened: SessionParts['opened'] = (chainId, { negotiated }, cut, line) => {
      const { endpoint } = attempt
      this.#openedAt = performance.now()
      const latency = this.#openedAt - startedAt
      Object.assign(health, { latency, failedAt: undefined, askedAgain: false, label: endpoint })
      this.#retry.everOpen = true
      this.#chainId ??= chainId
      stats.sockets++
      this.#lookout.attach({
        health,
        signal: line,
        head: () => conversation.head(),
        move: async (to, why) => {
          // Looks are half a stallTimeout apart, and asking takes its time: the rest is for what must not be cut.
          await Promise.race([conversation.leave(), pause(settings.stallTimeout / 4, line)])
          if (line.aborted) return
          to.failedAt = undefined
          this.#moving = to
          cut(leaving(endpoint, why))
        },
      })
      this.#enter({ endpoint, status: 'open', since: Date.now(), chainId, negotiated })
    }
    try {
      const socket = await attempt.dial(deadline, signal)
      const parts = {
        ...this.#parts,
        attempt,
        chainId: this.#chainId,
        deadline,
        opened,
        wakers: this.#wakers,
      }
      const { error, usefulUntil } = await serve(socket, parts, signal)
      return { error, usefulFor: usefulUntil - (this.#openedAt ?? usefulUntil) }
    } catch (error) {
      if (signal.aborted) return { error: undefined, usefulFor: 0 }
      return { error: error instanceof HoldfastError ? error : attempt.unclassified(error), usefulFor: 0 }
    } finally {
      stats.openTime += this.openFor
      this.#openedAt = undefined
    }
  }

  /** Until the next dial is due, or until the platform wakes us and no endpoint objects. */
  async #wait(health: Health, error: HoldfastError, delay: number, signal: AbortSignal): Promise<void> {
    const { platform } = this.#parts
    const due = performance.now() + delay
    const isOffline = () => platform.isOffline(this.#next(due)?.label)
    let until = due
    do {
      const retryAt = isOffline() ? undefined : Date.now() + Math.round(until - performance.now())
      const attempt = this.#retry.attempt + 1
      this.#enter({ ...this.#where(health), status: 'waiting', attempt, retryAt, error })
      await pause(retryAt === undefined ? Infinity : until - performance.now(), signal, this.#wakers)
      // Jitter keeps herds apart, and nobody wakes in a herd; what an endpoint asked for stays.
      if (performance.now() < due) until = Math.min(due, this.#endpoints.next(0)?.notBefore ?? 0)
      // Timers may fire a fraction of a millisecond early.
    } while (!signal.aborted && (isOffline() || until - performance.now() >= 1))
  }

  /** The endpoint to dial at the given moment. */
  #next(at: number): Health | undefined {
    return this.#moving ?? this.#endpoints.next(at)
  }

  #attempt({ settings }: Health): Attempt {
    return this.#parts.attempt(settings, this.#retry.everOpen)
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
}
