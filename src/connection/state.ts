/** The life of a connection, as data: what it may be, and what may follow what. */

import type { HoldfastError } from '../errors.ts'
import type { Negotiated } from '../transport/socket.ts'

/**
 * Where the client's one line stands. `endpoint` is the name or origin of the endpoint in use or last tried.
 */
export type ConnectionState = { readonly endpoint?: string } & (
  | { readonly status: 'idle' }
  /** `attempt` counts from 1, anew after every useful, stable connection. */
  | { readonly status: 'connecting'; readonly attempt: number }
  /** `since` is in epoch milliseconds; `chainId` is undefined only with `probe: false`. */
  | {
      readonly status: 'open'
      readonly since: number
      readonly chainId: number | undefined
      readonly negotiated: Negotiated
    }
  /** `retryAt` is in epoch milliseconds, undefined while the browser is offline. */
  | {
      readonly status: 'waiting'
      readonly attempt: number
      readonly retryAt: number | undefined
      readonly error: HoldfastError
    }
  | { readonly status: 'closing' }
  /** `error` is what ended the client; none after `close()`. */
  | { readonly status: 'closed'; readonly error?: HoldfastError }
)

export type Status = ConnectionState['status']

/** Emitted as `'state'`. */
export interface StateChange {
  readonly from: ConnectionState
  readonly to: ConnectionState
}

export const TRANSITIONS: Readonly<Record<Status, readonly Status[]>> = {
  idle: ['connecting', 'waiting', 'closing'],
  connecting: ['open', 'waiting', 'closing', 'closed'],
  open: ['waiting', 'closing', 'closed'],
  waiting: ['connecting', 'waiting', 'closing', 'closed'],
  closing: ['closed'],
  closed: [],
}
