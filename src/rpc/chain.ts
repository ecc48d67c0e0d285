/**
 * A list out of which anything can be taken. A `Set` would do, but that of a busy client is rebuilt all the time, and what
 * it was before keeps what it is now alive: half of the time would go into collecting that.
 */

/** What can stand in a chain, in one at a time. It knows its neighbours itself: of thousands none needs a link beside it. */
export interface Linked<T> {
  chain: { remove(item: T): void } | undefined
  before: T | undefined
  after: T | undefined
}

export class Chain<T extends Linked<T>> {
  #first: T | undefined
  #last: T | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): T | undefined {
    return this.#first
  }

  push(item: T): void {
    item.chain = this
    item.before = this.#last
    if (this.#last === undefined) this.#first = item
    else this.#last.after = item
    this.#last = item
    this.#size++
  }

  /** Takes it out; it must be in. */
  remove(item: T): void {
    const { before, after } = item
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    item.chain = undefined
    item.before = undefined
    item.after = undefined
    this.#size--
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let item = this.#first; item !== undefined; item = item.after) yield item
  }
}
