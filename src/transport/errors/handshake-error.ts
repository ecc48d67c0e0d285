/** What every rejected handshake has in common, and the two rejections that belong to no family. */

import { ConfigurationError, type ErrorCategory, type ErrorDetails, HoldfastError } from '../../errors.ts'

/** How far a handshake had come. */
export type HandshakePhase = 'config' | 'dns' | 'tcp' | 'proxy' | 'tls' | 'http' | 'ws' | 'open'

/** What helps: look at the server's certificate, install a trust anchor, or change the configuration (of either side). */
export type Remedy = 'verify' | 'anchor' | 'configure'

/** What a HandshakeError is made with. */
export interface HandshakeDetails extends ErrorDetails {
  /** How far the handshake had come. */
  readonly phase: HandshakePhase
  /** The endpoint's name or origin. */
  readonly endpoint: string
  /** Milliseconds since the dial began. */
  readonly elapsed: number
  /** Milliseconds that the server asks us to wait. */
  readonly retryAfter?: number | undefined
  /** What helps, where a person has to do something. */
  readonly remedy?: Remedy | undefined
}

/** A handshake that did not end in an open line. Each cause has a class of its own. */
export abstract class HandshakeError extends HoldfastError {
  override get name(): string {
    return 'HandshakeError'
  }
  /** How far the handshake had come. */
  declare readonly phase: HandshakePhase
  /** The endpoint's name or origin; its path and query hold keys and are never shown. */
  declare readonly endpoint: string
  /** Milliseconds since the dial began. */
  declare readonly elapsed: number
  /** How long the server asks us to wait, in milliseconds. */
  declare readonly retryAfter?: number
  /** What helps, where a person has to do something; none where waiting is all there is. */
  declare readonly remedy?: Remedy
}

/** A `url`, `headers` or `bearer` function threw, or did not answer in time. */
export class CredentialsError extends HandshakeError {
  override get name() {
    return 'CredentialsError' as const
  }
  declare readonly code: 'CREDENTIALS'
  override get category(): ErrorCategory {
    return 'config'
  }
}

/** Anything without a class of its own. Nothing is guessed; `cause` holds what was seen. */
export class UnclassifiedHandshakeError extends HandshakeError {
  override get name() {
    return 'UnclassifiedHandshakeError' as const
  }
  declare readonly code: 'UNCLASSIFIED_HANDSHAKE'
  override get category(): ErrorCategory {
    return 'network'
  }
}

/** The `tls` options cannot work: `ca` without a certificate, a key that does not fit its certificate, a bad cipher list … */
export class TlsConfigurationError extends ConfigurationError {
  override get name() {
    return 'TlsConfigurationError' as const
  }
  declare readonly code: 'TLS_CONFIGURATION'
}
