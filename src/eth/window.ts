/**
 * The last stretch of what a stream has delivered: by block, or by range where ranges were fetched, with what was in it.
 * It is what a reorg is found by, and what it takes back.
 */

import { type Ancestor, hashPrefix } from './cursor.ts'
import type { BlockRef } from './header.ts'

/** Delivered blocks up to and including `number`, whose hash is known. */
export interface Segment<T> extends Ancestor {
  /** In order; empty for what an earlier process delivered. */
  readonly items: readonly T[]
}

/** How many blocks below the trimming line hashes are kept for. */
const HASHES_KEPT = 128

export class Window<T> {
  /** Oldest first; never empty. */
  readonly #segments: Segment<T>[]
  /** Below this nothing is taken back any more. */
  #settledBelow = -Infinity

  /** @param ancestors what is known to have been delivered, newest first */
  constructor(ancestors: readonly Ancestor[]) {
    this.#segments = ancestors.map(ancestor => ({ ...ancestor, items: [] })).reverse()
  }

  /** The last block delivered. Its `hashPrefix` is empty while it is not known: before the first block of a stream. */
  get tip(): Ancestor {
    return this.#segments.at(-1) as Segment<T>
  }

  /** Newest first. */
  get ancestors(): readonly Ancestor[] {
    return this.#segments.toReversed()
  }

  /** The segment that ends with that block, if one does. */
  at(number: number): Ancestor | undefined {
    return this.#segments.find(segment => segment.number === number)
  }

  /** Of a stretch that lies so deep already, as when catching up, the items are not kept at all. */
  extend({ number, hash }: BlockRef, items: readonly T[]): void {
    const kept = number < this.#settledBelow ? [] : items
    this.#segments.push({ number, hashPrefix: hashPrefix(hash), items: kept })
  }

  /** Learns the hash of the block before the stream's first. */
  identifyTip(hash: string): void {
    const tip = this.#segments.pop() as Segment<T>
    this.#segments.push({ ...tip, hashPrefix: hashPrefix(hash) })
  }

  /** Takes back everything above that block; gives what was in it, newest first. */
  rollback(number: number): T[] {
    const removed: T[] = []
    while (this.#segments.length > 1 && this.tip.number > number) {
      const { items } = this.#segments.pop() as Segment<T>
      removed.push(...items.toReversed())
    }
    return removed
  }

  /** Forgets what lies deeper than any reorg; hashes a while longer than items, since a cursor wants some depth. */
  trim(below: number): void {
    this.#settledBelow = Math.max(below, this.#settledBelow)
    const settled = this.#segments.findLastIndex(({ number }) => number < below)
    for (let i = settled; i >= 0 && this.#segments[i]?.items.length !== 0; i--) {
      this.#segments[i] = { ...(this.#segments[i] as Segment<T>), items: [] }
    }
    const forgotten = this.#segments.findLastIndex(({ number }) => number < below - HASHES_KEPT)
    if (forgotten > 0) this.#segments.splice(0, forgotten)
  }
}

export function isSameBlock(ancestor: Ancestor, hash: string): boolean {
  return ancestor.hashPrefix === '' || ancestor.hashPrefix === hashPrefix(hash)
}
