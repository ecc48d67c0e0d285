/** Rejections of the HTTP upgrade and of the 101 that answers it. */

import type { ErrorCategory } from '../../errors.ts'
import type { RpcErrorObject } from '../../rpc-error-object.ts'
import { HandshakeError } from './handshake-error.ts'

/** The HTTP upgrade did not happen. */
export abstract class UpgradeError extends HandshakeError {
  override get name(): string {
    return 'UpgradeError'
  }
  override get category(): ErrorCategory {
    return 'protocol'
  }
}

/** No (whole) HTTP reply came in time. */
export class UpgradeTimeoutError extends UpgradeError {
  override get name() {
    return 'UpgradeTimeoutError' as const
  }
  declare readonly code: 'UPGRADE_TIMEOUT'
  override get category(): ErrorCategory {
    return 'network'
  }
}

/** The reply is not HTTP/1.1, or its headers are too large. */
export class MalformedHttpResponseError extends UpgradeError {
  override get name() {
    return 'MalformedHttpResponseError' as const
  }
  declare readonly code: 'MALFORMED_HTTP_RESPONSE'
}

/** The server answered the upgrade with another status than 101. */
export class UpgradeRejectedError extends UpgradeError {
  override get name(): string {
    return 'UpgradeRejectedError'
  }
  /** The HTTP status. */
  declare readonly status: number
  /** The response headers, lower case, secrets replaced. */
  declare readonly headers: Readonly<Record<string, string>>
  /** The start of the body as text, secrets replaced. */
  declare readonly body: string
  /** The JSON-RPC error in the body, if there is one. */
  declare readonly rpcError?: RpcErrorObject
  /** What `WWW-Authenticate` asks for. Node only. */
  declare readonly challenges?: readonly string[]
}

/** 401: credentials are missing or wrong. */
export class UnauthorizedError extends UpgradeRejectedError {
  override get name() {
    return 'UnauthorizedError' as const
  }
  declare readonly code: 'UNAUTHORIZED'
  override get category(): ErrorCategory {
    return 'auth'
  }
}

/** 402: the plan is not paid. */
export class PaymentRequiredError extends UpgradeRejectedError {
  override get name() {
    return 'PaymentRequiredError' as const
  }
  declare readonly code: 'PAYMENT_REQUIRED'
  override get category(): ErrorCategory {
    return 'auth'
  }
}

/** 403: the key, the origin or the address is not allowed. */
export class ForbiddenError extends UpgradeRejectedError {
  override get name() {
    return 'ForbiddenError' as const
  }
  declare readonly code: 'FORBIDDEN'
  override get category(): ErrorCategory {
    return 'auth'
  }
}

/** 404 or 410: there is no endpoint at this path. */
export class EndpointNotFoundError extends UpgradeRejectedError {
  override get name() {
    return 'EndpointNotFoundError' as const
  }
  declare readonly code: 'ENDPOINT_NOT_FOUND'
}

/** 426: the server wants another protocol version. */
export class UpgradeRequiredError extends UpgradeRejectedError {
  override get name() {
    return 'UpgradeRequiredError' as const
  }
  declare readonly code: 'UPGRADE_REQUIRED'
}

/** 429: too many requests. */
export class TooManyRequestsError extends UpgradeRejectedError {
  override get name() {
    return 'TooManyRequestsError' as const
  }
  declare readonly code: 'TOO_MANY_REQUESTS'
  override get category(): ErrorCategory {
    return 'limit'
  }
}

/** 503: the service is down for the moment. */
export class ServiceUnavailableError extends UpgradeRejectedError {
  override get name() {
    return 'ServiceUnavailableError' as const
  }
  declare readonly code: 'SERVICE_UNAVAILABLE'
  override get category(): ErrorCategory {
    return 'server'
  }
}

/** 500 and other 5xx: the server failed. */
export class ServerFailureError extends UpgradeRejectedError {
  override get name() {
    return 'ServerFailureError' as const
  }
  declare readonly code: 'SERVER_FAILURE'
  override get category(): ErrorCategory {
    return 'server'
  }
}

