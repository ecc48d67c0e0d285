/** Rejections before TLS or HTTP began: name, route, port, proxy. */

import type { ErrorCategory } from '../../errors.ts'
import { HandshakeError } from './handshake-error.ts'

/** The peer could not be reached at all. */
export abstract class NetworkError extends HandshakeError {
  override get name(): string {
    return 'NetworkError'
  }
  override get category(): ErrorCategory {
    return 'network'
  }
}

/** The host name does not exist (ENOTFOUND, ENODATA). */
export class DnsNotFoundError extends NetworkError {
  override get name() {
    return 'DnsNotFoundError' as const
  }
  declare readonly code: 'DNS_NOT_FOUND'
}

/** The name server did not answer or failed (EAI_AGAIN, ESERVFAIL …). */
export class DnsTemporaryError extends NetworkError {
  override get name() {
    return 'DnsTemporaryError' as const
  }
  declare readonly code: 'DNS_TEMPORARY'
}

/** Nothing listens on that port (ECONNREFUSED). */
export class ConnectionRefusedError extends NetworkError {
  override get name() {
    return 'ConnectionRefusedError' as const
  }
  declare readonly code: 'CONNECTION_REFUSED'
}

/** There is no route to the host (EHOSTUNREACH, ENETUNREACH …). */
export class HostUnreachableError extends NetworkError {
  override get name() {
    return 'HostUnreachableError' as const
  }
  declare readonly code: 'HOST_UNREACHABLE'
}

/** TCP did not open in time. */
export class ConnectTimeoutError extends NetworkError {
  override get name() {
    return 'ConnectTimeoutError' as const
  }
  declare readonly code: 'CONNECT_TIMEOUT'
}

/** The operating system forbade the connection (EACCES, EPERM). */
export class ConnectionBlockedError extends NetworkError {
  override get name() {
    return 'ConnectionBlockedError' as const
  }
  declare readonly code: 'CONNECTION_BLOCKED'
}

/** Every address of the host failed, and not all in the same way. */
export class AllAddressesFailedError extends NetworkError {
  override get name() {
    return 'AllAddressesFailedError' as const
  }
  declare readonly code: 'ALL_ADDRESSES_FAILED'
  /** One error per address, in the order tried. */
  declare readonly errors: readonly HandshakeError[]
}

/** The connection was reset or closed after TCP had opened and before any HTTP reply. */
export class ConnectionResetError extends NetworkError {
  override get name() {
    return 'ConnectionResetError' as const
  }
  declare readonly code: 'CONNECTION_RESET'
}

/** The browser knows that it is offline. */
export class OfflineError extends NetworkError {
  override get name() {
    return 'OfflineError' as const
  }
  declare readonly code: 'OFFLINE'
}

/** The proxy between us and the endpoint failed or refused. */
export abstract class ProxyError extends HandshakeError {
  override get name(): string {
    return 'ProxyError'
  }
  override get category(): ErrorCategory {
    return 'network'
  }
}

/** The proxy itself cannot be reached. */
export class ProxyUnreachableError extends ProxyError {
  override get name() {
    return 'ProxyUnreachableError' as const
  }
  declare readonly code: 'PROXY_UNREACHABLE'
}

/** The proxy wants credentials (407). */
export class ProxyAuthenticationRequiredError extends ProxyError {
  override get name() {
    return 'ProxyAuthenticationRequiredError' as const
  }
  declare readonly code: 'PROXY_AUTHENTICATION_REQUIRED'
  override get category(): ErrorCategory {
    return 'auth'
  }
}

/** The proxy answered CONNECT with something other than 200. */
export class ProxyRejectedError extends ProxyError {
  override get name() {
    return 'ProxyRejectedError' as const
  }
  declare readonly code: 'PROXY_REJECTED'
  /** What the proxy answered; undefined where it does not speak HTTP. */
  declare readonly status: number | undefined
}

/** The proxy did not finish its CONNECT in time. */
export class ProxyTimeoutError extends ProxyError {
  override get name() {
    return 'ProxyTimeoutError' as const
  }
  declare readonly code: 'PROXY_TIMEOUT'
}
