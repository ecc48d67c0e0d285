/** How many blocks the next range may have: as many as make a good answer, fewer where the node says "too much". */

import type { Doubt } from './doubt.ts'
import { blocksIn } from './refusals.ts'
import type { Requester } from './requester.ts'

/** Not too many where every block is full. */
const FIRST = 8
/** A chain without anything is passed in a few steps. */
const FAST = 4
/** Once something was too much, the limit is felt for. */
const SLOW = 1.5
/**
 * Characters of a good answer. V8 collects its new space, 16 MB, between two pages once a fifth is left of it: a page that
 * takes more, with all that is made of it, is collected in its midst, what lives is copied, and for that the space grows.
 */
const ENOUGH = 500_000
/** After so many ranges a limit is tried again. */
const TRUST = 64

export class PageSize {
  readonly #most: number
  readonly #requester: Requester
  #blocks = FIRST
  #growth = FAST
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
    this.#growth = SLOW
    this.#wentWell = 0
    // Where the number of blocks is what is limited, other streams need not find out for themselves.
    if (isNew) this.#requester.traits.mostBlocks = this.#blocks
    return tried > 1
  }

  /** A range of that many blocks went well. @param size characters of the answer */
  grow(tried: number, size: number): void {
    if (tried < this.blocks && size < ENOUGH) return
    const { traits } = this.#requester
    this.#blocks = Math.ceil(tried * Math.min(this.#growth, ENOUGH / size))
    if (++this.#wentWell < TRUST) return
    this.#wentWell = 0
    this.#hint = undefined
    traits.mostBlocks = Math.ceil(traits.mostBlocks * SLOW)
  }
}
