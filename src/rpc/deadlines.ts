/** When which request is overdue. Requests of the same timeout fall due in the order they came: one timer serves them all. */

import { Chain, type Link } from './chain.ts'

export interface Due {
  /** By `performance.now()`; due `timeout` milliseconds later. */
  readonly madeAt: number
  readonly timeout: number
  /** Its place among those of the same timeout. */
  due: Link<Due> | undefined
}

export class Deadlines<T extends Due> {
  readonly #groups = new Map<number, Group>()
  readonly #overdue: (item: T) => void

  constructor(overdue: (item: T) => void) {
    this.#overdue = overdue
  }

  add(item: T): void {
    const { timeout } = item
    let group = this.#groups.get(timeout)
    if (group === undefined) this.#groups.set(timeout, (group = { items: new Chain(), timer: undefined }))
    item.due = group.items.push(item)
    group.timer ??= setTimeout(() => this.#check(timeout), timeout)
  }

  remove(item: T): void {
    const { due } = item
    if (due === undefined) return
    item.due = undefined
    this.#groups.get(item.timeout)?.items.remove(due)
  }

  clear(): void {
    for (const { timer } of this.#groups.values()) clearTimeout(timer)
    this.#groups.clear()
  }

  #check(timeout: number): void {
    const group = this.#groups.get(timeout)
    if (group === undefined) return
    const now = performance.now()
    for (let first = group.items.first; first !== undefined; first = group.items.first) {
      const item = first.item as T
      const left = item.madeAt + timeout - now
      if (left > 0) {
        group.timer = setTimeout(() => this.#check(timeout), left)
        return
      }
      this.remove(item)
      this.#overdue(item)
    }
    group.timer = undefined
    this.#groups.delete(timeout)
  }
}

interface Group {
  readonly items: Chain<Due>
  timer: ReturnType<typeof setTimeout> | undefined
}
