/** What Node does not check of a server's certificate, and what it does not tell. Node only. */

import { createHash, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import {
  checkServerIdentity,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls'
import { PIN_MISMATCH } from './causes/certificate.ts'
import type { Scene } from './scene.ts'
import type { Negotiated } from './socket.ts'

/** Reads the certificate while it can still be read; after a failed verification the socket is gone. */
export function noteCertificate(socket: TLSSocket, scene: Scene): void {
  const certificate = socket.getPeerCertificate(true)
  if (certificate?.fingerprint256 === undefined) return
  const hasImpostor = issuersOf(certificate).some(({ raw }) => !new X509Certificate(raw).ca)
  scene.certificate = { ...summarise(certificate), names: namesOn(certificate), hasImpostor }
}

/** The server's name and key, on top of Node's own verification of the chain. */
export function checkIdentity(pins: readonly string[] | undefined) {
  return (host: string, certificate: PeerCertificate): Error | undefined => {
    // A common name alone is accepted by Node; RFC 9525, section 2 says that it does not count.
    // Node falls back to it even where there are other names, if only none of them is a DNS name.
    const names = certificate.subjectaltname ?? ''
    if (!/(^|, )(DNS|IP Address):/.test(names) || (isIP(host) === 0 && !/(^|, )DNS:/.test(names)))
      return coded('ERR_TLS_CERT_ALTNAME_INVALID', 'no subjectAltName')
    const mismatch = checkServerIdentity(host, certificate)
    if (mismatch !== undefined || pins === undefined) return mismatch
    const spki = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' })
    const pin = createHash('sha256').update(spki).digest('base64')
    return pins.includes(pin) ? undefined : coded(PIN_MISMATCH, `the key ${pin} is none of tls.pins`)
  }
}

/** The reason why this TLS line may not be used, if there is one. */
export function unauthorized(socket: TLSSocket): Error | undefined {
  if (socket.authorized) return undefined
  const reason: unknown = socket.authorizationError
  if (reason instanceof Error) return reason
  return coded(
    String(reason ?? 'UNSPECIFIED'),
    `the server's certificate was not verified: ${String(reason)}`,
  )
}

export function negotiatedTls(socket: TLSSocket, clientCertificate: boolean): NonNullable<Negotiated['tls']> {
  const { subject, issuer, validTo, fingerprint256 } = summarise(socket.getPeerCertificate())
  return {
    version: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().name,
    clientCertificate,
    server: { subject, issuer, validTo, fingerprint256 },
  }
}

function issuersOf({
  issuerCertificate: issuer,
  fingerprint256,
}: DetailedPeerCertificate): DetailedPeerCertificate[] {
  // A root is its own issuer.
  return issuer?.raw === undefined || issuer.fingerprint256 === fingerprint256
    ? []
    : [issuer, ...issuersOf(issuer)]
}

function summarise(certificate: PeerCertificate | DetailedPeerCertificate) {
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    validFrom: isoDate(certificate.valid_from),
    validTo: isoDate(certificate.valid_to),
    fingerprint256: certificate.fingerprint256,
  }
}

function namesOn(certificate: PeerCertificate): readonly string[] {
  const list = certificate.subjectaltname ?? ''
  return list === '' ? [] : list.split(', ').map(entry => entry.replace(/^[^:]*:/, ''))
}

function distinguishedName(name: object | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(', ')
}

function isoDate(text: string): string {
  const at = Date.parse(text)
  return Number.isNaN(at) ? text : new Date(at).toISOString()
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
