/**
 * Requests that are written and not answered, by their ids on the wire: slots that ids go around in, so that nothing is
 * rebuilt however many come and go (see chain.ts).
 */

import type { Request } from './request.ts'

const FIRST_CAPACITY = 64

export class InFlight {
  #slots: (Request | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined)
  #lastId = 0
  #size = 0
  #withoutWrites: (() => void) | undefined

  get size(): number {
    return this.#size
  }

  /** Gives it an id that no request before has had. */
  add(request: Request): void {
    if (2 * this.#size >= this.#slots.length) this.#grow()
    const mask = this.#slots.length - 1
    do this.#lastId++
    while (this.#slots[this.#lastId & mask] !== undefined)
    request.wireId = this.#lastId
    this.#slots[this.#lastId & mask] = request
    this.#size++
  }

  /** Whatever the id is that the peer sent. */
  get(id: unknown): Request | undefined {
    const request = this.#slots[(id as number) & (this.#slots.length - 1)]
    return request?.wireId === id ? request : undefined
  }

  delete({ wireId }: Request): boolean {
    if (this.get(wireId) === undefined) return false
    this.#slots[wireId & (this.#slots.length - 1)] = undefined
    this.#size--
    this.#look()
    return true
  }

  /** Whether a read with a lower id has a time-out that is not over. */
  hasReadBefore(id: number): boolean {
    return [...this].some(
      ({ wireId, onLoss, timeout }) => wireId < id && onLoss === 'read' && timeout !== Infinity,
    )
  }

  /** Resolves once there is none whose outcome nobody would know if the line fell. */
  withoutWrites(): Promise<void> {
    return new Promise(resolve => {
      this.#withoutWrites = resolve
      this.#look()
    })
  }

  /** Empties it; gives what was in it, in the order in which it was written. */
  clear(): readonly Request[] {
    const all = [...this].sort((a, b) => a.wireId - b.wireId)
    this.#slots.fill(undefined)
    this.#size = 0
    this.#look()
    return all
  }

  #look(): void {
    if (this.#withoutWrites === undefined || [...this].some(({ onLoss }) => onLoss === 'write')) return
    this.#withoutWrites()
    this.#withoutWrites = undefined
  }

  *[Symbol.iterator](): Iterator<Request> {
    for (const request of this.#slots) if (request !== undefined) yield request
  }

  #grow(): void {
    const all = this.#slots
    const capacity = 2 * this.#slots.length
    this.#slots = new Array(capacity).fill(undefined)
    // Ids that differ in the smaller table differ in the larger one.
    for (const request of all)
      if (request !== undefined) this.#slots[request.wireId & (capacity - 1)] = request
  }
}
