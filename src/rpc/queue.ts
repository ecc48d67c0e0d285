/** What waits to be written, in order: renewed subscriptions, then what is written once more, then the rest. */

import type { Request } from './request.ts'

export class Queue {
  readonly #ahead = new Set<Request>()
  #waiting = new Set<Request>()

  /** How many requests of users wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** Whether nothing waits that would have to leave before this one. */
  isFree({ onLoss }: Request): boolean {
    return this.#ahead.size === 0 && (onLoss === 'bound' || this.#waiting.size === 0)
  }

  add(request: Request): void {
    if (request.onLoss === 'bound') this.#ahead.add(request)
    else this.#waiting.add(request)
  }

  /** They had their turn already, in this order. */
  putBack(requests: readonly Request[]): void {
    for (const request of requests) if (request.onLoss === 'bound') this.#ahead.add(request)
    const again = requests.filter(({ onLoss }) => onLoss !== 'bound')
    if (again.length > 0) this.#waiting = new Set([...again, ...this.#waiting])
  }

  delete(request: Request): void {
    if (!this.#ahead.delete(request)) this.#waiting.delete(request)
  }

  get isEmpty(): boolean {
    return this.#ahead.size === 0 && this.#waiting.size === 0
  }

  /** The first that may leave, taken out. */
  shift(mayLeave: (request: Request) => boolean): Request | undefined {
    return shift(this.#ahead, mayLeave) ?? shift(this.#waiting, mayLeave)
  }

  [Symbol.iterator](): Iterator<Request> {
    return [...this.#ahead, ...this.#waiting][Symbol.iterator]()
  }
}

function shift(queue: Set<Request>, mayLeave: (request: Request) => boolean): Request | undefined {
  for (const request of queue) {
    if (!mayLeave(request)) continue
    queue.delete(request)
    return request
  }
  return undefined
}
