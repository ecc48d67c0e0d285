/** How a line that was open ends, and how a client gives up. */

import { type ErrorCategory, HoldfastError } from '../errors.ts'

/** The line was open, and fell. holdfast dials again by itself; requests feel it only where they cannot be repeated. */
export class ConnectionLostError extends HoldfastError {
  override get name() {
    return 'ConnectionLostError' as const
  }
  declare readonly code: 'CONNECTION_LOST'
  override get category(): ErrorCategory {
    return 'network'
  }
  /** The close code (RFC 6455, section 7.4); 1006 where the line fell without a close frame. */
  declare readonly closeCode: number
  /** What the server said, secrets replaced. */
  declare readonly reason: string
}

/** The peer stopped answering, though the operating system still believes in the connection. */
export class HeartbeatTimeoutError extends HoldfastError {
  override get name() {
    return 'HeartbeatTimeoutError' as const
  }
  declare readonly code: 'HEARTBEAT_TIMEOUT'
  override get category(): ErrorCategory {
    return 'network'
  }
  /** Milliseconds since the last answer. */
  declare readonly silentFor: number
}

/** Every endpoint failed for good before the client had ever been open. */
export class AllEndpointsFailedError extends HoldfastError {
  override get name() {
    return 'AllEndpointsFailedError' as const
  }
  declare readonly code: 'ALL_ENDPOINTS_FAILED'
  override get category(): ErrorCategory {
    return 'network'
  }
  /** What each endpoint failed with, in the order given. */
  declare readonly errors: readonly HoldfastError[]
}

/** `reconnect.attempts` are spent; `cause` is the last failure. */
export class AttemptsExhaustedError extends HoldfastError {
  override get name() {
    return 'AttemptsExhaustedError' as const
  }
  declare readonly code: 'ATTEMPTS_EXHAUSTED'
  override get category(): ErrorCategory {
    return 'network'
  }
  /** How many there were. */
  declare readonly attempts: number
}
