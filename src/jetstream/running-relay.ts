/**
 * The life of a relay, a loop: stand by until nobody leads, read the end of the stream, lead from there until another
 * relay was faster or NATS fails, and again. The stream is the only state; whatever happened, reading it anew is the answer.
 */

import { Events } from '../events.ts'
import { onAbort, pause } from '../pause.ts'
import { Settlement } from '../settlement.ts'
import { Arrivals, type Counters, type RelayStats } from './arrivals.ts'
import { RelayFencedError } from './errors.ts'
import { END, lead } from './lead.ts'
import { Line } from './line.ts'
import { type Opening, open } from './opening.ts'
import { Patience } from './patience.ts'
import { Presence, presenceSubject } from './presence.ts'
import type { Publisher } from './publisher.ts'
import type { Relay, RelayClient, RelayEvents, RelayState } from './relay.ts'
import type { RelayFilter, RelaySettings } from './relay-options.ts'
import { fencedAt } from './stored-stream.ts'

export class RunningRelay implements Relay {
  readonly #client: RelayClient
  readonly #filter: RelayFilter
  readonly #settings: RelaySettings
  readonly #events = new Events<RelayEvents>()
  readonly #presence: Presence
  readonly #patience: Patience
  readonly #started = new Settlement<void>()
  readonly #done = new Settlement<void>()
  /** Aborted with END by `close()`, with an error by whatever else ends the relay. */
  readonly #stop = new AbortController()
  readonly #stats: Counters = {
    published: 0,
    removals: 0,
    pages: 0,
    terms: 0,
    fenced: 0,
    interruptions: 0,
    sequence: 0,
    block: undefined,
  }
  readonly #arrivals = new Arrivals(this.#stats, page => this.#events.emit('page', page))
  #state: RelayState = { status: 'starting' }
  /** The term of leadership that runs. */
  #term: AbortController | undefined
  #publisher: Publisher | undefined

  constructor(client: RelayClient, filter: RelayFilter, settings: RelaySettings) {
    this.#client = client
    this.#filter = filter
    this.#settings = settings
    const { connection, stream, silence } = settings
    this.#presence = new Presence({
      connection,
      subject: presenceSubject(stream),
      id: shortId(),
      silence,
      random: Math.random,
      heard: leader => {
        if (this.#state.status === 'following') this.#enter({ ...this.#state, leader })
      },
      outranked: () => this.#term?.abort(END),
    })
    this.#patience = new Patience(() => connection.info?.cluster !== undefined, Math.random)
    void this.#run()
  }

  get state(): RelayState {
    return this.#state
  }

  get stats(): Readonly<RelayStats> {
    return { ...this.#stats, onTheWay: this.#publisher?.onTheWay ?? 0 }
  }

  get started(): Promise<void> {
    return this.#started.promise
  }

  get done(): Promise<void> {
    return this.#done.promise
  }

  async close(): Promise<void> {
    this.#stop.abort(END)
    await this.#done.promise.catch(() => undefined)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  on<K extends keyof RelayEvents>(event: K, listener: (payload: RelayEvents[K]) => void): this {
    this.#events.on(event, listener)
    return this
  }

  once<K extends keyof RelayEvents>(event: K, listener: (payload: RelayEvents[K]) => void): this {
    this.#events.once(event, listener)
    return this
  }

  off<K extends keyof RelayEvents>(event: K, listener: (payload: RelayEvents[K]) => void): this {
    this.#events.off(event, listener)
    return this
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    const { signal: given } = this.#filter
    const unlisten = onAbort(given, () => this.#stop.abort(given?.reason))
    const line = new Line(this.#settings, {
      fell: () => this.#publisher?.interrupt(),
      closed: error => this.#stop.abort(error),
    })
    try {
      await this.#live()
      if (signal.aborted && signal.reason !== END) throw signal.reason
      this.#enter({ status: 'closed' })
      this.#started.resolve()
      this.#done.resolve()
    } catch (error) {
      this.#enter({ status: 'closed', error })
      this.#started.reject(error)
      this.#done.reject(error)
    } finally {
      unlisten()
      line.close()
      this.#presence.close()
      this.#stop.abort(END)
    }
  }

  /** Until the chain is covered up to `toBlock`, or the signal. @throws what ends a relay */
  async #live(): Promise<void> {
    const { signal } = this.#stop
    for (let opening: Opening | undefined; !signal.aborted; ) {
      const before = this.#stats.published
      try {
        opening ??= await this.#open(signal)
        await this.#standBy(opening)
        if (signal.aborted || (await this.#lead(opening))) return
      } catch (error) {
        if (signal.aborted) return
        if (this.#stats.published > before) this.#patience.progressed()
        await this.#recover(error)
      }
    }
  }

  async #open(signal: AbortSignal): Promise<Opening> {
    const opening = await open(this.#client, this.#filter, this.#settings, signal)
    this.#patience.found()
    return opening
  }

  /** Until nobody else leads. */
  async #standBy({ sequence }: Opening): Promise<void> {
    const { standby, stream } = this.#settings
    const { signal } = this.#stop
    if (this.#state.status !== 'following') this.#enter({ status: 'following', leader: undefined })
    if (standby) await this.#presence.silence(signal)
    else if (await this.#presence.isLed(signal)) throw fencedAt(stream, sequence)
  }

  /** One term. @returns whether there is nothing left to do */
  async #lead({ stored, chainId, fromBlock }: Opening): Promise<boolean> {
    const { connection, stream, subject, inFlight, timeout, silence } = this.#settings
    const client = this.#client
    const term = new AbortController()
    const unlisten = onAbort(this.#stop.signal, () => term.abort(this.#stop.signal.reason))
    this.#term = term
    this.#stats.terms++
    let fitAt = performance.now()
    // Who cannot reach the chain makes room for one that can.
    this.#presence.lead(() => {
      if (client.state.status === 'open') fitAt = performance.now()
      return performance.now() - fitAt < silence
    })
    let isOver = false
    try {
      const tail = await stored.tail()
      this.#patience.found()
      this.#enter({ status: 'leading', since: Date.now() })
      await lead({
        connection,
        stream,
        prefix: subject,
        chainId,
        writer: shortId(),
        inFlight,
        timeout,
        follow: filter => client.transfers(filter),
        filter: this.#filter,
        fromBlock,
        stored,
        tail,
        arrivals: this.#arrivals,
        signal: term.signal,
        began: publisher => {
          this.#publisher = publisher
        },
      })
      isOver = !term.signal.aborted
      const { state } = client
      if (state.status === 'closed' && state.error !== undefined) throw state.error
      return isOver
    } finally {
      unlisten()
      this.#term = undefined
      this.#publisher = undefined
      this.#stats.block = undefined
      this.#presence.follow(isOver || this.#stop.signal.aborted ? 'bye' : 'silently')
    }
  }

  /** Waits where waiting helps. @throws what nothing helps against */
  async #recover(error: unknown): Promise<void> {
    const wait = this.#patience.after(error)
    if (error instanceof RelayFencedError) {
      this.#stats.fenced++
      if (!this.#settings.standby) throw error
      this.#enter({ status: 'following', leader: undefined, error })
    } else if (wait !== undefined) {
      this.#stats.interruptions++
      this.#enter({ status: 'waiting', retryAt: Date.now() + wait.delay, error: wait.error })
      await pause(wait.delay, this.#stop.signal)
    } else throw error
  }

  #enter(to: RelayState): void {
    const from = this.#state
    this.#state = to
    if (to.status === 'following' || to.status === 'leading') this.#started.resolve()
    this.#events.emit('state', { from, to })
  }
}

function shortId(): string {
  return crypto.randomUUID().slice(0, 8)
}
