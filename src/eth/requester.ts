/** What following and calling need of the layers below: requests and subscriptions, nothing of the line itself. */

import type { AbortSignalLike, RequestOptions } from '../rpc/request.ts'
import type { Traits } from './traits.ts'

export interface Requester {
  request(method: string, params: readonly unknown[], options?: RequestOptions): Promise<unknown>
  /** `renewed` is told when the subscription is live again after a lost line. */
  subscribe(params: readonly unknown[], options: SubscribeOptions): Promise<Subscribed>
  /** The chain that is served; dials where that is not known yet. */
  chainId(signal: AbortSignalLike): Promise<number>
  /** Asks several things at once: they leave in one frame, and each has an answer of its own. Never rejects. */
  together(calls: readonly Call[], signal: AbortSignalLike): Promise<readonly Answer[]>
  /** Resolves once what was asked together so far has left, as far as there is a line. */
  readonly departed: Promise<void>
  /** How often the line has been opened: answers of different lines may come from different nodes. */
  readonly lines: number
  /** What is known of the endpoint that serves. */
  readonly traits: Traits
  /** The serving node has told its newest block: its header, as it came. */
  head(header: unknown): void
  /**
   * An answer contradicts itself or what was announced, and asking again has not helped. Another endpoint, if there is
   * one, is asked; the client moves there where its chain has come as far.
   *
   * @param least the number of the block that it must have; the serving node's newest where it is left out
   */
  doubt(evidence: string, least?: number): void
}

export type Call = readonly [method: string, params: readonly unknown[]]

export interface SubscribeOptions {
  readonly signal?: AbortSignalLike | undefined
  readonly renewed: () => void
}

export interface Subscribed {
  on(event: 'data', listener: (item: unknown) => void): unknown
  unsubscribe(): Promise<void>
}

/** One answer of several that were asked for together. */
export type Answer = { readonly result: unknown } | { readonly error: unknown }
