/** Rejections that only a browser makes. */

import type { ErrorCategory } from '../../errors.ts'
import { HandshakeError } from './handshake-error.ts'

/** The browser forbids this connection. */
export abstract class BrowserPolicyError extends HandshakeError {
  override get name(): string {
    return 'BrowserPolicyError'
  }
  override get category(): ErrorCategory {
    return 'config'
  }
}

/** A page loaded by https:// may not open ws://. */
export class MixedContentError extends BrowserPolicyError {
  override get name() {
    return 'MixedContentError' as const
  }
  declare readonly code: 'MIXED_CONTENT'
}

/** The page’s Content-Security-Policy does not list this endpoint in `connect-src`. */
export class ContentSecurityPolicyError extends BrowserPolicyError {
  override get name() {
    return 'ContentSecurityPolicyError' as const
  }
  declare readonly code: 'CONTENT_SECURITY_POLICY'
  /** The directive that was violated. */
  declare readonly directive: string
}

/** The handshake failed and the browser hides why; `candidates` are what is left. */
export class OpaqueHandshakeError extends HandshakeError {
  override get name() {
    return 'OpaqueHandshakeError' as const
  }
  declare readonly code: 'OPAQUE_HANDSHAKE'
  override get category(): ErrorCategory {
    return 'network'
  }
  /** Class names of the causes that fit, likeliest first. */
  declare readonly candidates: readonly string[]
}
