/**
 * The last stretch of what a stream has delivered: by block, or by range where ranges were fetched, with what was in it.
 * It is what a reorg is found by, and what it takes back.
 */

import { type Ancestor, hashPrefix } from './cursor.ts'
import type { BlockRef } from './header.ts'

/** Delivered blocks up to and including `number`, whose hash is known. */
export interface Segment<T> extends Ancestor {
  /** In order; empty for what an earlier process delivered, undefined for what has been forgotten. */
  readonly items: readonly T[] | undefined
}

/** How many blocks below the trimming line hashes are kept for. */
const HASHES_KEPT = 128

export class Window<T> {
  /** Oldest first; never empty. */
  readonly #segments: Segment<T>[]

  /** @param ancestors what is known to have been delivered, newest first */
  constructor(ancestors: readonly Ancestor[]) {
    this.#segments = ancestors.map(ancestor => ({ ...ancestor, items: [] })).reverse()
  }

  /** The last block delivered. Its `hashPrefix` is empty while it is not known: before the first block of a stream. */
  get tip(): Ancestor {
    return this.#segments.at(-1) as Segment<T>
  }

  /** Whether that block, or one above it, was delivered last. */
  covers({ number, hash }: BlockRef): boolean {
    return this.tip.number > number || (this.tip.number === number && isSameBlock(this.tip, hash))
  }

  /** Newest first. */
  get ancestors(): readonly Ancestor[] {
    return this.#segments.toReversed()
  }

  /** How many items the segment that ends with that block has. */
  countAt(number: number): number | undefined {
    return this.#segments.findLast(segment => segment.number === number)?.items?.length
  }

  /** @param isSettled the stretch lies deeper than any reorg, as when catching up: its items are not kept at all */
  extend({ number, hash }: BlockRef, items: readonly T[], isSettled = false): void {
    const kept = isSettled && items.length > 0 ? undefined : items
    this.#segments.push({ number, hashPrefix: hashPrefix(hash), items: kept })
  }

  /** Learns which block the newest one is: of the one before the stream's first the hash is not known at first. */
  identifyTip({ number, hash }: BlockRef): void {
    const tip = this.#segments.pop() as Segment<T>
    this.#segments.push({ ...tip, number, hashPrefix: hashPrefix(hash) })
  }

  /** The stream begins above that block, whatever its hash. */
  forgetTip(number: number): void {
    this.#segments.splice(0, Infinity, { number, hashPrefix: '', items: [] })
  }

  /** The oldest block above `number` whose items have been forgotten: it cannot be taken back. */
  forgottenAbove(number: number): number | undefined {
    return this.#segments.find(segment => segment.number > number && segment.items === undefined)?.number
  }

  /** Takes back everything above that block; gives what was in it, newest first. */
  rollback(number: number): T[] {
    const removed: T[] = []
    while (this.#segments.length > 1 && this.tip.number > number) {
      const { items = [] } = this.#segments.pop() as Segment<T>
      for (let i = items.length; i-- > 0; ) removed.push(items[i] as T)
    }
    return removed
  }

  /** Forgets what lies deeper than any reorg; hashes a while longer than items, since a cursor wants some depth. */
  trim(below: number): void {
    for (const [i, segment] of this.#segments.entries()) {
      if (segment.number >= below) break
      if (segment.items?.length) this.#segments[i] = { ...segment, items: undefined }
    }
    const forgotten = this.#segments.findLastIndex(({ number }) => number < below - HASHES_KEPT)
    if (forgotten > 0) this.#segments.splice(0, forgotten)
  }
}

export function isSameBlock(ancestor: Ancestor, hash: string): boolean {
  return ancestor.hashPrefix === '' || ancestor.hashPrefix === hashPrefix(hash)
}
