/** What TLS agrees on and which certificates are shown: by a handshake that verifies nothing and sends no request. Node only. */

import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import tls, { type DetailedPeerCertificate } from 'node:tls'
import { toNodeOptions } from '../transport/tls-options.ts'
import { type Chain, readChain } from './certificates.ts'
import { type CertificateLink, type Step, timed } from './diagnosis.ts'
import type { Target } from './target.ts'

interface Seen {
  readonly version: string
  readonly cipher: string
  readonly authorized: boolean
  readonly verdict: string
  readonly certificate: DetailedPeerCertificate
}

const HOW_TO_ANCHOR = 'trust it with tls.ca, NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or node --use-system-ca'

export async function tryTls(
  target: Target,
): Promise<{ readonly step: Step; readonly links: readonly CertificateLink[] }> {
  let links: readonly CertificateLink[] = []
  const step = await timed('tls', async () => {
    const seen = await shakeHands(target)
    if (typeof seen === 'string') return { outcome: 'failed', summary: seen, details: [] }
    const { ca, servername = target.host } = target.options.tls ?? {}
    const anchors = ca === undefined ? defaultAnchors() : [ca].flat().flatMap(certificatesIn)
    const chain = readChain(seen.certificate, servername, anchors)
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
function shakeHands({ host, port, options, timeout }: Target): Promise<Seen | string> {
  const { tls: given = {} } = options
  return new Promise(resolve => {
    const done = (seen: Seen | string) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(seen)
    }
    // Nothing is sent but the handshake itself: what is not verified here is only looked at.
    const socket = tls.connect({
      ...toNodeOptions(given),
      host,
      port,
      servername: given.servername ?? (isIP(host) === 0 ? host : ''),
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

/** What Node trusts in this process. Before version 22.15 it does not tell what NODE_EXTRA_CA_CERTS has added. */
function defaultAnchors(): readonly string[] {
  const list: unknown = Reflect.get(tls, 'getCACertificates')
  if (typeof list === 'function') return list('default') as readonly string[]
  const extra = process.env['NODE_EXTRA_CA_CERTS']
  return extra === undefined || !existsSync(extra)
    ? tls.rootCertificates
    : [...tls.rootCertificates, ...certificatesIn(readFileSync(extra))]
}

function certificatesIn(pem: string | Uint8Array): string[] {
  const text = typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1')
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}
