/** Rejections between TCP and HTTP. The three certificate families carry the three remedies: verify, anchor, configure. */

import type { ErrorCategory } from '../../errors.ts'
import { HandshakeError } from './handshake-error.ts'

/** The few facts about a certificate that a person needs. */
export interface CertificateSummary {
  /** Whose it is: `CN=node.example`. */
  readonly subject: string
  /** Who signed it. */
  readonly issuer: string
  /** ISO 8601. */
  readonly validFrom: string
  /** ISO 8601. */
  readonly validTo: string
  /** SHA-256 over the whole certificate, colon-separated hex. */
  readonly fingerprint256: string
}

/** Anything that went wrong between TCP and HTTP. */
export abstract class TlsError extends HandshakeError {
  override get name(): string {
    return 'TlsError'
  }
  override get category(): ErrorCategory {
    return 'tls'
  }
}

/** The server certificate was judged, and is wrong. Remedy: verify the server certificate. */
export abstract class InvalidServerCertificateError extends TlsError {
  override get name(): string {
    return 'InvalidServerCertificateError'
  }
  /** The certificate that was judged. */
  declare readonly certificate?: CertificateSummary
  /** What is known to be wrong with it. Node stops at one defect; the doctor lists them all. */
  declare readonly problems: readonly string[]
}

/** The certificate, or one above it, has expired. */
export class CertificateExpiredError extends InvalidServerCertificateError {
  override get name() {
    return 'CertificateExpiredError' as const
  }
  declare readonly code: 'CERTIFICATE_EXPIRED'
}

/** The certificate, or one above it, is not valid yet. */
export class CertificateNotYetValidError extends InvalidServerCertificateError {
  override get name() {
    return 'CertificateNotYetValidError' as const
  }
  declare readonly code: 'CERTIFICATE_NOT_YET_VALID'
}

/** The certificate is for other names than the one dialled. */
export class CertificateHostnameMismatchError extends InvalidServerCertificateError {
  override get name() {
    return 'CertificateHostnameMismatchError' as const
  }
  declare readonly code: 'CERTIFICATE_HOSTNAME_MISMATCH'
  /** The names on the certificate. */
  declare readonly names: readonly string[]
}

/** The certificate was revoked by its issuer. */
export class CertificateRevokedError extends InvalidServerCertificateError {
  override get name() {
    return 'CertificateRevokedError' as const
  }
  declare readonly code: 'CERTIFICATE_REVOKED'
}

/** The certificate may not be used for a server. */
export class CertificatePurposeError extends InvalidServerCertificateError {
  override get name() {
    return 'CertificatePurposeError' as const
  }
  declare readonly code: 'CERTIFICATE_PURPOSE'
}

/** A key or a digest in the chain is too weak. */
export class CertificateWeakError extends InvalidServerCertificateError {
  override get name() {
    return 'CertificateWeakError' as const
  }
  declare readonly code: 'CERTIFICATE_WEAK'
}

/** A certificate in the chain breaks the constraints of one above it. */
export class CertificateConstraintError extends InvalidServerCertificateError {
  override get name() {
    return 'CertificateConstraintError' as const
  }
  declare readonly code: 'CERTIFICATE_CONSTRAINT'
}

/** The certificate is valid, but its key is none of `tls.pins`. */
export class CertificatePinMismatchError extends InvalidServerCertificateError {
  override get name() {
    return 'CertificatePinMismatchError' as const
  }
  declare readonly code: 'CERTIFICATE_PIN_MISMATCH'
}

/** There is no trust anchor to judge the certificate by. Remedy: install one. */
export abstract class InsufficientTrustAnchorError extends TlsError {
  override get name(): string {
    return 'InsufficientTrustAnchorError'
  }
  /** The certificate that could not be judged. */
  declare readonly certificate?: CertificateSummary
}

/** The server certificate is signed by itself and not trusted. */
export class SelfSignedCertificateError extends InsufficientTrustAnchorError {
  override get name() {
    return 'SelfSignedCertificateError' as const
  }
  declare readonly code: 'SELF_SIGNED_CERTIFICATE'
}

/** The chain ends at a root that is not trusted. */
export class UntrustedRootError extends InsufficientTrustAnchorError {
  override get name() {
    return 'UntrustedRootError' as const
  }
  declare readonly code: 'UNTRUSTED_ROOT'
}

/** An issuer is missing: the server does not send an intermediate, or the root is unknown. The two cannot be told apart from here. */
export class IncompleteCertificateChainError extends InsufficientTrustAnchorError {
  override get name() {
    return 'IncompleteCertificateChainError' as const
  }
  declare readonly code: 'INCOMPLETE_CERTIFICATE_CHAIN'
}

/** The certificate could not be judged. */
export class CertificateVerificationError extends TlsError {
  override get name(): string {
    return 'CertificateVerificationError'
  }
  /** OpenSSL's or Node's code. */
  declare readonly reason: string
  /** The certificate that could not be judged. */
  declare readonly certificate?: CertificateSummary
}

/** A signature in the chain does not verify. */
export class CertificateSignatureError extends CertificateVerificationError {
  override get name() {
    return 'CertificateSignatureError' as const
  }
  declare readonly code: 'CERTIFICATE_SIGNATURE'
}

/** A certificate revocation list is missing, expired or broken. */
export class RevocationListError extends CertificateVerificationError {
  override get name() {
    return 'RevocationListError' as const
  }
  declare readonly code: 'REVOCATION_LIST'
}

/** The two sides found no common way to speak TLS. */
export class TlsNegotiationError extends TlsError {
  override get name(): string {
    return 'TlsNegotiationError'
  }
  /** The TLS alert number, where the server sent one (RFC 8446, section 6). */
  declare readonly alert?: number
}

/** There is no common TLS version. */
export class TlsVersionError extends TlsNegotiationError {
  override get name() {
    return 'TlsVersionError' as const
  }
  declare readonly code: 'TLS_VERSION'
}

/** The server wants a client certificate. */
export class ClientCertificateRequiredError extends TlsNegotiationError {
  override get name() {
    return 'ClientCertificateRequiredError' as const
  }
  declare readonly code: 'CLIENT_CERTIFICATE_REQUIRED'
}

/** The server refuses the client certificate. */
export class ClientCertificateRejectedError extends TlsNegotiationError {
  override get name() {
    return 'ClientCertificateRejectedError' as const
  }
  declare readonly code: 'CLIENT_CERTIFICATE_REJECTED'
}

/** wss:// was used on a port that does not speak TLS. */
export class NotTlsError extends TlsNegotiationError {
  override get name() {
    return 'NotTlsError' as const
  }
  declare readonly code: 'NOT_TLS'
}

/** ws:// was used on a port that speaks TLS. */
export class TlsRequiredError extends TlsNegotiationError {
  override get name() {
    return 'TlsRequiredError' as const
  }
  declare readonly code: 'TLS_REQUIRED'
}

/** The connection closed during the TLS handshake. */
export class TlsHandshakeAbortedError extends TlsNegotiationError {
  override get name() {
    return 'TlsHandshakeAbortedError' as const
  }
  declare readonly code: 'TLS_HANDSHAKE_ABORTED'
}

/** TCP opened, but TLS never finished. */
export class TlsHandshakeTimeoutError extends TlsNegotiationError {
  override get name() {
    return 'TlsHandshakeTimeoutError' as const
  }
  declare readonly code: 'TLS_HANDSHAKE_TIMEOUT'
}
