/** `relay`: every transfer becomes one message of a JetStream stream, once and in order, however many relays run. */

import type { Client } from '../client.ts'
import type { HoldfastError } from '../errors.ts'
import type { RelayedPage, RelayStats } from './arrivals.ts'
import type { RelayFencedError } from './errors.ts'
import { type RelayFilter, type RelayOptions, settleRelay } from './relay-options.ts'
import { RunningRelay } from './running-relay.ts'

/** What a relay needs of a client. */
export type RelayClient = Pick<Client, 'connect' | 'request' | 'state' | 'transfers'>

/** Where a relay stands. */
export type RelayState =
  | {
      /** Looks at the chain and at the stream for the first time. */
      readonly status: 'starting'
    }
  | {
      /** Stands by. */
      readonly status: 'following'
      /** Who writes, as far as is known. */
      readonly leader: string | undefined
      /** Why, where it has led before. */
      readonly error?: RelayFencedError
    }
  | {
      /** Writes. */
      readonly status: 'leading'
      /** Epoch milliseconds. */
      readonly since: number
    }
  | {
      /** NATS does not answer, or takes no more. */
      readonly status: 'waiting'
      /** Epoch milliseconds. */
      readonly retryAt: number
      /** What happened. */
      readonly error: HoldfastError
    }
  | {
      /** For good. */
      readonly status: 'closed'
      /** What ended it; none after `close()`, or once `toBlock` is in the stream. */
      readonly error?: unknown
    }

/** What `on`, `once` and `off` know. */
export interface RelayEvents {
  /** The relay has gone from one state to another. */
  state: {
    /** The state before. */
    readonly from: RelayState
    /** The state now. */
    readonly to: RelayState
  }
  /** A page has arrived in the stream, whole. */
  page: RelayedPage
}

/** A running relay. */
export interface Relay {
  /** Where it stands now. */
  readonly state: RelayState
  /** Plain counters since it was made. */
  readonly stats: Readonly<RelayStats>
  /** Resolves once the stream was found good, and this relay leads or stands by; rejects with what ended it before. */
  readonly started: Promise<void>
  /** Resolves after `close()`, or once everything up to `toBlock` is in the stream; rejects with what ended the relay. */
  readonly done: Promise<void>
  /** Writes what has been pulled, hands over to a standby, and ends. The client and the connection stay open. */
  close(): Promise<void>
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
  /** Calls the listener at every event, until `off`. */
  on<K extends keyof RelayEvents>(event: K, listener: (payload: RelayEvents[K]) => void): this
  /** The same, for the next event only. */
  once<K extends keyof RelayEvents>(event: K, listener: (payload: RelayEvents[K]) => void): this
  /** The listener is called no more. */
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
