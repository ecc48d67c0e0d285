/**
 * Causes that lie in the server's certificate. Codes are OpenSSL's X.509 verification errors as Node names them, stable
 * over all supported versions. Node reports the last error only, and looks at the host name when all else has passed.
 */

import {
  CertificateConstraintError,
  CertificateExpiredError,
  CertificateHostnameMismatchError,
  CertificateNotYetValidError,
  CertificatePinMismatchError,
  CertificatePurposeError,
  CertificateRevokedError,
  CertificateSignatureError,
  CertificateVerificationError,
  CertificateWeakError,
  IncompleteCertificateChainError,
  RevocationListError,
  SelfSignedCertificateError,
  UntrustedRootError,
} from '../errors/tls.ts'
import type { Scene } from '../scene.ts'
import { byCode, type Cause } from './cause.ts'

/** What we call the pin mismatch ourselves; see tls.node.ts. */
export const PIN_MISMATCH = 'HOLDFAST_PIN_MISMATCH'

const HOW_TO_ANCHOR =
  'pass its PEM as tls.ca, or set NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or start node with --use-system-ca where the system trusts it'
/** Only the last defect is reported. */
const MORE_TO_FIND =
  'It may have other defects too: only the last one found is reported, and the doctor lists them all.'

const subject = ({ certificate }: Scene) => (certificate === undefined ? '' : ` (${certificate.subject})`)
const issuer = ({ certificate }: Scene) =>
  certificate === undefined ? '' : ` issued by ${certificate.issuer}`
const dated = ({ certificate }: Scene, label: string, key: 'validFrom' | 'validTo') =>
  certificate === undefined ? '' : ` (${label} ${certificate[key]})`

const expired: Cause = {
  error: CertificateExpiredError,
  retry: 'final',
  remedy: 'verify',
  codes: ['CERT_HAS_EXPIRED'],
  message: scene =>
    `shows a certificate that has expired${dated(scene, 'the first was valid until', 'validTo')}.`,
  hint: () =>
    `Verify the server certificate: its owner must renew it, unless the clock of this machine is wrong. ${MORE_TO_FIND}`,
}

const notYetValid: Cause = {
  error: CertificateNotYetValidError,
  retry: 'final',
  remedy: 'verify',
  codes: ['CERT_NOT_YET_VALID'],
  message: scene =>
    `shows a certificate chain of which one is not valid yet${dated(scene, "the server's own is valid from", 'validFrom')}.`,
  hint: () =>
    `Verify the clock of this machine first (it says ${new Date().toISOString()}), then the server certificate. ${MORE_TO_FIND}`,
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
    `Verify the server certificate: dial a name that it carries, or have it issued for ${host} as a subjectAltName. Behind another name, tls.servername says which one to ask and check for.`,
}

const revoked: Cause = {
  error: CertificateRevokedError,
  retry: 'final',
  remedy: 'verify',
  codes: ['CERT_REVOKED'],
  message: scene => `shows a certificate${subject(scene)} that its issuer has revoked.`,
  hint: () =>
    'Do not connect: verify with the owner of the server what happened; the certificate must be replaced.',
}

const purpose: Cause = {
  error: CertificatePurposeError,
  retry: 'final',
  remedy: 'verify',
  codes: ['INVALID_PURPOSE', 'CERT_REJECTED'],
  message: scene => `shows a certificate${subject(scene)} that may not be used for a server.`,
  hint: () =>
    'Verify the server certificate: it must be issued anew with the extended key usage serverAuth (a client certificate was probably installed by mistake).',
}

const weak: Cause = {
  error: CertificateWeakError,
  retry: 'final',
  remedy: 'verify',
  codes: [
    'ERR_SSL_EE_KEY_TOO_SMALL',
    'ERR_SSL_CA_KEY_TOO_SMALL',
    'ERR_SSL_CA_MD_TOO_WEAK',
    'ERR_SSL_EE_MD_TOO_WEAK',
  ],
  message: (_, seen) => `shows a certificate chain that is too weak (${seen}).`,
  hint: () =>
    'Verify the server certificate: it must be issued anew with RSA of at least 2048 bits or ECDSA, and SHA-256.',
}

const constraint: Cause = {
  error: CertificateConstraintError,
  retry: 'final',
  remedy: 'verify',
  codes: ['INVALID_CA', 'PATH_LENGTH_EXCEEDED'],
  message: (_, seen) => `shows a certificate chain that breaks its own rules (${seen}).`,
  hint: () =>
    'Verify the server certificate: an issuer in the chain was not allowed to sign it; its owner must mend the chain.',
}