/** 502: a proxy in front of the node got no good answer from it. */
export class BadGatewayError extends UpgradeRejectedError {
  override get name() {
    return 'BadGatewayError' as const
  }
  declare readonly code: 'BAD_GATEWAY'
  override get category(): ErrorCategory {
    return 'server'
  }
}

/** 504: a proxy in front of the node got no answer in time. */
export class GatewayTimeoutError extends UpgradeRejectedError {
  override get name() {
    return 'GatewayTimeoutError' as const
  }
  declare readonly code: 'GATEWAY_TIMEOUT'
  override get category(): ErrorCategory {
    return 'server'
  }
}

/** 525 or 526: a proxy in front of the node cannot make TLS with it. */
export class GatewayTlsError extends UpgradeRejectedError {
  override get name() {
    return 'GatewayTlsError' as const
  }
  declare readonly code: 'GATEWAY_TLS'
  override get category(): ErrorCategory {
    return 'server'
  }
}

/** 3xx: the server points elsewhere. Redirects are never followed: credentials must not travel to places nobody chose. */
export class RedirectedError extends UpgradeRejectedError {
  override get name() {
    return 'RedirectedError' as const
  }
  declare readonly code: 'REDIRECTED'
  /** Where to, secrets replaced; a browser does not tell. */
  declare readonly location: string | undefined
  /** The target has no TLS though this endpoint has; a browser does not tell. */
  declare readonly insecure: boolean | undefined
  /** The target is another origin; a browser does not tell. */
  declare readonly crossOrigin: boolean | undefined
}

/** The server speaks HTTP at this path, but no WebSocket. */
export class NotAWebSocketEndpointError extends UpgradeRejectedError {
  override get name() {
    return 'NotAWebSocketEndpointError' as const
  }
  declare readonly code: 'NOT_A_WEBSOCKET_ENDPOINT'
}

/** The server answered the upgrade with a JSON-RPC error. */
export class RpcHandshakeRejectedError extends UpgradeRejectedError {
  override get name() {
    return 'RpcHandshakeRejectedError' as const
  }
  declare readonly code: 'RPC_HANDSHAKE_REJECTED'
}

/** The server answered 101, but not as RFC 6455 demands. */
export abstract class NegotiationError extends HandshakeError {
  override get name(): string {
    return 'NegotiationError'
  }
  override get category(): ErrorCategory {
    return 'protocol'
  }
}

/** `Sec-WebSocket-Accept` is missing or wrong. */
export class InvalidAcceptError extends NegotiationError {
  override get name() {
    return 'InvalidAcceptError' as const
  }
  declare readonly code: 'INVALID_ACCEPT'
}

/** The `Upgrade` or `Connection` header is missing or wrong. */
export class InvalidUpgradeHeaderError extends NegotiationError {
  override get name() {
    return 'InvalidUpgradeHeaderError' as const
  }
  declare readonly code: 'INVALID_UPGRADE_HEADER'
}

/** Client and server disagree about the subprotocol. */
export class SubprotocolMismatchError extends NegotiationError {
  override get name() {
    return 'SubprotocolMismatchError' as const
  }
  declare readonly code: 'SUBPROTOCOL_MISMATCH'
  /** The server chose one that was not offered, chose none, or what it sent is no subprotocol. */
  declare readonly reason: 'unasked' | 'missing' | 'invalid'
}

/** The server chose an extension or parameters that were not offered. */
export class ExtensionMismatchError extends NegotiationError {
  override get name() {
    return 'ExtensionMismatchError' as const
  }
  declare readonly code: 'EXTENSION_MISMATCH'
}

/** The first bytes after 101 are no WebSocket frames, or a frame is over the size limit. */
export class ProtocolViolationError extends NegotiationError {
  override get name() {
    return 'ProtocolViolationError' as const
  }
  declare readonly code: 'PROTOCOL_VIOLATION'
}
