/** What can be wrong with a server's certificate. The three families carry the three remedies: verify, anchor, configure. */

import { Agent } from 'node:https'
import type { TlsOptions } from '../../../src/options.ts'
import {
  type CertificateOptions,
  crlOf,
  daysFromNow,
  type Issued,
  issue,
  pinOf,
  x509,
} from '../../support/certificates.ts'
import { replyPeer, switchingProtocols } from '../../support/peers.ts'
import { type Scenario, type Setup, url } from './scenario.ts'

interface Shown {
  /** The certificate of the server, and what it sends with it. */
  readonly leaf: Issued
  readonly chain?: readonly Issued[]
  readonly tls?: TlsOptions
  readonly agent?: object
}

const rsa = (modulusLength: number) => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength,
})

/** A server that shows this; everything else about it is fine. */
const showing = (
  title: string,
  make: () => Promise<Shown>,
  expected: Setup['expected'],
  says: readonly string[] = [],
): Scenario => ({
  title,
  set: async use => {
    const { leaf, chain = [], tls, agent } = await make()
    const cert = [leaf, ...chain].map(each => each.cert).join('')
    const peer = await use(
      replyPeer(request => switchingProtocols(request), {
        cert,
        key: leaf.key,
        ciphers: 'DEFAULT@SECLEVEL=0',
      }),
    )
    return {
      endpoint: { url: url(peer.port, 'wss'), ...(tls && { tls }), ...(agent && { agent }) },
      expected: { phase: 'tls', category: 'tls', ...expected },
      says,
    }
  },
})

const root = (options: CertificateOptions = {}) => issue({ isCa: true, ...options })

/** A leaf under a root that is a trust anchor. */
const trusted =
  (options: CertificateOptions, tls: TlsOptions = {}) =>
  async (): Promise<Shown> => {
    const ca = await root()
    return { leaf: await issue({ issuer: ca, ...options }), tls: { ca: ca.cert, ...tls } }
  }

const verify = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  retryable: false,
  remedy: 'verify',
  ...more,
})
const anchor = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  retryable: false,
  remedy: 'anchor',
  ...more,
})

