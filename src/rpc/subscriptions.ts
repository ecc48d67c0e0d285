/**
 * Local id ↔ server id. Equal subscriptions share one on the node; every one is asked for anew on every socket.
 *
 * That nothing is missed while the line is down is the work of a `Recovery`; where there is none, it is a `gap` notice.
 */

import type { HoldfastError } from '../errors.ts'
import { closedBy } from '../refuse.ts'
import type { Notice, Stats } from '../stats.ts'
import { LastFew } from './last-few.ts'
import type { Hex, Notification } from './message.ts'
import type { Recovery } from './recovery.ts'
import type { AbortSignalLike } from './request.ts'
import { LocalSubscription } from './subscription.ts'
import { type Ask, Upstream, type UpstreamParts } from './upstream.ts'

export interface SubscriptionsParts {
  readonly ask: Ask
  /** Milliseconds. */
  readonly timeout: number
  /** Items kept for a slow reader. */
  readonly limit: number
  readonly stats: Stats
  readonly notice: (notice: Omit<Notice, 'endpoint'>) => void
}

export interface SubscribeOptions {
  readonly signal?: AbortSignalLike | undefined
  /** Told when the subscription is live again after a lost line, by those who make up for what was missed themselves. */
  readonly renewed?: () => void
}

export class Subscriptions {
  readonly #parts: SubscriptionsParts
  readonly #upstreams = new Map<string, Upstream>()
  readonly #byServerId = new Map<string, Upstream>()
  readonly #byLocalId = new Map<string, LocalSubscription>()
  /** Notifications that overtook the reply to their `eth_subscribe`, in order. */
  #early: Notification[] = []
  /** Server ids that were given back. */
  readonly #retired = new LastFew<string>()
  #line: 'attached' | 'detached' = 'detached'
  /** `eth_subscribe` requests without a reply on this socket. */
  #unanswered = 0

  /** One for all upstreams. */
  readonly #upstreamParts: UpstreamParts

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts
    const { timeout, limit } = parts
    this.#upstreamParts = {
      ask: (method, params, answered, failed) => this.#ask(method, params, answered, failed),
      timeout,
      limit,
      nameOf: member => {
        const id = newId()
        this.#byLocalId.set(id, member)
        return id
      },
      forget: id => this.#byLocalId.delete(id),
      live: (serverId, upstream) => this.#live(serverId, upstream),
      retired: serverId => this.#retire(serverId),
      over: upstream => {
        if (this.#upstreams.get(upstream.params) === upstream) this.#upstreams.delete(upstream.params)
      },
      gap: ({ kind }) =>
        parts.notice({
          kind: 'gap',
          message: `What ${kind} sent while the line was down is missing.`,
          detail: { kind },
        }),
    }
  }

  /**
   * Resolves once the node has agreed.
   *
   * @param params as JSON
   * @throws SubscriptionRejectedError, RequestTimeoutError, `signal.reason`
   */
  async subscribe(
    kind: string,
    params: string,
    options: SubscribeOptions = {},
    recovery?: Recovery,
  ): Promise<LocalSubscription> {
    const { signal, renewed } = options
    if (signal?.aborted) throw signal.reason
    const upstream = this.#upstreams.get(params) ?? new Upstream(params, kind, this.#upstreamParts)
    this.#upstreams.set(params, upstream)
    const subscription = new LocalSubscription(upstream, recovery, renewed, signal)
    const begun = recovery?.begin()
    const joined = upstream.join(subscription, signal)
    if (this.#line === 'attached') upstream.ask()
    try {
      await Promise.all([joined, begun])
      return subscription
    } catch (error) {
      await subscription.unsubscribe()
      throw error
    }
  }

  /** @returns false where the id is none of ours */
  async unsubscribe(id: unknown): Promise<boolean> {
    const subscription = this.#byLocalId.get(String(id))
    await subscription?.unsubscribe()
    return subscription !== undefined
  }

  /** @returns false where the notification is nobody's */
  notify(notification: Notification): boolean {
    const upstream = this.#byServerId.get(notification.subscription)
    if (upstream !== undefined) {
      this.#parts.stats.notifications++
      upstream.deliver(notification.result)
      return true
    }
    if (this.#retired.has(notification.subscription)) return true
    if (this.#unanswered === 0 || this.#early.length > this.#parts.limit) return false
    this.#early.push(notification)
    return true
  }

  /** On a new socket every upstream is asked for again. */
  attach(): void {
    this.#line = 'attached'
    for (const upstream of this.#upstreams.values()) upstream.ask()
  }

  /** Server ids mean nothing on another socket. */
  detach(): void {
    this.#line = 'detached'
    this.#byServerId.clear()
    this.#early = []
    this.#retired.clear()
    for (const upstream of this.#upstreams.values()) upstream.detach()
  }

  /** Every reader ends: with what ended the client, or quietly. */
  close(cause: HoldfastError | undefined): void {
    const ending = cause === undefined ? {} : { error: cause }
    for (const upstream of this.#upstreams.values()) upstream.end(ending, closedBy(cause))
    this.#upstreams.clear()
    this.#byLocalId.clear()
  }

  #ask(...[method, params, answered, failed]: Parameters<Ask>): void {
    if (method !== 'eth_subscribe') return this.#parts.ask(method, params, answered, failed)
    this.#unanswered++
    this.#parts.ask(
      method,
      params,
      result => {
        this.#unanswered--
        answered(result)
        this.#dropEarly()
      },
      error => {
        this.#unanswered--
        failed(error)
        this.#dropEarly()
      },
    )
  }

  #live(serverId: string, upstream: Upstream): void {
    this.#byServerId.set(serverId, upstream)
    if (this.#early.length === 0) return
    const ours = this.#early.filter(({ subscription }) => subscription === serverId)
    this.#early = this.#early.filter(({ subscription }) => subscription !== serverId)
    for (const notification of ours) this.notify(notification)
  }

  /** With every reply in, what is still left over is nobody's. */
  #dropEarly(): void {
    if (this.#unanswered > 0 || this.#early.length === 0) return
    const strays = new Set(this.#early.map(({ subscription }) => subscription))
    this.#early = []
    this.#parts.notice({
      kind: 'stray-frame',
      message: 'Notifications came for unknown subscriptions.',
      detail: { strays: [...strays] },
    })
  }

  #retire(serverId: string): void {
    this.#byServerId.delete(serverId)
    this.#retired.add(serverId)
  }
}

/** 128 random bits: never a node's id, since no node has seen it. */
function newId(): Hex {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `0x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`
}
