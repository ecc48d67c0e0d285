/** Certificates made for one test run: no key is ever stored. */

import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

/** Its own polyfill must be loaded first: whoever needs it takes it from here. */
export { x509 }

x509.cryptoProvider.set(webcrypto as Crypto)

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 86_400_000

export interface Issued {
  readonly certificate: x509.X509Certificate
  readonly keys: CryptoKeyPair
  /** PEM. */
  readonly cert: string
  /** PEM. */
  readonly key: string
}

export interface CertificateOptions {
  readonly commonName?: string
  /** Subject alternative names; none at all for an empty list. */
  readonly names?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly issuer?: Issued
  readonly isCa?: boolean
  /** How many CAs may stand below this one. */
  readonly pathLength?: number
  readonly extensions?: readonly x509.Extension[]
  readonly algorithm?: (EcKeyGenParams | RsaHashedKeyGenParams) & { hash: string }
}

let serial = 1

/** A certificate for 127.0.0.1 and localhost, valid today, signed by `issuer` or by itself. */
export async function issue(options: CertificateOptions = {}): Promise<Issued> {
  const { isCa = false, issuer, extensions = [] } = options
  const { commonName = isCa ? 'A Test CA' : 'localhost', names = isCa ? [] : ['127.0.0.1', 'localhost'] } =
    options
  const algorithm = options.algorithm ?? ALGORITHM
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const subject = `CN=${commonName}`
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: (serial++).toString(16).padStart(4, '0'),
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    notBefore: options.notBefore ?? new Date(Date.now() - DAY),
    notAfter: options.notAfter ?? new Date(Date.now() + DAY),
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(isCa, options.pathLength, true),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names.map(toGeneralName))]),
      ...extensions,
    ],
  })
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
  return { certificate, keys, cert: `${certificate.toString('pem')}\n`, key }
}

/** A revocation list in PEM. */
export async function crlOf(
  issuer: Issued,
  revoked: readonly Issued[],
  nextUpdate = daysFromNow(1),
): Promise<string> {
  const crl = await x509.X509CrlGenerator.create({
    issuer: issuer.certificate.subject,
    thisUpdate: daysFromNow(-5),
    nextUpdate,
    entries: revoked.map(({ certificate }) => ({
      serialNumber: certificate.serialNumber,
      revocationDate: daysFromNow(-1),
    })),
    signingAlgorithm: ALGORITHM,
    signingKey: issuer.keys.privateKey,
  })
  // OpenSSL knows the label of RFC 7468 only.
  return `${crl.toString('pem').replaceAll(/(BEGIN|END) CRL/g, '$1 X509 CRL')}\n`
}

/** The base64 SHA-256 of the public key, as `tls.pins` wants it. */
export async function pinOf({ certificate }: Issued): Promise<string> {
  const digest = await webcrypto.subtle.digest('SHA-256', certificate.publicKey.rawData)
  return Buffer.from(digest).toString('base64')
}

export const daysFromNow = (days: number) => new Date(Date.now() + days * DAY)

function toGeneralName(name: string): x509.JsonGeneralName {
  return /^[\d.]+$|:/.test(name) ? { type: 'ip', value: name } : { type: 'dns', value: name }
}
