/** From a lost line until everything is told again: what was known to be whole, and what came meanwhile. */

import { quantity } from '../quantity.ts'
import type { Follower } from './follow.ts'
import type { Block, BlockRef } from './header.ts'
import type { Window } from './window.ts'

/** The stream that tells what was missed, and what it has told. */
export interface Resumed<T> {
  readonly follower: Follower<T>
  readonly window: Window<T>
}

export class Outage<T> {
  /** Blocks up to which everything was delivered, oldest first. */
  trail: readonly BlockRef[]
  /** Undefined before the first head is known. */
  stream: Resumed<T> | undefined
  /** Counts lines: a head that was asked for on another line proves nothing. */
  line = 0
  readonly #limit: number
  /** How long a head may be below what was delivered, in milliseconds. */
  readonly #patience: number
  /** Since when it has been. */
  #lagsSince: number | undefined
  /** What came by itself meanwhile, to be told last. */
  #held: unknown[] = []
  /** A block that must be covered: it was delivered, or something of it was not kept. */
  #reach: number

  /** @param limit items kept while older ones are asked for */
  constructor(trail: readonly BlockRef[], limit: number, patience: number) {
    this.#limit = limit
    this.#patience = patience
    this.trail = trail
    this.#reach = trail.at(-1)?.number ?? 0
  }

  get held(): readonly unknown[] {
    return this.#held
  }

  hold(raw: unknown): void {
    this.#held.push(raw)
    if (this.#held.length > this.#limit) this.letGo()
  }

  /** What is not kept must be asked for. */
  letGo(): void {
    for (const raw of this.#held) this.#reach = Math.max(this.#reach, heightOf(raw) ?? 0)
    this.#held = []
  }

  /**
   * What a head below what was delivered means: a node that lags, unless it has another block there, or stays so. Then
   * the chain was wound back.
   */
  judge({ number, hash }: Block): 'lagging' | 'wound back' | undefined {
    const known = this.trail.find(each => each.number === number)
    if (number >= this.#reach) {
      this.#lagsSince = undefined
      return undefined
    }
    this.#lagsSince ??= performance.now()
    const isOver = performance.now() - this.#lagsSince >= this.#patience
    return isOver || (known !== undefined && known.hash !== hash) ? 'wound back' : 'lagging'
  }

  /** What was delivered above this block does not count any more. */
  windBack(to: number): void {
    this.trail = this.trail.filter(({ number }) => number <= to)
    this.#reach = to
    this.stream = undefined
  }
}

/** The number of a log's or a header's block. */
export function heightOf(raw: unknown): number | undefined {
  const { blockNumber, number = blockNumber } = Object(raw) as { blockNumber?: unknown; number?: unknown }
  return quantity(number)
}
