/** One `eth_subscribe` on the node, shared by every equal subscription of the client, asked for anew on every socket. */

import type { HoldfastError } from '../errors.ts'
import { onAbort } from '../pause.ts'
import { Settlement } from '../settlement.ts'
import { SubscriptionRejectedError } from './errors.ts'
import { malformed } from './malformed.ts'
import type { Hex } from './message.ts'
import type { AbortSignalLike } from './request.ts'
import { timedOut } from './request-errors.ts'
import type { LocalSubscription, Owner } from './subscription.ts'

/** Where it stands on the socket of the moment: nowhere, being asked for, or live under the node's id. */
type UpstreamState = undefined | Asking | string

interface Asking {
  /** When it is asked for again. */
  readonly overdue: ReturnType<typeof setTimeout>
}

/** A question to the node, answered synchronously with the frame that holds the answer, or failed with the line. */
export type Ask = (
  method: string,
  /** As JSON. */
  params: string,
  answered: (result: unknown) => void,
  failed: (error: HoldfastError) => void,
) => void

export interface UpstreamParts {
  readonly ask: Ask
  /** Milliseconds a newcomer waits for the node's agreement, and after which an unanswered renewal is asked again. */
  readonly timeout: number
  /** Items kept for a slow reader. */
  readonly limit: number
  /** Gives a member an id by which users may speak of it. */
  readonly nameOf: (member: LocalSubscription) => Hex
  readonly forget: (id: Hex) => void
  /** The node agreed: notifications with this id are ours from here on. */
  readonly live: (serverId: string, upstream: Upstream) => void
  /** The node need not send for this id any more. */
  readonly retired: (serverId: string) => void
  /** Nobody wants it, or the node refuses it. */
  readonly over: (upstream: Upstream) => void
  /** Live again after a lost line, and somebody cannot make up for what was missed. */
  readonly gap: (upstream: Upstream) => void
}

const NONE: readonly never[] = []

export class Upstream implements Owner {
  /** As JSON: what it is known by, and what the node is sent. */
  readonly params: string
  readonly kind: string
  readonly #parts: UpstreamParts
  /** Arrays of the very size, and one for all where they are empty: of thousands of subscriptions each has one member. */
  #members: readonly LocalSubscription[] = NONE
  /** How those who wait for the node's agreement are told. */
  #newcomers: readonly ((error?: unknown) => void)[] = NONE
  #state: UpstreamState
  #wasLive = false

  constructor(params: string, kind: string, parts: UpstreamParts) {
    this.params = params
    this.kind = kind
    this.#parts = parts
  }

  get limit(): number {
    return this.#parts.limit
  }

  nameOf(member: LocalSubscription): Hex {
    return this.#parts.nameOf(member)
  }

  deliver(item: unknown): void {
    for (const member of this.#members) member.deliver(item)
  }

  /** Resolves when the node has agreed; rejects with its refusal, or when that takes too long. */
  join(member: LocalSubscription, signal: AbortSignalLike | undefined): Promise<void> {
    this.#members = this.#members.length === 0 ? [member] : this.#members.concat(member)
    if (typeof this.#state === 'string') return Promise.resolve()
    const { promise, resolve, reject } = new Settlement<void>()
    const { timeout } = this.#parts
    const settle = (error?: unknown) => {
      clearTimeout(timer)
      stop()
      this.#newcomers = this.#newcomers.filter(each => each !== settle)
      if (error === undefined) resolve()
      else reject(error)
    }
    const timer = setTimeout(() => settle(timedOut('eth_subscribe', timeout, undefined)), timeout)
    const stop = onAbort(signal, () => settle(signal?.reason))
    this.#newcomers = [...this.#newcomers, settle]
    return promise
  }

  /** Resolves when the node has been told, where it must be. */
  leave(member: LocalSubscription, id: Hex | undefined): Promise<void> {
    if (id !== undefined) this.#parts.forget(id)
    this.#members = this.#members.filter(each => each !== member)
    if (this.#members.length > 0) return Promise.resolve()
    this.#parts.over(this)
    const state = this.#state
    this.detach()
    return typeof state === 'string' ? this.#retire(state) : Promise.resolve()
  }

  /** Asks the node, on the socket of the moment. */
  ask(): void {
    if (this.#state !== undefined) return
    const again = () => {
      this.detach()
      this.ask()
    }
    const attempt: Asking = { overdue: setTimeout(again, this.#parts.timeout) }
    this.#state = attempt
    this.#parts.ask(
      'eth_subscribe',
      this.params,
      result => this.#answered(result, attempt),
      error => this.#failed(error, attempt),
    )
  }

  /** Forgets the socket; whatever was asked on it is nobody's any more. */
  detach(): void {
    const state = this.#state
    this.#state = undefined
    if (typeof state === 'object') clearTimeout(state.overdue)
    if (typeof state === 'string') for (const member of this.#members) member.lost()
  }

  /** Ends every member, with the error or quietly, and turns newcomers away. */
  end(ending: { readonly error?: unknown }, refusal: HoldfastError): void {
    this.detach()
    for (const settle of this.#newcomers) settle(refusal)
    for (const member of this.#members) member.end(ending)
    this.#members = NONE
  }

  #answered(result: unknown, attempt: Asking): void {
    if (typeof result !== 'string') {
      return this.#failed(malformed('eth_subscribe', 'result', 'a subscription id', result), attempt)
    }
    // Given up while it was asked for, or asked for once more: nobody would read what comes.
    if (this.#state !== attempt) return void this.#retire(result)
    this.detach()
    this.#state = result
    this.#parts.live(result, this)
    const unaware = this.#wasLive && this.#members.filter(member => !member.renewed()).length > 0
    if (unaware) this.#parts.gap(this)
    this.#wasLive = true
    for (const settle of this.#newcomers) settle()
    this.#newcomers = NONE
  }

  #failed(error: HoldfastError, attempt: Asking): void {
    if (this.#state !== attempt) return
    this.#parts.over(this)
    const refusal = new SubscriptionRejectedError(
      `The node refuses to subscribe to ${this.kind}: ${error.message}`,
      {
        kind: this.kind,
        cause: error,
        retryable: error.retryable,
        hint: 'It may not offer this kind of subscription, or not to this plan.',
      },
    )
    this.end({ error: refusal }, refusal)
  }

  #retire(serverId: string): Promise<void> {
    this.#parts.retired(serverId)
    return new Promise(resolve => {
      const done = () => resolve()
      this.#parts.ask('eth_unsubscribe', JSON.stringify([serverId]), done, done)
    })
  }
}
