/** Reads a chain of certificates as `openssl s_client` shows it, and finds everything that is wrong with it. Node only. */

import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { CertificateLink } from './diagnosis.ts'

const DAY = 86_400_000
/** NIST SP 800-57, part 1: 112 bits of security. */
const LEAST_RSA_BITS = 2_048
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const ANY_PURPOSE = '2.5.29.37.0'

/** The part of a `DetailedPeerCertificate` that is read. */
export interface ShownLink {
  readonly raw: Uint8Array
  readonly fingerprint256: string
  readonly issuerCertificate?: ShownLink
}

export interface Chain {
  /** The server's own first. */
  readonly links: readonly CertificateLink[]
  /** The subject of the trust anchor that is missing here, where that is what is wrong. */
  readonly missingAnchor: string | undefined
}

/**
 * @param leaf from an unverified handshake, with its issuers
 * @param host what was dialled
 * @param anchors PEM of what is trusted
 */
export function readChain(leaf: ShownLink, host: string, anchors: readonly string[]): Chain {
  const certificates = chainOf(leaf)
  const trusted = anchors.map(pem => new X509Certificate(pem))
  const top = certificates.at(-1)
  const anchor =
    top && trusted.find(root => root.fingerprint256 === top.fingerprint256 || top.checkIssued(root))
  const links = certificates.map((certificate, i) => {
    const issuer = certificates[i + 1] ?? anchor
    return describe(certificate, issuer, i === 0 ? host : undefined)
  })
  return { links, missingAnchor: top === undefined || anchor !== undefined ? undefined : oneLine(top.issuer) }
}

/** Node repeats a root as its own issuer, for ever. */
function chainOf(leaf: ShownLink): readonly X509Certificate[] {
  const seen = new Map<string, X509Certificate>()
  for (let each: ShownLink | undefined = leaf; each?.raw !== undefined; each = each.issuerCertificate) {
    if (seen.has(each.fingerprint256)) break
    seen.set(each.fingerprint256, new X509Certificate(each.raw))
  }
  return [...seen.values()]
}

/** @param host only for the server's own certificate */
function describe(
  certificate: X509Certificate,
  issuer: X509Certificate | undefined,
  host: string | undefined,
): CertificateLink {
  const { type, details } = keyOf(certificate)
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    names: namesOf(certificate),
    key: `${type}${details}`,
    signature: signatureOf(certificate),
    fingerprint256: certificate.fingerprint256,
    defects: [
      ...dateDefects(certificate),
      ...keyDefects(certificate),
      ...(host === undefined ? authorityDefects(certificate) : serverDefects(certificate, host)),
      ...issuerDefects(certificate, issuer),
    ],
  }
}

function dateDefects({ validFrom, validTo }: X509Certificate): string[] {
  const now = Date.now()
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)]
  if (now > to) return [`expired ${days(now - to)} ago`]
  return now < from ? [`is valid only in ${days(from - now)} (or the clock of this machine is wrong)`] : []
}

function keyDefects(certificate: X509Certificate): string[] {
  const bits = certificate.publicKey.asymmetricKeyDetails?.modulusLength
  const weakKey = bits !== undefined && bits < LEAST_RSA_BITS ? [`its key of ${bits} bits is too weak`] : []
  return /md5|sha1/i.test(signatureOf(certificate))
    ? [...weakKey, `its signature (${signatureOf(certificate)}) is too weak`]
    : weakKey
}

function serverDefects(certificate: X509Certificate, host: string): string[] {
  const names = namesOf(certificate)
  const isFor =
    isIP(host) === 0 ? certificate.checkHost(host, { subject: 'never' }) : certificate.checkIP(host)
  const purposes = certificate.keyUsage ?? []
  const isForServers =
    purposes.length === 0 || purposes.includes(SERVER_AUTH) || purposes.includes(ANY_PURPOSE)
  return [
    ...(names.length === 0
      ? ['names no host at all (no subjectAltName)']
      : isFor
        ? []
        : [`is not for ${host}, but for ${names.join(', ')}`]),
    ...(isForServers ? [] : ['is not meant for servers (no serverAuth among its purposes)']),
    ...(certificate.checkIssued(certificate) ? ['is signed by itself'] : []),
  ]
}

function authorityDefects({ ca }: X509Certificate): string[] {
  return ca ? [] : ['is not a CA, and may not sign others']
}

function issuerDefects(certificate: X509Certificate, issuer: X509Certificate | undefined): string[] {
  if (certificate.checkIssued(certificate)) return []
  if (issuer === undefined)
    return ['its issuer is not among what the server sends, nor among the trust anchors']
  return certificate.verify(issuer.publicKey) ? [] : ['its signature does not fit the key of its issuer']
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  return subjectAltName === undefined
    ? []
    : subjectAltName.split(', ').map(name => name.replace(/^[^:]*:/, ''))
}

function keyOf({ publicKey }: X509Certificate): { type: string; details: string } {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {}
  const type = publicKey.asymmetricKeyType ?? 'unknown'
  return {
    type: type.toUpperCase(),
    details: modulusLength === undefined ? (namedCurve ? ` ${namedCurve}` : '') : ` ${modulusLength} bits`,
  }
}

/** Node tells the algorithm since version 22 only. */
function signatureOf(certificate: X509Certificate): string {
  const algorithm: unknown = Reflect.get(certificate, 'signatureAlgorithm')
  return typeof algorithm === 'string' ? algorithm : 'not told by this version of Node'
}

function days(milliseconds: number): string {
  const count = Math.floor(milliseconds / DAY)
  return count === 1 ? '1 day' : count === 0 ? 'less than a day' : `${count} days`
}

function oneLine(name: string): string {
  return name.split('\n').join(', ')
}
