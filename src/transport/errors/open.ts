/** Rejections after 101: by a close frame, or by the first JSON-RPC answer. */

import type { ErrorCategory } from '../../errors.ts'
import type { RpcErrorObject } from '../../rpc-error-object.ts'
import { ABOUT_A_FRAME } from '../close-codes.ts'
import { HandshakeError } from './handshake-error.ts'

/** The connection fell right after 101, without a close frame. */
export class AbnormalClosureError extends HandshakeError {
  override get name() {
    return 'AbnormalClosureError' as const
  }
  declare readonly code: 'ABNORMAL_CLOSURE'
  override get category(): ErrorCategory {
    return 'network'
  }
}

/** The server closed between 101 and its first answer. */
export class CloseRejectionError extends HandshakeError {
  override get name(): string {
    return 'CloseRejectionError'
  }
  override get category(): ErrorCategory {
    return ABOUT_A_FRAME.includes(this.closeCode) ? 'protocol' : 'server'
  }
  /** The close code (RFC 6455, section 7.4). */
  declare readonly closeCode: number
  /** What the server said, secrets replaced. */
  declare readonly reason: string
}

/** Closed with 1008: the server’s policy forbids this client. */
export class PolicyViolationError extends CloseRejectionError {
  override get name() {
    return 'PolicyViolationError' as const
  }
  declare readonly code: 'POLICY_VIOLATION'
  override get category(): ErrorCategory {
    return 'auth'
  }
}

/** Closed with a code that means "not authorised" (3000, 3003, 4001, 4003, 4401, 4403). */
export class CloseUnauthorizedError extends CloseRejectionError {
  override get name() {
    return 'CloseUnauthorizedError' as const
  }
  declare readonly code: 'CLOSE_UNAUTHORIZED'
  override get category(): ErrorCategory {
    return 'auth'
  }
}

/** Closed with a code or a reason that means "later" (1012, 1013, 4029, 4429, rate limits). */
export class TryAgainLaterError extends CloseRejectionError {
  override get name() {
    return 'TryAgainLaterError' as const
  }
  declare readonly code: 'TRY_AGAIN_LATER'
  override get category(): ErrorCategory {
    return 'limit'
  }
}

/** The socket opened, but the first JSON-RPC answer says no. */
export abstract class ApplicationRejectionError extends HandshakeError {
  override get name(): string {
    return 'ApplicationRejectionError'
  }
  override get category(): ErrorCategory {
    return 'protocol'
  }
}

/** The first answer is an error that refuses this client. */
export class RpcRejectedError extends ApplicationRejectionError {
  override get name() {
    return 'RpcRejectedError' as const
  }
  declare readonly code: 'RPC_REJECTED'
  override get category(): ErrorCategory {
    return 'auth'
  }
  /** What the node answered. */
  declare readonly rpcError: RpcErrorObject
}

/** The first answer says that a limit is reached. */
export class RpcLimitExceededError extends ApplicationRejectionError {
  override get name() {
    return 'RpcLimitExceededError' as const
  }
  declare readonly code: 'RPC_LIMIT_EXCEEDED'
  override get category(): ErrorCategory {
    return 'limit'
  }
  /** What the node answered. */
  declare readonly rpcError: RpcErrorObject
}

/** The peer has no `eth_chainId`: it is no Ethereum node. */
export class RpcMethodUnavailableError extends ApplicationRejectionError {
  override get name() {
    return 'RpcMethodUnavailableError' as const
  }
  declare readonly code: 'RPC_METHOD_UNAVAILABLE'
  /** What the peer answered. */
  declare readonly rpcError: RpcErrorObject
}

/** The endpoint serves another chain. */
export class WrongChainError extends ApplicationRejectionError {
  override get name() {
    return 'WrongChainError' as const
  }
  declare readonly code: 'WRONG_CHAIN'
  override get category(): ErrorCategory {
    return 'chain'
  }
  /** `chainId` of the options, or the chain that was seen first. */
  declare readonly expected: number
  /** The chain that the endpoint serves. */
  declare readonly actual: number
}

/** What came first is no JSON-RPC. */
export class NotJsonRpcError extends ApplicationRejectionError {
  override get name() {
    return 'NotJsonRpcError' as const
  }
  declare readonly code: 'NOT_JSON_RPC'
}

/** The socket opened, but the first question was never answered. */
export class ProbeTimeoutError extends ApplicationRejectionError {
  override get name() {
    return 'ProbeTimeoutError' as const
  }
  declare readonly code: 'PROBE_TIMEOUT'
  override get category(): ErrorCategory {
    return 'network'
  }
}