const pinMismatch: Cause = {
  error: CertificatePinMismatchError,
  retry: 'final',
  remedy: 'verify',
  codes: [PIN_MISMATCH],
  message: (_, seen) => `shows a valid certificate whose key is not pinned: ${seen}.`,
  hint: () =>
    'Verify with the owner of the server that the key was changed on purpose; then put the new pin into tls.pins (it is in the message), next to a spare one.',
}

const selfSigned: Cause = {
  error: SelfSignedCertificateError,
  retry: 'final',
  remedy: 'anchor',
  codes: ['DEPTH_ZERO_SELF_SIGNED_CERT'],
  message: scene => `shows a self-signed certificate${subject(scene)} that is no trust anchor here.`,
  hint: () =>
    `If that is your own certificate, install it as a trust anchor: ${HOW_TO_ANCHOR}. If not, somebody may be in between.`,
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
  message: scene => `shows a certificate${issuer(scene)} whose root is no trust anchor here.`,
  hint: () =>
    `Install the root certificate as a trust anchor: ${HOW_TO_ANCHOR}. A company proxy that opens TLS has a root of its own: ask for it.`,
}

const incompleteChain: Cause = {
  error: IncompleteCertificateChainError,
  retry: 'final',
  remedy: 'anchor',
  codes: ['UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  message: scene => `shows a certificate${issuer(scene)} whose issuer is not at hand.`,
  hint: () =>
    `Either the server does not send its intermediate certificate (its owner must add it), or the root is unknown here: then install it as a trust anchor (${HOW_TO_ANCHOR}).`,
}

const signature: Cause = {
  error: CertificateSignatureError,
  retry: 'final',
  remedy: 'verify',
  codes: ['CERT_SIGNATURE_FAILURE', 'UNABLE_TO_DECRYPT_CERT_SIGNATURE', 'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY'],
  message: scene => `shows a certificate${issuer(scene)} with a signature that does not verify.`,
  hint: () =>
    'Verify the server certificate: it was damaged, forged, or signed by another key of an issuer of the same name; check that tls.ca holds the right one.',
}

const revocationList: Cause = {
  error: RevocationListError,
  retry: 'final',
  remedy: 'configure',
  codes: [
    'UNABLE_TO_GET_CRL',
    'UNABLE_TO_DECRYPT_CRL_SIGNATURE',
    'CRL_SIGNATURE_FAILURE',
    'CRL_NOT_YET_VALID',
    'CRL_HAS_EXPIRED',
    'ERROR_IN_CRL_LAST_UPDATE_FIELD',
    'ERROR_IN_CRL_NEXT_UPDATE_FIELD',
  ],
  message: (_, seen) => `could not be checked against the revocation lists (${seen}).`,
  hint: () =>
    'Give tls.crl one current list (PEM) for every issuer of the chain, each as an entry of its own; or leave it out.',
}

export const UNJUDGEABLE: Cause = {
  error: CertificateVerificationError,
  retry: 'final',
  remedy: 'verify',
  codes: [
    'CERT_CHAIN_TOO_LONG',
    'ERROR_IN_CERT_NOT_BEFORE_FIELD',
    'ERROR_IN_CERT_NOT_AFTER_FIELD',
    'OUT_OF_MEM',
    'UNSPECIFIED',
  ],
  message: (_, seen) => `shows a certificate that could not be judged (${seen}).`,
  hint: ({ address }) =>
    `Verify the server certificate: look at it with openssl s_client -connect ${address} -showcerts, and have its owner mend it.`,
}

export const CERTIFICATE_CAUSES: readonly Cause[] = [
  expired,
  notYetValid,
  hostname,
  revoked,
  purpose,
  weak,
  constraint,
  pinMismatch,
  selfSigned,
  untrustedRoot,
  incompleteChain,
  signature,
  revocationList,
  UNJUDGEABLE,
]

const BY_CODE = byCode(CERTIFICATE_CAUSES)

/** What OpenSSL says in words where Node has no name for it ("UNSPECIFIED"). Read from top to bottom. */
const BY_WORDS: readonly (readonly [RegExp, Cause])[] = [
  [/(key|md|digest) too (small|weak)/i, weak],
  [
    /subtree|name constraint|critical extension|certificate signing|path ?length|invalid CA|basic constraints/i,
    constraint,
  ],
  [/purpose|key usage/i, purpose],
]

/** The cause that an X.509 code stands for; undefined for any other code. */
export function certificateCause(code: string, words: string, { certificate }: Scene): Cause | undefined {
  // Some versions of OpenSSL call an issuer that is no CA "unsuitable for the purpose", like a leaf that is for clients.
  if (code === 'INVALID_PURPOSE' && certificate?.hasImpostor) return constraint
  const worded = BY_WORDS.find(([pattern]) => pattern.test(words))?.[1]
  return code === 'UNSPECIFIED' && worded !== undefined ? worded : BY_CODE.get(code)
}
