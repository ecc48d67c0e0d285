/** What a user holds of a subscription: an id of ours, and its items in order, for one reader. */

import { callSafely } from '../events.ts'
import { onAbort } from '../pause.ts'
import { readOnce } from '../read-once.ts'
import { SubscriptionOverflowError } from './errors.ts'
import type { Hex } from './message.ts'
import type { AbortSignalLike } from './request.ts'

/**
 * A subscription (`eth_subscribe`) that outlives its sockets. Items are the node's own objects, in the order in which
 * the node sent them.
 *
 * Read it with `for await`, or with `on('data')`; what comes before either is kept. Leaving the loop unsubscribes.
 *
 * @example
 * for await (const head of await client.subscribe('newHeads')) console.log(head.number)
 */
export interface Subscription<Item> extends AsyncIterable<Item> {
  /** Ours, stable over reconnects; never the node's. */
  readonly id: Hex
  on(event: 'data', listener: (item: Item) => void): this
  off(event: 'data', listener: (item: Item) => void): this
  unsubscribe(): Promise<void>
}

export interface SubscriptionParts {
  readonly id: Hex
  readonly kind: string
  /** Items kept for a slow reader. */
  readonly limit: number
  readonly signal: AbortSignalLike | undefined
  /** Told when the subscription is live again after a lost line; without it what was missed is a `gap` notice. */
  readonly renewed: (() => void) | undefined
  /** Called once, when nobody wants items any more. */
  readonly leave: (subscription: LocalSubscription) => Promise<void>
}

/** How a subscription ended: quietly, or with what its reader is to be thrown. */
type Ending = { readonly error?: unknown }

export class LocalSubscription implements Subscription<unknown> {
  readonly id: Hex
  readonly #parts: SubscriptionParts
  readonly #listeners = new Set<(item: unknown) => void>()
  readonly #claim = readOnce('subscription')
  readonly #stopListening: () => void
  #kept: unknown[] = []
  #waiting: (() => void)[] = []
  #ending: Ending | undefined

  constructor(parts: SubscriptionParts) {
    this.#parts = parts
    this.id = parts.id
    this.#stopListening = onAbort(parts.signal, () => this.#aborted())
  }

  get kind(): string {
    return this.#parts.kind
  }

  on(_event: 'data', listener: (item: unknown) => void): this {
    this.#listeners.add(listener)
    for (const item of this.#kept.splice(0)) this.#tell(item)
    return this
  }

  off(_event: 'data', listener: (item: unknown) => void): this {
    this.#listeners.delete(listener)
    return this
  }

  async unsubscribe(): Promise<void> {
    this.end({})
    await this.#parts.leave(this)
  }

  deliver(item: unknown): void {
    if (this.#ending !== undefined) return
    if (this.#listeners.size > 0) return this.#tell(item)
    this.#kept.push(item)
    if (this.#kept.length > this.#parts.limit) {
      this.end({ error: overflow(this.kind, this.#parts.limit) })
      void this.#parts.leave(this)
    }
    this.#waiting.shift()?.()
  }

  /** @returns whether somebody makes up for what was missed */
  renewed(): boolean {
    this.#parts.renewed?.()
    return this.#parts.renewed !== undefined
  }

  end(ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#ending = ending
    this.#stopListening()
    this.#listeners.clear()
    for (const wake of this.#waiting.splice(0)) wake()
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    this.#claim()
    return {
      next: () => this.#next(),
      return: async () => {
        this.#kept = []
        await this.unsubscribe()
        return { done: true, value: undefined }
      },
    }
  }

  async #next(): Promise<IteratorResult<unknown>> {
    for (;;) {
      if (this.#kept.length > 0) return { done: false, value: this.#kept.shift() }
      const ending = this.#ending
      if (ending !== undefined) {
        this.#ending = {}
        if ('error' in ending) throw ending.error
        return { done: true, value: undefined }
      }
      await new Promise<void>(wake => this.#waiting.push(wake))
    }
  }

  #tell(item: unknown): void {
    for (const listener of [...this.#listeners]) callSafely(listener, item)
  }

  #aborted(): void {
    this.#kept = []
    this.end({ error: this.#parts.signal?.reason })
    void this.#parts.leave(this)
  }
}

function overflow(kind: string, limit: number): SubscriptionOverflowError {
  return new SubscriptionOverflowError(`The reader of ${kind} is ${limit} items behind.`, {
    limit,
    hint: 'Read faster, raise limits.buffer, or use transfers() or logs(), which fetch at the pace of their reader.',
  })
}
