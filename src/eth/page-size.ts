/** How many blocks the next range may have: shrinks where the node says "too much", grows again slowly. */

import type { Doubt } from './doubt.ts'
import { blocksIn } from './refusals.ts'
import type { Requester } from './requester.ts'

const FIRST = 500
const GROWTH = 1.5
/** Above this many items, some 2 MB, a range is large enough. */
const ENOUGH_ITEMS = 4_000
/** After so many ranges a limit is tried again. */
const TRUST = 64

export class PageSize {
  readonly #most: number
  readonly #requester: Requester
  #blocks = FIRST
  #wentWell = 0
  #hint: number | undefined

  constructor(most: number, requester: Requester) {
    this.#most = most
    this.#requester = requester
  }

  get blocks(): number {
    return Math.max(1, Math.min(this.#blocks, this.#most, this.#requester.traits.mostBlocks))
  }

  /**
   * A range of that many blocks was too much.
   *
   * @returns false where it cannot be less
   */
  shrink(tried: number, error: unknown): boolean {
    const hint = blocksIn((error as Doubt).cause)
    // A range that the node itself suggested may fail as well: then it is halved like any other.
    const isNew = hint !== undefined && hint < tried && hint !== this.#hint
    this.#hint = hint
    this.#blocks = Math.max(1, isNew ? hint : Math.floor(tried / 2))
    this.#wentWell = 0
    // Where the number of blocks is what is limited, other streams need not find out for themselves.
    if (isNew) this.#requester.traits.mostBlocks = this.#blocks
    return tried > 1
  }

  /** A range of that many blocks went well. */
  grow(tried: number, items: number): void {
    if (tried < this.blocks) return
    const { traits } = this.#requester
    if (items > ENOUGH_ITEMS) this.#blocks = Math.max(1, Math.floor((tried * ENOUGH_ITEMS) / items))
    else this.#blocks = Math.ceil(tried * GROWTH)
    if (++this.#wentWell < TRUST) return
    this.#wentWell = 0
    this.#hint = undefined
    traits.mostBlocks = Math.ceil(traits.mostBlocks * GROWTH)
  }
}
