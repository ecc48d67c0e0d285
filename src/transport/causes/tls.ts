/** Causes between TCP and HTTP. X.509 codes are OpenSSL's, stable over all supported versions of Node. */

import {
  CertificateExpiredError,
  CertificateHostnameMismatchError,
  IncompleteCertificateChainError,
  NotTlsError,
  SelfSignedCertificateError,
  TlsHandshakeAbortedError,
  TlsHandshakeTimeoutError,
  TlsRequiredError,
  UntrustedRootError,
} from '../errors/tls.ts'
import type { Scene } from '../scene.ts'
import { byCode, type Cause } from './cause.ts'

const ANCHOR =
  'install it with tls.ca (a PEM text), NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or node --use-system-ca where the system trusts it'

const expired: Cause = {
  error: CertificateExpiredError,
  retry: 'final',
  remedy: 'verify',
  codes: ['CERT_HAS_EXPIRED'],
  message: scene => `shows a certificate that has expired${dated(scene, 'validTo')}.`,
  hint: () =>
    "Verify the server certificate: its owner must renew it, or this machine's clock is wrong. The certificate may have other defects too, since only the last one is reported: the doctor lists them all.",
}

const hostname: Cause = {
  error: CertificateHostnameMismatchError,
  retry: 'final',
  remedy: 'verify',
  codes: [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_TLS_CERT_ALTNAME_FORMAT',
    'HOSTNAME_MISMATCH',
    'IP_ADDRESS_MISMATCH',
  ],
  message: ({ host, certificate }) =>
    certificate?.names.length
      ? `shows a certificate for ${certificate.names.join(', ')}, not for ${host}.`
      : `shows a certificate that names no host at all (no subjectAltName), so not ${host}.`,
  hint: ({ host }) =>
    `Verify the server certificate: dial a name that it carries, or have it issued for ${host} (as a subjectAltName; a common name alone does not count). tls.servername asks for another name.`,
}

const selfSigned: Cause = {
  error: SelfSignedCertificateError,
  retry: 'final',
  remedy: 'anchor',
  codes: ['DEPTH_ZERO_SELF_SIGNED_CERT'],
  message: ({ certificate }) =>
    `shows a self-signed certificate${certificate === undefined ? '' : ` (${certificate.subject})`} that is no trust anchor here.`,
  hint: () =>
    `If that is your certificate, make it a trust anchor: ${ANCHOR}. Otherwise somebody may be in between.`,
}

const untrustedRoot: Cause = {
  error: UntrustedRootError,
  retry: 'final',
  remedy: 'anchor',
  codes: [
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'CERT_UNTRUSTED',
  ],
  message: ({ certificate }) =>
    `shows a certificate${certificate === undefined ? '' : ` issued by ${certificate.issuer}`} whose root is no trust anchor here.`,
  hint: () =>
    `Install the root certificate as a trust anchor: ${ANCHOR}. A company proxy that opens TLS looks like this too.`,
}

const incompleteChain: Cause = {
  error: IncompleteCertificateChainError,
  retry: 'final',
  remedy: 'anchor',
  codes: ['UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  message: ({ certificate }) =>
    `shows a certificate${certificate === undefined ? '' : ` issued by ${certificate.issuer}`} whose issuer is not at hand.`,
  hint: () =>
    `Either the server does not send its intermediate certificate (its owner must add it), or the root is unknown here: then ${ANCHOR}.`,
}

export const NOT_TLS: Cause = {
  error: NotTlsError,
  retry: 'final',
  remedy: 'configure',
  message: ({ port }) => `does not speak TLS on port ${port}.`,
  hint: ({ host, port }) =>
    `Use ws://${host}:${port}, or the port on which the server speaks TLS (often 443).`,
}

export const TLS_REQUIRED: Cause = {
  error: TlsRequiredError,
  retry: 'final',
  remedy: 'configure',
  message: ({ port }) => `speaks TLS on port ${port}, and was dialled without.`,
  hint: ({ host, port }) => `Use wss://${host}:${port}.`,
}

export const TLS_ABORTED: Cause = {
  error: TlsHandshakeAbortedError,
  retry: 'backoff',
  message: () => 'closed the connection during the TLS handshake.',
  hint: ({ host }) =>
    `Often a load balancer without a healthy node behind it, a firewall, or a server that does not know the name ${host}; holdfast tries again by itself.`,
}

export const TLS_TIMEOUT: Cause = {
  error: TlsHandshakeTimeoutError,
  retry: 'backoff',
  message: () => 'opened TCP, but never finished the TLS handshake.',
  hint: ({ port }) =>
    `Check whether port ${port} speaks TLS at all, and whether something on the way holds packets back.`,
}

export const TLS_CAUSES: readonly Cause[] = [
  expired,
  hostname,
  selfSigned,
  untrustedRoot,
  incompleteChain,
  NOT_TLS,
  TLS_REQUIRED,
  TLS_ABORTED,
  TLS_TIMEOUT,
]

export const TLS_BY_CODE = /* @__PURE__ */ byCode(TLS_CAUSES)

function dated({ certificate }: Scene, key: 'validFrom' | 'validTo'): string {
  return certificate === undefined
    ? ''
    : ` (${key === 'validTo' ? 'valid until' : 'valid from'} ${certificate[key]})`
}
