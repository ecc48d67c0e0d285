/** How many blocks the next range may have: shrinks where the node says "too much", grows again slowly. */

const FIRST = 500
const GROWTH = 1.5
/** Above this many items a range is large enough. */
const ENOUGH_ITEMS = 4_000

export class PageSize {
  #blocks: number
  readonly #most: number

  constructor(most: number) {
    this.#most = most
    this.#blocks = Math.min(FIRST, most)
  }

  get blocks(): number {
    return this.#blocks
  }

  /** @returns false where it cannot be less */
  shrink(tried: number): boolean {
    this.#blocks = Math.max(1, Math.floor(tried / 2))
    return tried > 1
  }

  /** A range of that many blocks went well. */
  grow(tried: number, items: number): void {
    if (tried < this.#blocks) return
    if (items > ENOUGH_ITEMS) this.#blocks = Math.max(1, Math.floor((tried * ENOUGH_ITEMS) / items))
    else this.#blocks = Math.min(this.#most, Math.ceil(tried * GROWTH))
  }
}
