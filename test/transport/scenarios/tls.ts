/** TLS that cannot be agreed on. */

import { issue } from '../../support/certificates.ts'
import { httpReply, rawPeer, replyPeer, switchingProtocols } from '../../support/peers.ts'
import { type Scenario, type Setup, url } from './scenario.ts'

/** A fatal alert in answer to the ClientHello (RFC 8446, section 6). */
const alerting = (alert: number, name: string): Scenario => ({
  title: `alert ${alert}`,
  set: async use => {
    const bytes = Buffer.from([0x15, 3, 3, 0, 2, 2, alert])
    const peer = await use(rawPeer(socket => socket.once('data', () => socket.end(bytes))))
    return {
      endpoint: url(peer.port, 'wss'),
      expected: { name, retryable: false, phase: 'tls', category: 'tls', alert, remedy: 'configure' },
    }
  },
})

const dialled = (
  title: string,
  scheme: 'ws' | 'wss',
  peer: () => ReturnType<typeof rawPeer>,
  expected: Setup['expected'],
  says: readonly string[] = [],
): Scenario => ({
  title,
  set: async use => ({ endpoint: url((await use(peer())).port, scheme), expected, says }),
})

export const tlsScenarios: readonly Scenario[] = [
  ...[10, 40, 47, 50, 71, 80, 109, 112, 120].map(alert => alerting(alert, 'TlsNegotiationError')),
  ...[70, 86].map(alert => alerting(alert, 'TlsVersionError')),
  ...[42, 43, 44, 45, 46, 48, 49].map(alert => alerting(alert, 'ClientCertificateRejectedError')),
  alerting(116, 'ClientCertificateRequiredError'),
  {
    title: 'no TLS version in common',
    set: async use => {
      const { cert, key } = await issue()
      const peer = await use(
        replyPeer(request => switchingProtocols(request), { cert, key, minVersion: 'TLSv1.3' }),
      )
      return {
        endpoint: { url: url(peer.port, 'wss'), tls: { ca: cert, maxVersion: 'TLSv1.2' } },
        expected: { name: 'TlsVersionError', retryable: false, alert: 70 },
      }
    },
  },
  {
    title: 'no cipher in common',
    set: async use => {
      const { cert, key } = await issue()
      const options = { cert, key, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' } as const
      const peer = await use(replyPeer(request => switchingProtocols(request), options))
      return {
        endpoint: {
          url: url(peer.port, 'wss'),
          tls: { ca: cert, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' },
        },
        expected: { name: 'TlsNegotiationError', retryable: false, alert: 40 },
      }
    },
  },
  dialled(
    'wss:// on a port that speaks plain HTTP',
    'wss',
    () => rawPeer(socket => socket.once('data', () => socket.end(httpReply('400 Bad Request')))),
    {
      name: 'NotTlsError',
      retryable: false,
      remedy: 'configure',
    },
    ['ws://127.0.0.1'],
  ),
  dialled(
    'wss:// on a port whose server speaks first',
    'wss',
    () => rawPeer(socket => socket.write('SSH-2.0-OpenSSH_9.2\r\n')),
    {
      name: 'NotTlsError',
      retryable: false,
    },
  ),
  dialled(
    'the connection is closed at the ClientHello',
    'wss',
    () => rawPeer(socket => socket.once('data', () => socket.end())),
    {
      name: 'TlsHandshakeAbortedError',
      retryable: true,
      phase: 'tls',
    },
  ),
  dialled(
    'the connection is reset at the ClientHello',
    'wss',
    () => rawPeer(socket => socket.once('data', () => socket.resetAndDestroy())),
    {
      name: 'TlsHandshakeAbortedError',
      retryable: true,
    },
  ),
  dialled('TLS never ends', 'wss', () => rawPeer(socket => socket.resume()), {
    name: 'TlsHandshakeTimeoutError',
    retryable: true,
    phase: 'tls',
  }),
  {
    title: 'TLS opens, and the connection is closed without a reply',
    set: async use => {
      const { cert, key } = await issue()
      const peer = await use(rawPeer(socket => socket.once('data', () => socket.destroy()), { cert, key }))
      return {
        endpoint: { url: url(peer.port, 'wss'), tls: { ca: cert } },
        expected: { name: 'ConnectionResetError', retryable: true, phase: 'http' },
        says: ['client certificate'],
      }
    },
  },
]
