/** Blocks that were delivered on weak evidence, and are to be asked once more when the next head is there. */

import type { Found } from './ask-logs.ts'
import type { Verdict } from './evidence.ts'
import type { Block } from './header.ts'
import type { Window } from './window.ts'

/** Milliseconds: on chains that are quicker than this one later head is too early to know more. */
export const LEAST_AGE = 1_000
/** How many delivered blocks are remembered, in case that what they were believed by turns out to be worth nothing. */
const REMEMBERED = 64
/** The most that wait for their second look: more than any chain makes in that time. */
const MOST = 1_024
/** The most that are looked at together: with what is new they are to fit into one frame. */
const AT_ONCE = 8

interface Delivered {
  readonly block: Block
  /** When it was looked at, by `performance.now()`. */
  at: number
  status: 'settled' | 'weak'
}

export class SecondLooks {
  #delivered: Delivered[] = []
  #earlier: number

  /** @param earlier the last block that an earlier process delivered */
  constructor(earlier: number) {
    this.#earlier = earlier
  }

  /**
   * Whether there are doubtful blocks, from that one on, which cannot be looked at again: what an earlier process delivered
   * of them is not known. What this process has forgotten already lies deeper than anything that is doubted.
   */
  haveEarlier<T>(from: number, window: Window<T>): boolean {
    return this.#earlier >= from && window.forgottenAbove(this.#earlier) === undefined
  }

  add(block: Block, verdict: Verdict): void {
    // The header as the node sent it may be large, and is not needed any more.
    const slim = { ...block, raw: undefined }
    const status = verdict === 'sound' ? 'settled' : 'weak'
    this.#delivered.push({ block: slim, at: performance.now(), status })
    // Who waits for a second look is not forgotten for one who has had it.
    const spare = this.#delivered.findIndex(each => each.status === 'settled')
    const { length } = this.#delivered
    if (length > MOST || (length > REMEMBERED && spare >= 0)) this.#delivered.splice(Math.max(0, spare), 1)
  }

  /** What is above this block is delivered no more. */
  rollback(number: number): void {
    this.#earlier = Math.min(this.#earlier, number)
    this.#delivered = this.#delivered.filter(({ block }) => block.number <= number)
  }

  /** Nothing that was delivered can be relied upon. */
  suspectAll(): void {
    for (const each of this.#delivered) each.status = 'weak'
  }

  /** Blocks to look at now, oldest first. */
  due(head: Block): readonly Block[] {
    const now = performance.now()
    return this.#weak
      .filter(({ block, at }) => block.number < head.number && at + LEAST_AGE <= now)
      .slice(0, AT_ONCE)
      .map(({ block }) => block)
  }

  /** Milliseconds until something may be due; `Infinity` where nothing will be without a new head. */
  wait(head: Block): number {
    const next = this.#weak.find(({ block }) => block.number < head.number)
    return next === undefined ? Infinity : Math.max(0, next.at + LEAST_AGE - performance.now())
  }

  /** All that a stream cannot end without; there may be no next head for them. */
  get last(): readonly Block[] {
    return this.#weak.slice(0, AT_ONCE).map(({ block }) => block)
  }

  /** The oldest block that may still be doubted: what is above it must not be forgotten. */
  get remembered(): number {
    return this.#delivered[0]?.block.number ?? Infinity
  }

  /** The oldest that waits for its second look. */
  get oldest(): number {
    return this.#weak[0]?.block.number ?? Infinity
  }

  /** Milliseconds until those are old enough. */
  get patience(): number {
    return Math.max(0, ...this.#weak.map(({ at }) => at + LEAST_AGE - performance.now()))
  }

  /** Something went wrong: what comes next must not wait for this. */
  postpone(): void {
    const now = performance.now()
    for (const each of this.#weak) each.at = Math.max(each.at, now)
  }

  /** The second look was taken. Gives the first block of which there is more than was delivered. */
  compare<T>(
    blocks: readonly Block[],
    found: readonly Found<T>[],
    window: Window<T>,
  ): { readonly block: Block; readonly items: readonly T[] } | undefined {
    const answered = blocks.slice(0, found.length)
    for (const each of this.#delivered) if (answered.includes(each.block)) each.status = 'settled'
    for (const [i, block] of blocks.entries()) {
      const items = found[i]?.items ?? []
      if (items.length > (window.countAt(block.number) ?? Infinity)) return { block, items }
    }
    return undefined
  }

  get #weak(): readonly Delivered[] {
    return this.#delivered.filter(({ status }) => status === 'weak')
  }
}
