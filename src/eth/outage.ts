/** From a lost line until everything is told again: what was known to be whole, and how far one is since. */

import type { Block, BlockRef } from './header.ts'
import { PageSize } from './page-size.ts'
import type { Requester } from './requester.ts'
import type { Source } from './source.ts'
import { Trouble } from './trouble.ts'

export interface OutageParts<T> {
  readonly requester: Requester
  readonly source: Source<T>
  /** The number of an item's block. */
  readonly heightOf: (raw: unknown) => number | undefined
  /** Items kept while older ones are asked for. */
  readonly limit: number
  /** Milliseconds. */
  readonly stallTimeout: number
}

export class Outage<T> {
  readonly source: Source<T>
  readonly size: PageSize
  readonly trouble: Trouble
  /** Blocks up to which everything was delivered, oldest first. */
  trail: readonly BlockRef[]
  /** The block to be asked for next; undefined before it is known where the chain and the trail part. */
  next: number | undefined
  /** Counts lines: a head that was asked for on another line proves nothing. */
  line = 0
  readonly #parts: OutageParts<T>
  /** What came by itself meanwhile, to be told last. */
  #held: unknown[] = []
  /** A block that must be covered, since something of it was not kept. */
  #reach = 0
  /** Since when the node's head has been below what was delivered. */
  #lagsSince: number | undefined

  constructor(parts: OutageParts<T>, trail: readonly BlockRef[]) {
    this.#parts = parts
    this.source = parts.source
    this.trail = trail
    this.size = new PageSize(parts.source.mostBlocks, parts.requester)
    this.trouble = new Trouble(parts.requester, parts.stallTimeout)
  }

  get held(): readonly unknown[] {
    return this.#held
  }

  hold(raw: unknown): void {
    this.#held.push(raw)
    if (this.#held.length > this.#parts.limit) this.letGo()
  }

  /** What is not kept must be asked for. */
  letGo(): void {
    for (const raw of this.#held) this.#reach = Math.max(this.#reach, this.#parts.heightOf(raw) ?? 0)
    this.#held = []
  }

  /** A head below what was delivered is a node that lags, unless it has another block there, or stays so. */
  isLagging(head: Block): boolean {
    const known = this.trail.find(({ number }) => number === head.number)
    const top = Math.max(this.trail.at(-1)?.number ?? 0, this.#reach)
    if (head.number >= top || (known !== undefined && known.hash !== head.hash)) {
      this.#lagsSince = undefined
      return false
    }
    this.#lagsSince ??= performance.now()
    return performance.now() - this.#lagsSince < this.#parts.stallTimeout
  }
}
