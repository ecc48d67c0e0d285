/** When which request is overdue. Requests of the same timeout fall due in the order they came: one timer serves them all. */

export interface Due {
  /** By `performance.now()`; due `timeout` milliseconds later. */
  readonly madeAt: number
}

export class Deadlines<T extends Due> {
  readonly #groups = new Map<number, Group<T>>()
  readonly #overdue: (item: T) => void

  constructor(overdue: (item: T) => void) {
    this.#overdue = overdue
  }

  add(item: T, timeout: number): void {
    let group = this.#groups.get(timeout)
    if (group === undefined) this.#groups.set(timeout, (group = { items: new Set(), timer: undefined }))
    group.items.add(item)
    group.timer ??= setTimeout(() => this.#check(timeout), timeout)
  }

  remove(item: T, timeout: number): void {
    this.#groups.get(timeout)?.items.delete(item)
  }

  clear(): void {
    for (const { timer } of this.#groups.values()) clearTimeout(timer)
    this.#groups.clear()
  }

  #check(timeout: number): void {
    const group = this.#groups.get(timeout)
    if (group === undefined) return
    const now = performance.now()
    for (const item of group.items) {
      const left = item.madeAt + timeout - now
      if (left > 0) {
        group.timer = setTimeout(() => this.#check(timeout), left)
        return
      }
      group.items.delete(item)
      this.#overdue(item)
    }
    group.timer = undefined
    if (group.items.size === 0) this.#groups.delete(timeout)
  }
}

interface Group<T> {
  readonly items: Set<T>
  timer: ReturnType<typeof setTimeout> | undefined
}
