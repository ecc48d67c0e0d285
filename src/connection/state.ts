/** The life of a connection, as data: what it may be, and what may follow what. */

import type { HoldfastError } from '../errors.ts'
import type { Negotiated } from '../transport/socket.ts'

/** Where the client's one line stands. */
export type ConnectionState = {
  /** The name or origin of the endpoint in use or last tried; none before the first dial. */
  readonly endpoint?: string
} & (
  | {
      /** Never used. */
      readonly status: 'idle'
    }
  | {
      /** A handshake is under way. */
      readonly status: 'connecting'
      /** Counts from 1, anew after every useful, stable connection. */
      readonly attempt: number
    }
  | {
      /** The line works. */
      readonly status: 'open'
      /** Epoch milliseconds. */
      readonly since: number
      /** Undefined only with `probe: false`. */
      readonly chainId: number | undefined
      /** What the handshake agreed on. */
      readonly negotiated: Negotiated
    }
  | {
      /** The line fell, or a dial failed; there will be another. */
      readonly status: 'waiting'
      /** Of the dial that comes next. */
      readonly attempt: number
      /** Epoch milliseconds; undefined while the browser is offline. */
      readonly retryAt: number | undefined
      /** What happened. */
      readonly error: HoldfastError
    }
  | {
      /** `close()` was called. */
      readonly status: 'closing'
    }
  | {
      /** For good. */
      readonly status: 'closed'
      /** What ended the client; none after `close()`. */
      readonly error?: HoldfastError
    }
)

/** The words for a state, without its facts. */
export type Status = ConnectionState['status']

/** Emitted as `'state'`. */
export interface StateChange {
  /** The state before. */
  readonly from: ConnectionState
  /** The state now. */
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
