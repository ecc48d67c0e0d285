/** Complains about TLS options that Node would swallow in silence, or only stumble over during a dial. Node only. */

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { expecting, type Shape } from '../describe.ts'
import type { Issue } from '../errors.ts'
import type { TlsOptions } from '../options.ts'
import { sentence } from '../refuse.ts'
import { TlsConfigurationError } from './errors/handshake-error.ts'

type Pem = string | Uint8Array

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

const isPem = (value: unknown) => (typeof value === 'string' && value !== '') || value instanceof Uint8Array
const isPemList = (value: unknown) =>
  isPem(value) || (Array.isArray(value) && value.length > 0 && value.every(isPem))
const isPin = (value: unknown) => typeof value === 'string' && /^[\w+/]{43}=$/.test(value)
const hide = () => 'something else'

const VERSION = expecting(`one of ${VERSIONS.join(', ')}`, value => VERSIONS.includes(String(value)))

/** `rejectUnauthorized` is not among them on purpose: verification cannot be switched off. */
export const TLS: Shape = {
  ca: expecting('PEM, or a non-empty array of it', isPemList, hide),
  cert: expecting('PEM', isPem, hide),
  key: expecting('PEM', isPem, hide),
  passphrase: expecting('a text', value => typeof value === 'string', hide),
  pfx: expecting('PKCS#12', isPem, hide),
  crl: expecting('PEM, or a non-empty array of it', isPemList, hide),
  servername: expecting(
    'a host name, not an address',
    v => typeof v === 'string' && v !== '' && isIP(v) === 0,
  ),
  minVersion: VERSION,
  maxVersion: VERSION,
  ciphers: expecting('an OpenSSL cipher list', value => typeof value === 'string' && value !== ''),
  pins: expecting(
    'base64 SHA-256 of public keys, at least one',
    v => Array.isArray(v) && v.length > 0 && v.every(isPin),
    hide,
  ),
}

export function tlsConfigurationError(issues: readonly Issue[], cause?: unknown): TlsConfigurationError {
  const hint =
    'Check the named part of the tls option: all texts are PEM, and what is secret is never repeated here.'
  return new TlsConfigurationError(sentence(issues), { issues, hint, cause })
}

/** @throws TlsConfigurationError that lists everything that is wrong; nothing is dialled with what cannot work */
export function checkTls(tls: TlsOptions, path: string): void {
  const faults = [
    faultInAnchors(tls),
    faultInPair(tls),
    faultInKey(tls),
    faultInVersions(tls),
    faultInCrl(tls),
  ]
  const issues = faults.flatMap(fault =>
    fault === undefined ? [] : [{ path: `${path}.${fault[0]}`, message: fault[1] }],
  )
  // What is left is for OpenSSL to judge: the fit of key and certificate, the cipher list, PKCS#12.
  const fault = issues.length > 0 ? undefined : faultInContext(tls)
  if (fault !== undefined) issues.push({ path: `${path}.${fault[0]}`, message: fault[1] })
  if (issues.length > 0) throw tlsConfigurationError(issues)
}

/** The options as Node wants them: of two lists in one text it would read the first only. */
export function toNodeOptions({ pins: _, crl, ...options }: TlsOptions): object {
  return crl === undefined ? options : { ...options, crl: [crl].flat().flatMap(blocksOf('X509 CRL')) }
}

type Fault = readonly [option: keyof TlsOptions, message: string] | undefined

/** A garbage or empty `ca` would empty the trust store without a word. */
function faultInAnchors({ ca }: TlsOptions): Fault {
  for (const pem of ca === undefined ? [] : [ca].flat()) {
    const blocks = blocksOf('CERTIFICATE')(pem)
    if (blocks.length === 0) return ['ca', 'holds no certificate (expected PEM: -----BEGIN CERTIFICATE-----)']
    if (!blocks.every(isCertificate)) return ['ca', 'holds a certificate that does not parse']
  }
  return undefined
}

/** A certificate without its key would be left at home without a word. */
function faultInPair({ cert, key }: TlsOptions): Fault {
  if (cert !== undefined && key === undefined)
    return ['key', 'is missing: a client certificate cannot be used without it']
  if (key !== undefined && cert === undefined)
    return ['cert', 'is missing: a key says nothing without its certificate']
  if (cert !== undefined && !blocksOf('CERTIFICATE')(cert).every(isCertificate))
    return ['cert', 'does not parse']
  return cert !== undefined && blocksOf('CERTIFICATE')(cert).length === 0
    ? ['cert', 'holds no certificate']
    : undefined
}

function faultInKey({ cert, key, passphrase }: TlsOptions): Fault {
  if (key === undefined) return undefined
  const isEncrypted = /ENCRYPTED/.test(textOf(key))
  if (isEncrypted && passphrase === undefined) return ['passphrase', 'is missing: the key is encrypted']
  try {
    const privateKey = createPrivateKey({ key: textOf(key), ...(passphrase !== undefined && { passphrase }) })
    const [leaf] = cert === undefined ? [] : blocksOf('CERTIFICATE')(cert)
    const fits =
      leaf === undefined || !isCertificate(leaf) || new X509Certificate(leaf).checkPrivateKey(privateKey)
    return fits ? undefined : ['key', 'does not belong to the certificate in cert']
  } catch {
    return isEncrypted ? ['passphrase', 'does not open the key'] : ['key', 'holds no private key']
  }
}

function faultInVersions({ minVersion = 'TLSv1', maxVersion = 'TLSv1.3' }: TlsOptions): Fault {
  const isOrdered = VERSIONS.indexOf(minVersion) <= VERSIONS.indexOf(maxVersion)
  return isOrdered ? undefined : ['minVersion', `${minVersion} is above maxVersion ${maxVersion}`]
}

function faultInCrl({ crl }: TlsOptions): Fault {
  const lists = crl === undefined ? [] : [crl].flat()
  return lists.every(list => blocksOf('X509 CRL')(list).length > 0)
    ? undefined
    : ['crl', 'holds no revocation list (expected PEM: -----BEGIN X509 CRL-----)']
}

function faultInContext(tls: TlsOptions): Fault {
  try {
    createSecureContext(toNodeOptions(tls))
    return undefined
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    const option = /cipher/i.test(words)
      ? 'ciphers'
      : tls.pfx !== undefined
        ? 'pfx'
        : /crl/i.test(words)
          ? 'crl'
          : 'cert'
    return [option, `cannot be used: ${words.replace(/^error:[\dA-F]*:/i, '')}`]
  }
}

function blocksOf(label: string): (pem: Pem) => string[] {
  const pattern = new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`, 'g')
  return pem => textOf(pem).match(pattern) ?? []
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem) !== undefined
  } catch {
    return false
  }
}

function textOf(pem: Pem): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1')
}
