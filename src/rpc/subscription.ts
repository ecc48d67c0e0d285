/** What a user holds of a subscription: an id of ours, and its items in order, for one reader. */

import { callSafely } from '../events.ts'
import { onAbort } from '../pause.ts'
import { readOnce } from '../read-once.ts'
import { SubscriptionOverflowError } from './errors.ts'
import type { Hex } from './message.ts'
import type { Recovery } from './recovery.ts'
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
  /** Calls the listener with every item, first with those that wait. */
  on(event: 'data', listener: (item: Item) => void): this
  /** The listener is called no more; the subscription lives on. */
  off(event: 'data', listener: (item: Item) => void): this
  /** Ends the subscription; its reader ends quietly. Never rejects. */
  unsubscribe(): Promise<void>
}

export interface SubscriptionParts {
  readonly id: Hex
  readonly kind: string
  /** Items kept for a slow reader. */
  readonly limit: number
  readonly signal: AbortSignalLike | undefined
  /** Makes up for what was missed while the line was down; without it that is a `gap` notice. */
  readonly recovery: Recovery | undefined
  /** Told when the subscription is live again after a lost line, by those who make up for it themselves. */
  readonly renewed: (() => void) | undefined
  /** Called once, when nobody wants items any more. */
  readonly leave: (subscription: LocalSubscription) => Promise<void>
}

/** How a subscription ended: quietly, or with what its reader is to be thrown. */
type Ending = { readonly error?: unknown }

/** A `next()` that waits. */
interface Waiting {
  resolve(result: IteratorResult<unknown>): void
  reject(error: unknown): void
}

const DONE: IteratorResult<unknown> = { done: true, value: undefined }

export class LocalSubscription implements Subscription<unknown> {
  readonly id: Hex
  readonly #parts: SubscriptionParts
  readonly #stopListening: () => void
  #claim: (() => void) | undefined
  #listeners: readonly ((item: unknown) => void)[] = []
  #kept: unknown[] = []
  readonly #waiting: Waiting[] = []
  #catchingUp: Promise<void> | undefined
  #ending: Ending | undefined

  constructor(parts: SubscriptionParts) {
    this.#parts = parts
    this.id = parts.id
    this.#stopListening = onAbort(parts.signal, () => this.#stop({ error: parts.signal?.reason }))
  }

  get kind(): string {
    return this.#parts.kind
  }

  on(_event: 'data', listener: (item: unknown) => void): this {
    this.#listeners = [...this.#listeners, listener]
    for (const item of this.#kept.splice(0)) this.#give(item)
    this.#catchUp()
    return this
  }

  off(_event: 'data', listener: (item: unknown) => void): this {
    this.#listeners = this.#listeners.filter(each => each !== listener)
    return this
  }

  async unsubscribe(): Promise<void> {
    this.end({})
    await this.#parts.leave(this)
  }

  deliver(item: unknown): void {
    if (this.#ending !== undefined) return
    const { recovery, limit } = this.#parts
    const isFull = this.#kept.length >= limit && this.#listeners.length === 0
    if (recovery === undefined) this.#give(item)
    else if (isFull) recovery.surplus(item)
    else if (recovery.takes(item)) this.#give(item)
    if (!isFull || recovery !== undefined) return
    this.end({ error: overflow(this.kind, limit) })
    void this.#parts.leave(this)
  }

  lost(): void {
    this.#parts.recovery?.lost()
  }

  /** @returns whether somebody makes up for what was missed */
  renewed(): boolean {
    const { recovery, renewed } = this.#parts
    renewed?.()
    recovery?.renewed()
    this.#catchUp()
    return renewed !== undefined || recovery !== undefined
  }

  end(ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#ending = ending
    this.#stopListening()
    this.#parts.recovery?.end()
    this.#listeners = []
    for (const each of this.#waiting.splice(0)) this.next().then(each.resolve, each.reject)
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    this.#claim ??= readOnce('subscription')
    this.#claim()
    return {
      next: () => this.next(),
      return: async () => {
        this.#kept = []
        await this.unsubscribe()
        return DONE
      },
    }
  }

  /** One promise for one item: this is a hot path. */
  next(): Promise<IteratorResult<unknown>> {
    if (this.#kept.length > 0) return Promise.resolve({ done: false, value: this.#kept.shift() })
    const ending = this.#ending
    if (ending !== undefined) {
      this.#ending = {}
      return 'error' in ending ? Promise.reject(ending.error) : Promise.resolve(DONE)
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#catchUp()
    })
  }

  #give(value: unknown): void {
    if (this.#listeners.length > 0) for (const listener of this.#listeners) callSafely(listener, value)
    else if (this.#waiting.length > 0) this.#waiting.shift()?.resolve({ done: false, value })
    else this.#kept.push(value)
  }

  /** Asks for what was missed, at the pace of the reader. */
  #catchUp(): void {
    const { recovery } = this.#parts
    if (recovery?.isBehind && this.#isWanted) this.#catchingUp ??= this.#recover(recovery)
  }

  get #isWanted(): boolean {
    return this.#ending === undefined && this.#waiting.length + this.#listeners.length > 0
  }

  async #recover(recovery: Recovery): Promise<void> {
    try {
      while (recovery.isBehind && this.#isWanted) await recovery.more(item => this.#give(item))
    } catch (error) {
      this.#stop({ error })
    }
    this.#catchingUp = undefined
    this.#catchUp()
  }

  /** Ends without what is still kept. */
  #stop(ending: Ending): void {
    this.#kept = []
    this.end(ending)
    void this.#parts.leave(this)
  }
}

function overflow(kind: string, limit: number): SubscriptionOverflowError {
  return new SubscriptionOverflowError(`The reader of ${kind} is ${limit} items behind.`, {
    limit,
    hint: 'Read faster, raise limits.buffer, or use transfers() or logs(), which fetch at the pace of their reader.',
  })
}
