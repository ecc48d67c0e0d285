/**
 * When which request is overdue: one timer for all of them, at which all are looked through. That is rare, since hardly any
 * request lives until then; so nothing is kept for each.
 */

export interface Due {
  /** By `performance.now()`; due `timeout` milliseconds later. */
  readonly madeAt: number
  readonly timeout: number
}

/** Milliseconds between two looks for each that is looked at: of 10,000 some fall due every moment. */
const PAUSE_FOR_EACH = 0.001

export class Deadlines<T extends Due> {
  readonly #all: () => Iterable<T>
  readonly #overdue: (item: T) => void
  /** When is looked next, by `performance.now()`. */
  #at = Infinity
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param all what is not settled */
  constructor(all: () => Iterable<T>, overdue: (item: T) => void) {
    this.#all = all
    this.#overdue = overdue
  }

  /** There is one more. */
  add({ madeAt, timeout }: T): void {
    if (madeAt + timeout < this.#at) this.#look(madeAt + timeout, timeout)
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#at = Infinity
  }

  #look(at: number, wait: number): void {
    clearTimeout(this.#timer)
    this.#at = at
    this.#timer = setTimeout(this.#check, wait)
  }

  readonly #check = () => {
    const now = performance.now()
    this.#at = Infinity
    const overdue: T[] = []
    let next = Infinity
    let pause = 0
    for (const item of this.#all()) {
      const at = item.madeAt + item.timeout
      if (at <= now) overdue.push(item)
      else next = Math.min(next, at)
      pause += PAUSE_FOR_EACH
    }
    const wait = Math.max(next - now, pause)
    if (next !== Infinity) this.#look(now + wait, wait)
    for (const item of overdue) this.#overdue(item)
  }
}
