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

/** What a subscription hangs on. */
export interface Owner {
  readonly kind: string
  /** Items kept for a slow reader. */
  readonly limit: number
  /** An id by which the member is found from now on. */
  nameOf(member: LocalSubscription): Hex
  /** The member wants no items any more. @param id its id, where it has one */
  leave(member: LocalSubscription, id: Hex | undefined): Promise<void>
}

/** How a subscription ended: quietly, or with what its reader is to be thrown. */
type Ending = { readonly error?: unknown }

/** A `next()` that waits. */
interface Waiting {
  resolve(result: IteratorResult<unknown>): void
  reject(error: unknown): void
}

const DONE: IteratorResult<unknown> = { done: true, value: undefined }

const NONE: readonly never[] = []

/** There may be thousands, most of them quiet: what only a reader needs is made for the reader. */
export class LocalSubscription implements Subscription<unknown> {
  readonly #owner: Owner
  readonly #recovery: Recovery | undefined
  readonly #renewed: (() => void) | undefined
  readonly #stopListening: (() => void) | undefined
  #id: Hex | undefined
  #claim: (() => void) | undefined
  #listeners: readonly ((item: unknown) => void)[] = NONE
  #kept: unknown[] | undefined
  #waiting: Waiting[] | undefined
  #catchingUp: Promise<void> | undefined
  #ending: Ending | undefined

  /**
   * @param recovery makes up for what was missed while the line was down; without it that is a `gap` notice
   * @param renewed told when the subscription is live again after a lost line, by those who make up for it themselves
   */
  constructor(
    owner: Owner,
    recovery: Recovery | undefined,
    renewed: (() => void) | undefined,
    signal: AbortSignalLike | undefined,
  ) {
    this.#owner = owner
    this.#recovery = recovery
    this.#renewed = renewed
    this.#stopListening = signal && onAbort(signal, () => this.#stop({ error: signal.reason }))
  }

  get id(): Hex {
    return (this.#id ??= this.#owner.nameOf(this))
  }

  on(_event: 'data', listener: (item: unknown) => void): this {
    this.#listeners = [...this.#listeners, listener]
    const kept = this.#kept ?? NONE
    this.#kept = undefined
    for (const item of kept) this.#give(item)
    this.#catchUp()
    return this
  }

  off(_event: 'data', listener: (item: unknown) => void): this {
    this.#listeners = this.#listeners.filter(each => each !== listener)
    return this
  }

  async unsubscribe(): Promise<void> {
    this.end({})
    await this.#leave()
  }

  deliver(item: unknown): void {
    if (this.#ending !== undefined) return
    const recovery = this.#recovery
    const { limit } = this.#owner
    const isFull = (this.#kept?.length ?? 0) >= limit && this.#listeners.length === 0
    if (recovery === undefined) this.#give(item)
    else if (isFull) recovery.surplus(item)
    else if (recovery.takes(item)) this.#give(item)
    if (!isFull || recovery !== undefined) return
    this.end({ error: overflow(this.#owner.kind, limit) })
    void this.#leave()
  }

  lost(): void {
    this.#recovery?.lost()
  }

  /** @returns whether somebody makes up for what was missed */
  renewed(): boolean {
    this.#renewed?.()
    this.#recovery?.renewed()
    this.#catchUp()
    return this.#renewed !== undefined || this.#recovery !== undefined
  }

  end(ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#ending = ending
    this.#stopListening?.()
    this.#recovery?.end()
    this.#listeners = NONE
    for (const each of this.#waiting?.splice(0) ?? NONE) this.next().then(each.resolve, each.reject)
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    this.#claim ??= readOnce('subscription')
    this.#claim()
    return {
      next: () => this.next(),
      return: async () => {
        this.#kept = undefined
        await this.unsubscribe()
        return DONE
      },
    }
  }

  /** One promise for one item: this is a hot path. */
  next(): Promise<IteratorResult<unknown>> {
    const kept = this.#kept
    if (kept !== undefined && kept.length > 0) return Promise.resolve({ done: false, value: kept.shift() })
    const ending = this.#ending
    if (ending !== undefined) {
      this.#ending = {}
      return 'error' in ending ? Promise.reject(ending.error) : Promise.resolve(DONE)
    }
    return new Promise((resolve, reject) => {
      ;(this.#waiting ??= []).push({ resolve, reject })
      this.#catchUp()
    })
  }

  #give(value: unknown): void {
    if (this.#listeners.length > 0) for (const listener of this.#listeners) callSafely(listener, value)
    else {
      const waiting = this.#waiting?.shift()
      if (waiting !== undefined) waiting.resolve({ done: false, value })
      else (this.#kept ??= []).push(value)
    }
  }

  /** Asks for what was missed, at the pace of the reader. */
  #catchUp(): void {
    const recovery = this.#recovery
    if (recovery?.isBehind && this.#isWanted) this.#catchingUp ??= this.#recover(recovery)
  }

  get #isWanted(): boolean {
    return this.#ending === undefined && (this.#waiting ?? NONE).length + this.#listeners.length > 0
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
    this.#kept = undefined
    this.end(ending)
    void this.#leave()
  }

  #leave(): Promise<void> {
    return this.#owner.leave(this, this.#id)
  }
}

function overflow(kind: string, limit: number): SubscriptionOverflowError {
  return new SubscriptionOverflowError(`The reader of ${kind} is ${limit} items behind.`, {
    limit,
    hint: 'Read faster, raise limits.buffer, or use transfers() or logs(), which fetch at the pace of their reader.',
  })
}
