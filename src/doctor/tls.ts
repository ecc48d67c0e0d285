/** What TLS agrees on and which certificates are shown: by a handshake that verifies nothing and sends no request. Node only. */

import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import type { TlsOptions } from '../options.ts'
import { toNodeOptions } from '../transport/tls-options.ts'
import { type Chain, readChain } from './certificates.ts'
import { type CertificateLink, type Step, timed } from './diagnosis.ts'

export interface TlsTarget {
  readonly host: string
  readonly port: number
  readonly options: TlsOptions
  /** Milliseconds. */
  readonly timeout: number
}

interface Seen {
  readonly version: string
  readonly cipher: string
  readonly authorized: boolean
  readonly verdict: string
  readonly certificate: DetailedPeerCertificate
}

const HOW_TO_ANCHOR = 'trust it with tls.ca, NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or node --use-system-ca'

export async function tryTls(
  target: TlsTarget,
): Promise<{ readonly step: Step; readonly links: readonly CertificateLink[] }> {
  let links: readonly CertificateLink[] = []
  const step = await timed('tls', async () => {
    const seen = await shakeHands(target)
    if (typeof seen === 'string') return { outcome: 'failed', summary: seen, details: [] }
    const anchors =
      target.options.ca === undefined ? undefined : [target.options.ca].flat().flatMap(certificatesIn)
    const chain = readChain(seen.certificate, target.options.servername ?? target.host, anchors)
    links = chain.links
    const isGood = seen.authorized && links.every(({ defects }) => defects.length === 0)
    return {
      outcome: isGood ? 'ok' : 'failed',
      summary: `${seen.version}, ${seen.cipher}${isGood ? '' : `; the certificate is not good (${seen.verdict || 'see below'})`}`,
      details: detailsOf(chain),
    }
  })
  return { step, links }
}

function detailsOf({ links, missingAnchor }: Chain): readonly string[] {
  const lines = links.flatMap((link, i) => [
    `${i}  ${link.subject}`,
    `   issued by ${link.issuer}`,
    `   valid ${link.validFrom.slice(0, 10)} to ${link.validTo.slice(0, 10)}, key ${link.key}, signed with ${link.signature}`,
    ...(link.names.length > 0 ? [`   for ${link.names.join(', ')}`] : []),
    ...link.defects.map(defect => `   ✗ ${defect}`),
  ])
  return missingAnchor === undefined
    ? lines
    : [...lines, `✗ no trust anchor here: ${missingAnchor}; ${HOW_TO_ANCHOR}`]
}

/** What was seen, or in words why there is nothing to see. */
function shakeHands({ host, port, options, timeout }: TlsTarget): Promise<Seen | string> {
  return new Promise(resolve => {
    const done = (seen: Seen | string) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(seen)
    }
    // Nothing is sent but the handshake itself: what is not verified here is only looked at.
    const socket = connect({
      ...toNodeOptions(options),
      host,
      port,
      servername: options.servername ?? (isIP(host) === 0 ? host : ''),
      rejectUnauthorized: false,
    })
    const timer = setTimeout(() => done(`the handshake never ends (${timeout} ms)`), timeout)
    socket.once('error', error => done(error.message.replace(/^[\dA-F]+:error:[\dA-F]+:/, '').trim()))
    socket.once('close', () => done('the connection was closed during the handshake'))
    socket.once('secureConnect', () => {
      const verdict: unknown = socket.authorizationError
      done({
        version: socket.getProtocol() ?? 'unknown version',
        cipher: socket.getCipher().name,
        authorized: socket.authorized,
        verdict: verdict instanceof Error ? verdict.message : String(verdict ?? ''),
        certificate: socket.getPeerCertificate(true),
      })
    })
  })
}

function certificatesIn(pem: string | Uint8Array): string[] {
  const text = typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1')
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}
