/** How a request or a subscription fails. */

import { type ErrorCategory, type ErrorDetails, HoldfastError, type Issue } from '../errors.ts'

/** No answer within the request's `timeout`, reconnects included. `cause` is the line's last error, if it was down. */
export class RequestTimeoutError extends HoldfastError {
  override get name() {
    return 'RequestTimeoutError' as const
  }
  declare readonly code: 'REQUEST_TIMEOUT'
  override get category(): ErrorCategory {
    return 'request'
  }
  /** The method that was asked for. */
  declare readonly method: string
  /** Milliseconds. */
  declare readonly timeout: number
}

/** The line fell after a request had been written that must not be repeated: it may or may not have happened. */
export class OutcomeUnknownError extends HoldfastError {
  override get name() {
    return 'OutcomeUnknownError' as const
  }
  declare readonly code: 'OUTCOME_UNKNOWN'
  override get category(): ErrorCategory {
    return 'request'
  }
  /** The method that was asked for. */
  declare readonly method: string
}

/** More requests wait than `limits.queued` allows. */
export class QueueFullError extends HoldfastError {
  override get name() {
    return 'QueueFullError' as const
  }
  declare readonly code: 'QUEUE_FULL'
  override get category(): ErrorCategory {
    return 'limit'
  }
  /** `limits.queued`. */
  declare readonly limit: number
}

/** An answer is larger than the peer sends or than `limits.message` takes. */
export class MessageTooLargeError extends HoldfastError {
  override get name() {
    return 'MessageTooLargeError' as const
  }
  declare readonly code: 'MESSAGE_TOO_LARGE'
  override get category(): ErrorCategory {
    return 'limit'
  }
  /** The method that was asked for. */
  declare readonly method: string
  /** Our own limit in bytes, where that was the one. */
  declare readonly limit?: number
}

/** What an RpcError is made with. */
export interface RpcErrorDetails extends ErrorDetails {
  /** The numeric code of the answer. */
  readonly rpcCode: number
  /** The `data` of the answer. */
  readonly data: unknown
  /** The method that was asked for. */
  readonly method: string
}

/** The node answered with a JSON-RPC error. `message` is the node's own text. */
export class RpcError extends HoldfastError {
  override get name(): string {
    return 'RpcError'
  }
  override get category(): ErrorCategory {
    return 'request'
  }
  /** The numeric code of JSON-RPC, EIP-1474 or the provider. */
  declare readonly rpcCode: number
  /** As it came, but for known secrets. */
  declare readonly data: unknown
  /** The method that was asked for. */
  declare readonly method: string
}

/** The provider wants fewer requests. Reads are retried by themselves; others get this. */
export class RateLimitedError extends RpcError {
  override get name() {
    return 'RateLimitedError' as const
  }
  declare readonly code: 'RATE_LIMITED'
  override get category(): ErrorCategory {
    return 'limit'
  }
  /** Milliseconds, where the provider said how long. */
  declare readonly retryAfter?: number
}

/** The node does not know the method (−32601). */
export class MethodNotFoundError extends RpcError {
  override get name() {
    return 'MethodNotFoundError' as const
  }
  declare readonly code: 'METHOD_NOT_FOUND'
}

/** The node refuses the parameters (−32602). */
export class InvalidParamsError extends RpcError {
  override get name() {
    return 'InvalidParamsError' as const
  }
  declare readonly code: 'INVALID_PARAMS'
}

/** What was asked for is not there, or not now (−32001, −32002). */
export class ResourceUnavailableError extends RpcError {
  override get name() {
    return 'ResourceUnavailableError' as const
  }
  declare readonly code: 'RESOURCE_UNAVAILABLE'
}

/** An answer is not of the shape that its method promises. */
export class InvalidResponseError extends HoldfastError {
  override get name() {
    return 'InvalidResponseError' as const
  }
  declare readonly code: 'INVALID_RESPONSE'
  override get category(): ErrorCategory {
    return 'protocol'
  }
  /** The method that was asked for. */
  declare readonly method: string
  /** Where in the answer, what was expected and what came. */
  declare readonly issues: readonly Issue[]
}

/** The node refuses a subscription; `cause` is its own error. */
export class SubscriptionRejectedError extends HoldfastError {
  override get name() {
    return 'SubscriptionRejectedError' as const
  }
  declare readonly code: 'SUBSCRIPTION_REJECTED'
  override get category(): ErrorCategory {
    return 'request'
  }
  /** The kind of subscription: `logs`, `newHeads` … */
  declare readonly kind: string
}

/** The reader is slower than the node, and `limits.buffer` items wait. Nothing is skipped: the subscription ends. */
export class SubscriptionOverflowError extends HoldfastError {
  override get name() {
    return 'SubscriptionOverflowError' as const
  }
  declare readonly code: 'SUBSCRIPTION_OVERFLOW'
  override get category(): ErrorCategory {
    return 'limit'
  }
  /** `limits.buffer`. */
  declare readonly limit: number
}
