/** What waits to be written, in order: renewed subscriptions, then what is written once more, then the rest. */

import { Chain } from './chain.ts'
import type { Request } from './request.ts'

export class Queue {
  readonly #ahead = new Chain<Request>()
  readonly #again = new Chain<Request>()
  readonly #waiting = new Chain<Request>()

  /** How many requests of users wait. */
  get size(): number {
    return this.#waiting.size
  }

  get isEmpty(): boolean {
    return this.#waiting.size + this.#ahead.size + this.#again.size === 0
  }

  /** Whether nothing waits that would have to leave before this one. */
  isFree({ onLoss }: Request): boolean {
    return onLoss === 'bound' ? this.#ahead.size === 0 : this.isEmpty
  }

  add(request: Request): void {
    ;(request.onLoss === 'bound' ? this.#ahead : this.#waiting).push(request)
  }

  /** They had their turn already, in this order. */
  putBack(requests: readonly Request[]): void {
    const later = [...this.#again]
    for (const request of later) this.delete(request)
    for (const request of [...requests, ...later]) {
      ;(request.onLoss === 'bound' ? this.#ahead : this.#again).push(request)
    }
  }

  delete(request: Request): void {
    request.chain?.remove(request)
  }

  /** The first that may leave, taken out. */
  shift(mayLeave: (request: Request) => boolean): Request | undefined {
    for (let i = 0; i < 3; i++) {
      const queue = i === 0 ? this.#ahead : i === 1 ? this.#again : this.#waiting
      for (let request = queue.first; request !== undefined; request = request.after) {
        if (!mayLeave(request)) continue
        queue.remove(request)
        return request
      }
    }
    return undefined
  }

  *[Symbol.iterator](): Iterator<Request> {
    yield* [...this.#ahead, ...this.#again, ...this.#waiting]
  }
}
