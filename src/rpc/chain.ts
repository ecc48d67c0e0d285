/**
 * A list out of which anything can be taken. A `Set` would do, but that of a busy client is rebuilt all the time, and what
 * it was before keeps what it is now alive: half of the time would go into collecting that.
 */

export class Link<T> {
  readonly item: T
  readonly chain: Chain<T>
  before: Link<T> | undefined = undefined
  after: Link<T> | undefined = undefined

  constructor(item: T, chain: Chain<T>) {
    this.item = item
    this.chain = chain
  }
}

export class Chain<T> {
  #first: Link<T> | undefined
  #last: Link<T> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): Link<T> | undefined {
    return this.#first
  }

  push(item: T): Link<T> {
    const link = new Link(item, this)
    link.before = this.#last
    if (this.#last === undefined) this.#first = link
    else this.#last.after = link
    this.#last = link
    this.#size++
    return link
  }

  /** Takes it out; it must be in. What is out holds nothing. */
  remove(link: Link<T>): void {
    const { before, after } = link
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    link.before = undefined
    link.after = undefined
    this.#size--
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let link = this.#first; link !== undefined; link = link.after) yield link.item
  }
}
