/**
 * The items of pages, one by one. By hand: a generator takes three turns of the microtask queue for each item, and keeps
 * the page that it gave last until it has the next.
 */

import type { Page } from './page.ts'

const OVER = { done: true, value: undefined } as const

export class Items<T> implements AsyncIterator<T, undefined> {
  readonly #pages: AsyncIterator<Page<T>, undefined>
  readonly #stop: AbortSignal
  readonly #asRemoved: (item: T) => T
  #page: readonly T[] = []
  #given = 0
  #turning: Promise<boolean> | undefined

  /** @param stop whoever aborts it sees to it that the pages end, or throw its reason */
  constructor(pages: AsyncIterator<Page<T>, undefined>, stop: AbortSignal, asRemoved: (item: T) => T) {
    this.#pages = pages
    this.#stop = stop
    this.#asRemoved = asRemoved
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#given === this.#page.length || this.#stop.aborted) {
      // Who asks for several at once waits for one page.
      this.#turning ??= this.#turn()
      if (!(await this.#turning)) return OVER
    }
    return { done: false, value: this.#page[this.#given++] as T }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#pages.return?.()
    return OVER
  }

  /** @returns whether there was another page */
  async #turn(): Promise<boolean> {
    this.#page = []
    this.#given = 0
    try {
      const { done, value } = await this.#pages.next()
      if (done) return false
      const { removed, items } = value
      this.#page = removed.length > 0 ? [...removed.map(this.#asRemoved), ...items] : items
      return true
    } finally {
      this.#turning = undefined
    }
  }
}
