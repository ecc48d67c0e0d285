/**
 * Watches whether the serving node keeps up with its chain, and asks another endpoint where it does not.
 *
 * A head that stands still is no proof: chains stand still too. So the other endpoint must show a block that the serving
 * node does not have before the client moves there.
 */

import { pause } from '../pause.ts'
import { quantity } from '../quantity.ts'
import type { Notice } from '../stats.ts'
import type { Health } from './endpoints.ts'

export interface LookoutParts {
  /** Milliseconds. */
  readonly stallTimeout: number
  readonly notice: (notice: Notice) => void
  /** Whoever may be asked besides the serving endpoint, the healthiest first. */
  readonly others: (serving: Health) => readonly Health[]
  /** Whether the node is asked for its head where it has told none. */
  readonly asksForHeads: boolean
  /** What another endpoint says its newest block is; undefined where it is of no use. */
  readonly ask: (other: Health, signal: AbortSignal) => Promise<number | undefined>
}

/** The line of the moment. */
export interface Served {
  readonly health: Health
  /** Aborted when the line has ended. */
  readonly signal: AbortSignal
  /** What the serving node says its newest block is. */
  readonly head: () => Promise<unknown>
  readonly move: (to: Health, why: string) => Promise<void>
}

/** After this many times the usual block time a head stands still. */
const PATIENCE = 20
/** Milliseconds. */
const LEAST_PATIENCE = 5_000
/** Milliseconds between two opinions that a doubt may ask for. */
const LEAST_PAUSE = 5_000
/** At least so many milliseconds lie between two looks at a head that nobody follows. */
const UNTOLD = 60_000
/** How much the newest block counts in the running average. */
const WEIGHT = 0.2

export class Lookout {
  readonly #parts: LookoutParts
  #served: Served | undefined
  /** Of the chain, whichever endpoint said so. */
  #highest = -1
  /** Of that block, in seconds; undefined where only its number was asked for. */
  #timestamp: number | undefined
  #advancedAt = 0
  /** Milliseconds per block; by their timestamps where they are told, as blocks may come in bursts. */
  #usual: number | undefined
  /** Ends the watch over a head when the next one comes. */
  #watch = new AbortController()
  #opinion: Promise<void> | undefined
  #askedAt = -LEAST_PAUSE

  constructor(parts: LookoutParts) {
    this.#parts = parts
  }

  /** A line is open. */
  attach(served: Served): void {
    this.#served = served
    // Whatever the last line was too slow to say, this one has its full time.
    this.#begin(served)
    served.signal.addEventListener('abort', () => this.#watch.abort(), { once: true })
  }

  /** The serving node has told its newest block: its header, as it came. */
  head(header: unknown): void {
    const { number, timestamp } = Object(header) as { number?: unknown; timestamp?: unknown }
    const [block, at] = [quantity(number), quantity(timestamp)]
    if (block !== undefined && at !== undefined) this.#advance(block, at)
  }

  /**
   * The serving node contradicts itself: another one that has got as far may do better.
   *
   * @param least the block that the other one must have; what the serving node has where it is left out
   */
  async doubt(why: string, least?: number): Promise<void> {
    const served = this.#served
    const now = performance.now()
    if (served === undefined || served.signal.aborted || now < this.#askedAt + LEAST_PAUSE) return
    this.#askedAt = now
    const needed = least ?? (await headOf(served))
    if (needed !== undefined) await this.#ask(served, why, needed)
  }

  /** Resolves when nobody is being asked any more. */
  async rest(): Promise<void> {
    await this.#opinion
  }

  #advance(block: number, at?: number): void {
    if (block <= this.#highest) return
    const now = performance.now()
    if (this.#highest >= 0) {
      const took =
        at === undefined || this.#timestamp === undefined
          ? now - this.#advancedAt
          : 1_000 * Math.max(0, at - this.#timestamp)
      const each = took / (block - this.#highest)
      this.#usual = this.#usual === undefined ? each : this.#usual + WEIGHT * (each - this.#usual)
    }
    this.#highest = block
    this.#timestamp = at
    this.#advancedAt = now
    if (this.#served !== undefined) this.#begin(this.#served)
  }

  #begin(served: Served): void {
    this.#watch.abort()
    if (served.signal.aborted || (this.#usual === undefined && !this.#parts.asksForHeads)) return
    this.#watch = new AbortController()
    const isTold = this.#usual !== undefined && this.#timestamp !== undefined
    const patience = Math.max(isTold ? LEAST_PATIENCE : UNTOLD, PATIENCE * (this.#usual ?? 0))
    void this.#keepWatch(served, patience, this.#watch.signal)
  }

  async #keepWatch(served: Served, patience: number, signal: AbortSignal): Promise<void> {
    const { notice, stallTimeout, asksForHeads } = this.#parts
    const { label: endpoint } = served.health
    for (let look = 1; ; look++) {
      await pause(look === 1 ? patience : Math.max(LEAST_PATIENCE, stallTimeout / 2), signal)
      if (signal.aborted) return
      // Perhaps only nobody listens to heads.
      const head = await headOf(served)
      if (signal.aborted || head === undefined) return
      if (head > this.#highest) return asksForHeads ? this.#advance(head) : undefined
      if (this.#usual === undefined) continue
      const seconds = Math.round((performance.now() - this.#advancedAt) / 1_000)
      const why = `its head has stood at block ${head} for ${seconds} s`
      if (look === 1) notice({ kind: 'stale-head', message: `${endpoint}: ${why}.`, endpoint })
      await this.#ask(served, why, head + 1)
    }
  }

  /** One at a time. */
  #ask(served: Served, why: string, least: number): Promise<void> {
    this.#opinion ??= this.#askOthers(served, why, least).finally(() => {
      this.#opinion = undefined
    })
    return this.#opinion
  }

  async #askOthers({ health, signal, move }: Served, why: string, least: number): Promise<void> {
    for (const other of this.#parts.others(health)) {
      // Whoever cannot be asked is no better.
      const head = await this.#parts.ask(other, signal).catch(() => undefined)
      if (signal.aborted) return
      if (head !== undefined && head >= least)
        return move(other, `${why}, ${other.label} is at block ${head}`)
    }
  }
}

async function headOf({ head }: Served): Promise<number | undefined> {
  return quantity(await head().catch(() => undefined))
}
