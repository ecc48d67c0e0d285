/** Causes between TCP and HTTP that are not the certificate's: the two sides find no way to speak TLS. */

import {
  ClientCertificateRejectedError,
  ClientCertificateRequiredError,
  NotTlsError,
  TlsHandshakeAbortedError,
  TlsHandshakeTimeoutError,
  TlsNegotiationError,
  TlsRequiredError,
  TlsVersionError,
} from '../errors/tls.ts'
import type { Cause } from './cause.ts'

export const NOT_TLS: Cause = {
  error: NotTlsError,
  retry: 'final',
  remedy: 'configure',
  message: ({ port }) => `does not speak TLS on port ${port}.`,
  hint: ({ address }) =>
    `Use ws://${address}, or wss:// on the port on which the server speaks TLS (often 443).`,
}

export const TLS_REQUIRED: Cause = {
  error: TlsRequiredError,
  retry: 'final',
  remedy: 'configure',
  message: ({ port }) => `speaks TLS on port ${port}, and was dialled without.`,
  hint: ({ address }) => `Use wss://${address} instead of ws://.`,
}

export const TLS_VERSION: Cause = {
  error: TlsVersionError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'and this client have no TLS version in common.',
  hint: () =>
    'Check tls.minVersion and tls.maxVersion; a server that only speaks TLS 1.0 or 1.1 must be updated by its owner (Node refuses them by default).',
}

export const CLIENT_CERTIFICATE_REQUIRED: Cause = {
  error: ClientCertificateRequiredError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'wants a client certificate.',
  hint: () =>
    'Pass tls.cert and tls.key (or tls.pfx) with the certificate that the owner of the server gave you.',
}

export const CLIENT_CERTIFICATE_REJECTED: Cause = {
  error: ClientCertificateRejectedError,
  retry: 'final',
  remedy: 'configure',
  message: (_, seen) => `refuses the client certificate (${seen}).`,
  hint: () =>
    'Check with the owner of the server that tls.cert is current, complete (with its intermediates) and signed by an issuer that the server trusts.',
}

export const TLS_NEGOTIATION: Cause = {
  error: TlsNegotiationError,
  retry: 'final',
  remedy: 'configure',
  message: (_, seen) => `ended the TLS handshake (${seen}).`,
  hint: ({ host }) =>
    `Check tls.ciphers and tls.servername (the name asked for is ${host}); with TLS 1.2 alert 40 may also mean that the server wants a client certificate (tls.cert, tls.key).`,
}

export const TLS_ABORTED: Cause = {
  error: TlsHandshakeAbortedError,
  retry: 'backoff',
  message: () => 'closed the connection during the TLS handshake.',
  hint: ({ host }) =>
    `Often a load balancer without a healthy node behind it, a firewall, or a server that does not know the name ${host}; it is tried again by itself.`,
}

export const TLS_TIMEOUT: Cause = {
  error: TlsHandshakeTimeoutError,
  retry: 'backoff',
  message: () => 'opened TCP, but never finished the TLS handshake.',
  hint: ({ port }) =>
    `Check whether port ${port} speaks TLS at all, and whether something on the way holds packets back.`,
}

export const TLS_CAUSES: readonly Cause[] = [
  TLS_NEGOTIATION,
  TLS_VERSION,
  CLIENT_CERTIFICATE_REQUIRED,
  CLIENT_CERTIFICATE_REJECTED,
  NOT_TLS,
  TLS_REQUIRED,
  TLS_ABORTED,
  TLS_TIMEOUT,
]

/** TLS alerts (RFC 8446, section 6; RFC 5246, section 7.2): always the server refusing us. */
export function alertCause(alert: number): Cause {
  if (alert === 70 || alert === 86) return TLS_VERSION
  if (alert === 116) return CLIENT_CERTIFICATE_REQUIRED
  return (alert >= 42 && alert <= 46) || alert === 48 || alert === 49
    ? CLIENT_CERTIFICATE_REJECTED
    : TLS_NEGOTIATION
}
