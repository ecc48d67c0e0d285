/** `relay`: every transfer becomes one message of a JetStream stream, once and in order, however many relays run. */

import type { Client } from '../client.ts'
import type { HoldfastError } from '../errors.ts'
import type { RelayedPage, RelayStats } from './arrivals.ts'
import type { RelayFencedError } from './errors.ts'
import { type RelayFilter, type RelayOptions, settleRelay } from './relay-options.ts'
import { RunningRelay } from './running-relay.ts'

/** What a relay needs of a client. */
export type RelayClient = Pick<Client, 'connect' | 'request' | 'state' | 'transfers'>

export type RelayState =
  /** Looks at the chain and at the stream for the first time. */
  | { readonly status: 'starting' }
  /** Stands by; `error` says why where it has led before. */
  | { readonly status: 'following'; readonly leader: string | undefined; readonly error?: RelayFencedError }
  /** Writes; since when, epoch milliseconds. */
  | { readonly status: 'leading'; readonly since: number }
  /** NATS does not answer, or takes no more. */
  | { readonly status: 'waiting'; readonly retryAt: number; readonly error: HoldfastError }
  | { readonly status: 'closed'; readonly error?: unknown }

/** What `on`, `once` and `off` know. */
export interface RelayEvents {
  state: { readonly from: RelayState; readonly to: RelayState }
  page: RelayedPage
}

/** A running relay. */
export interface Relay {
  readonly state: RelayState
  readonly stats: Readonly<RelayStats>
  /** Resolves once the stream was found good, and this relay leads or stands by; rejects with what ended it before. */
  readonly started: Promise<void>
  /** Resolves after `close()`, or once everything up to `toBlock` is in the stream; rejects with what ended the relay. */
  readonly done: Promise<void>
  /** Writes what has been pulled, hands over to a standby, and ends. The client and the connection stay open. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
  on<K extends keyof RelayEvents>(event: K, listener: (payload: RelayEvents[K]) => void): this
  once<K extends keyof RelayEvents>(event: K, listener: (payload: RelayEvents[K]) => void): this
  off<K extends keyof RelayEvents>(event: K, listener: (payload: RelayEvents[K]) => void): this
}

/**
 * Relays transfers into a JetStream stream. Run as many as you like, with the same filter and stream: one leads, the
 * others stand by.
 *
 * @example
 * const connection = await connect({ servers: 'nats://127.0.0.1', maxReconnectAttempts: -1 })
 * const running = relay(client, { token }, { connection, stream: 'TRANSFERS' })
 * await running.done
 * @throws ConfigurationError
 */
export function relay(client: RelayClient, filter: RelayFilter, options: RelayOptions): Relay {
  const settings = settleRelay(filter, options)
  // Nothing is asked of the chain before it is pulled; a filter that makes no sense is refused here.
  client.transfers(filter)
  return new RunningRelay(client, filter, settings)
}