export const certificateScenarios: readonly Scenario[] = [
  showing(
    'it has expired',
    trusted({ notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) }),
    verify('CertificateExpiredError'),
    [daysFromNow(-2).toISOString().slice(0, 10)],
  ),
  showing(
    'its root has expired',
    async () => {
      const ca = await root({ notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) })
      return { leaf: await issue({ issuer: ca }), chain: [ca], tls: { ca: ca.cert } }
    },
    verify('CertificateExpiredError'),
  ),
  showing(
    'it is not valid yet',
    trusted({ notBefore: daysFromNow(3), notAfter: daysFromNow(9) }),
    verify('CertificateNotYetValidError'),
    [daysFromNow(3).toISOString().slice(0, 10)],
  ),
  showing(
    'it is for other hosts',
    trusted({ names: ['node.example', '10.0.0.1'] }),
    verify('CertificateHostnameMismatchError', { names: ['node.example', '10.0.0.1'] }),
    ['node.example', '127.0.0.1'],
  ),
  showing(
    'it is for a wildcard that does not fit',
    trusted({ names: ['*.example.org'] }),
    verify('CertificateHostnameMismatchError'),
  ),
  showing(
    'it has a common name only',
    trusted({ commonName: '127.0.0.1', names: [] }),
    verify('CertificateHostnameMismatchError', { names: [] }),
    ['subjectAltName'],
  ),
  showing(
    'tls.servername names another host',
    trusted({ names: ['127.0.0.1', 'a.example'] }, { servername: 'b.example' }),
    verify('CertificateHostnameMismatchError'),
  ),
  showing(
    'it was revoked',
    async () => {
      const ca = await root({ commonName: 'CA with a list' })
      const leaf = await issue({ issuer: ca })
      return { leaf, tls: { ca: ca.cert, crl: await crlOf(ca, [leaf]) } }
    },
    verify('CertificateRevokedError'),
  ),
  showing(
    'it is for clients',
    trusted({ extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])] }),
    verify('CertificatePurposeError'),
  ),
  showing('its key is too weak', trusted({ algorithm: rsa(768) }), verify('CertificateWeakError')),
  showing(
    'its issuer is no CA',
    async () => {
      const ca = await root()
      const middle = await issue({ issuer: ca, commonName: 'not a CA', names: [] })
      return { leaf: await issue({ issuer: middle }), chain: [middle], tls: { ca: ca.cert } }
    },
    verify('CertificateConstraintError'),
  ),
  showing(
    'its path is too long',
    async () => {
      const ca = await root({ pathLength: 0 })
      const middle = await root({ issuer: ca, commonName: 'one too many' })
      return { leaf: await issue({ issuer: middle }), chain: [middle], tls: { ca: ca.cert } }
    },
    verify('CertificateConstraintError'),
  ),
  showing(
    'it has a critical extension that nobody knows',
    trusted({ extensions: [new x509.Extension('1.2.3.4.5', true, new Uint8Array([5, 0]))] }),
    verify('CertificateConstraintError'),
  ),
  showing(
    'its signature does not verify',
    async () => {
      const ca = await root({ commonName: 'Twin' })
      const twin = await root({ commonName: 'Twin' })
      return { leaf: await issue({ issuer: twin }), tls: { ca: ca.cert } }
    },
    verify('CertificateSignatureError'),
  ),
  showing(
    'its key is not pinned',
    async () => {
      const ca = await root()
      const other = await issue()
      return { leaf: await issue({ issuer: ca }), tls: { ca: ca.cert, pins: [await pinOf(other)] } }
    },
    verify('CertificatePinMismatchError'),
  ),
  showing(
    'it is self-signed',
    async () => ({ leaf: await issue() }),
    anchor('SelfSignedCertificateError', { certificate: { subject: 'CN=localhost' } }),
    ['tls.ca', 'NODE_EXTRA_CA_CERTS'],
  ),
  showing(
    'it is self-signed, and an agent was told not to verify',
    async () => ({
      leaf: await issue(),
      agent: new Agent({ rejectUnauthorized: false }),
    }),
    anchor('SelfSignedCertificateError'),
  ),
  showing(
    'its root comes along, but is not trusted',
    async () => {
      const ca = await root({ commonName: 'Somebody' })
      return { leaf: await issue({ issuer: ca }), chain: [ca] }
    },
    anchor('UntrustedRootError'),
    ['Somebody'],
  ),
  showing(
    'its intermediate comes along, its root is unknown',
    async () => {
      const ca = await root({ commonName: 'Unknown root' })
      const middle = await root({ issuer: ca, commonName: 'Middle' })
      return { leaf: await issue({ issuer: middle }), chain: [middle] }
    },
    anchor('UntrustedRootError'),
  ),
  showing(
    'another root than its own is trusted',
    async () => {
      const ca = await root({ commonName: 'Its own' })
      return {
        leaf: await issue({ issuer: ca }),
        chain: [ca],
        tls: { ca: (await root({ commonName: 'Another' })).cert },
      }
    },
    anchor('UntrustedRootError'),
  ),
  ...[
    [
      'names',
      async () => ({ leaf: await issue({ names: ['other.example'] }) }),
      'CertificateHostnameMismatchError',
    ],
    [
      'names and keys',
      async () => ({ leaf: await issue(), tls: { pins: [await pinOf(await issue())] } }),
      'CertificatePinMismatchError',
    ],
  ].map(([what, make, name]) =>
    showing(
      `an agent was told not to look at ${what}`,
      async () => {
        const { leaf, tls } = await (make as () => Promise<Shown>)()
        const agent = new Agent({ checkServerIdentity: () => undefined })
        return { leaf, agent, tls: { ca: leaf.cert, ...tls } }
      },
      { name: String(name), retryable: false, remedy: 'verify' },
    ),
  ),
  showing(
    'the host is only its common name, beside an address',
    async () => {
      const leaf = await issue({ commonName: 'localhost', names: ['127.0.0.1'] })
      return { leaf, tls: { ca: leaf.cert, servername: 'localhost' } }
    },
    { name: 'CertificateHostnameMismatchError', retryable: false, remedy: 'verify' },
  ),
  showing(
    'its issuer is not at hand',
    async () => {
      const ca = await root({ commonName: 'Unknown root' })
      return { leaf: await issue({ issuer: ca }) }
    },
    anchor('IncompleteCertificateChainError'),
    ['intermediate'],
  ),
  showing(
    'its intermediate is missing, its root is trusted',
    async () => {
      const ca = await root()
      const middle = await root({ issuer: ca, commonName: 'Left at home' })
      return { leaf: await issue({ issuer: middle }), tls: { ca: ca.cert } }
    },
    anchor('IncompleteCertificateChainError'),
    ['Left at home'],
  ),
  showing(
    'no revocation list for its issuer',
    async () => {
      const ca = await root({ commonName: 'CA without a list' })
      const other = await root({ commonName: 'Another CA' })
      return { leaf: await issue({ issuer: ca }), tls: { ca: ca.cert, crl: await crlOf(other, []) } }
    },
    { name: 'RevocationListError', retryable: false, remedy: 'configure', reason: 'UNABLE_TO_GET_CRL' },
  ),
  showing(
    'a stale revocation list',
    async () => {
      const ca = await root({ commonName: 'CA with a stale list' })
      return {
        leaf: await issue({ issuer: ca }),
        tls: { ca: ca.cert, crl: await crlOf(ca, [], daysFromNow(-2)) },
      }
    },
    { name: 'RevocationListError', retryable: false, remedy: 'configure', reason: 'CRL_HAS_EXPIRED' },
  ),
]
