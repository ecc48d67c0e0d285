/** The doctor, in front of real servers. */

import { X509Certificate } from 'node:crypto'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { readChain } from '../../src/doctor/certificates.ts'
import { type Diagnosis, diagnose, type StepName, toText } from '../../src/doctor/index.ts'
import { ConfigurationError } from '../../src/index.ts'
import { daysFromNow, type Issued, issue } from '../support/certificates.ts'
import { httpReply, nodePeer, rawPeer, replyPeer, switchingProtocols } from '../support/peers.ts'
import { closeAfterEach } from '../support/use.ts'

const KEY = 'sEcReT-pRoJeCt-KeY'

const use = closeAfterEach()

async function useAnvil(): Promise<Anvil> {
  const anvil = await startAnvil()
  await use({ close: () => anvil.stop() })
  return anvil
}
const tlsPeer = (certificate: Issued, chain: readonly Issued[] = []) =>
  use(
    replyPeer(request => switchingProtocols(request), {
      cert: [certificate, ...chain].map(({ cert }) => cert).join(''),
      key: certificate.key,
    }),
  )
const stepOf = ({ steps }: Diagnosis, name: StepName) => steps.find(step => step.name === name)
const outcomes = ({ steps }: Diagnosis) => steps.map(({ name, outcome }) => `${name} ${outcome}`)

describe('a healthy node', () => {
  test('is well: every step is seen, and what the node allows is measured', async () => {
    const anvil = await useAnvil()

    const diagnosis = await diagnose(anvil.wsUrl, { chainId: 31337 })

    expect(diagnosis).toMatchObject({ healthy: true, endpoint: anvil.wsUrl })
    expect(outcomes(diagnosis)).toEqual([
      'name ok',
      'tcp ok',
      'tls skipped',
      'upgrade ok',
      'rpc ok',
      'logs ok',
      'liveness ok',
    ])
    expect(stepOf(diagnosis, 'rpc')).toMatchObject({
      summary: expect.stringMatching(/^chain 31337, head 0, made \d+ s ago$/),
      details: [expect.stringContaining('anvil/'), 'newHeads can be subscribed to'],
    })
    expect(stepOf(diagnosis, 'logs')?.details).toEqual(['by block hash: yes'])
  })

  test('of another chain is not what was asked for', async () => {
    const anvil = await useAnvil()

    const { healthy, finding } = await diagnose(anvil.wsUrl, { chainId: 1 })

    expect(healthy).toBe(false)
    expect(finding).toMatchObject({ name: 'WrongChainError', code: 'WRONG_CHAIN', retryable: false })
  })

  test('that has no head is named as the fault, although its line opens', async () => {
    const peer = await use(nodePeer(({ method }) => (method === 'eth_getBlockByNumber' ? 'odd' : undefined)))

    const diagnosis = await diagnose(`ws://127.0.0.1:${peer.port}`, { timeout: 300 })

    expect(diagnosis.finding).toMatchObject({ name: 'NodeUnhealthy', retryable: true })
    expect(stepOf(diagnosis, 'rpc')).toMatchObject({ outcome: 'failed', summary: 'chain 1, but no head' })
  })
})

describe('a certificate', () => {
  test('that is expired, for another host and of an unknown root shows all three defects at once', async () => {
    const root = await issue({ isCa: true, commonName: 'Corporate Root' })
    const leaf = await issue({
      issuer: root,
      names: ['other.example'],
      notBefore: daysFromNow(-30),
      notAfter: daysFromNow(-3),
    })
    const peer = await tlsPeer(leaf)

    const diagnosis = await diagnose(`wss://127.0.0.1:${peer.port}/${KEY}`)

    expect(diagnosis.finding).toMatchObject({ name: 'CertificateExpiredError', remedy: 'verify' })
    expect(diagnosis.certificates).toHaveLength(1)
    expect(diagnosis.certificates?.[0]).toMatchObject({
      subject: 'CN=localhost',
      issuer: 'CN=Corporate Root',
      names: ['other.example'],
      key: 'EC prime256v1',
      defects: [
        'expired 3 days ago',
        'is not for 127.0.0.1, but for other.example',
        'its issuer is not among what the server sends, nor among the trust anchors',
      ],
    })
    const text = toText(diagnosis)
    expect(text).toContain(
      '✗ no trust anchor here: CN=Corporate Root; trust it with tls.ca, NODE_EXTRA_CA_CERTS',
    )
    expect(text).toContain('Remedy: verify the server certificate.')
    expect(`${text}${JSON.stringify(diagnosis)}`).not.toContain(KEY)
  })

  test('chain is shown whole, each link with its own defects', async () => {
    const root = await issue({ isCa: true, commonName: 'Root' })
    const middle = await issue({
      isCa: true,
      commonName: 'Middle',
      issuer: root,
      notAfter: daysFromNow(-0.5),
    })
    const leaf = await issue({ issuer: middle })
    const peer = await tlsPeer(leaf, [middle])

    const { certificates } = await diagnose(`wss://localhost:${peer.port}`, { tls: { ca: root.cert } })

    expect(certificates?.map(({ subject, defects }) => [subject, defects])).toEqual([
      ['CN=localhost', []],
      ['CN=Middle', ['expired less than a day ago']],
      ['CN=Root', []],
    ])
  })

  test('signed by itself, of a weak key or without names is said to be so', async () => {
    const weak = await issue({
      names: [],
      algorithm: {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: 'SHA-256',
      },
    })
    const peer = await tlsPeer(await issue())
    const { certificates } = await diagnose(`wss://127.0.0.1:${peer.port}`)
    expect(certificates?.[0]?.defects).toEqual(['is signed by itself'])

    // OpenSSL refuses to serve so weak a key.
    const { raw, fingerprint256 } = new X509Certificate(weak.cert)
    const { links, missingAnchor } = readChain({ raw, fingerprint256 }, 'localhost', [])
    expect(links[0]?.defects).toEqual([
      'its key of 1024 bits is too weak',
      'names no host at all (no subjectAltName)',
      'is signed by itself',
    ])
    expect(missingAnchor).toBe('CN=localhost')
  })

  test('that its own CA has signed is well with tls.ca', async () => {
    const root = await issue({ isCa: true })
    const leaf = await issue({ issuer: root })
    const peer = await tlsPeer(leaf)

    const diagnosis = await diagnose(`wss://localhost:${peer.port}`, { tls: { ca: root.cert }, timeout: 500 })

    expect(stepOf(diagnosis, 'tls')).toMatchObject({
      outcome: 'ok',
      summary: expect.stringMatching(/^TLSv1\.3, /),
    })
  })
})

describe('the neighbour', () => {
  test('explains ws:// on a port that speaks TLS', async () => {
    const peer = await tlsPeer(await issue())

    const diagnosis = await diagnose(`ws://127.0.0.1:${peer.port}/${KEY}`, { timeout: 1_000 })

    expect(diagnosis.finding).toMatchObject({
      name: 'TlsRequiredError',
      hint: `Use wss://127.0.0.1:${peer.port} instead of ws://.`,
    })
    expect(stepOf(diagnosis, 'neighbour')?.summary).toBe(
      `port ${peer.port} speaks TLS: use wss://127.0.0.1:${peer.port}`,
    )
  })

  test('explains wss:// on a port that speaks plain HTTP, also where that port stays silent', async () => {
    const quick = await use(nodePeer())
    const mute = await use(
      replyPeer(request => (request.startsWith('GET') ? httpReply('200 OK') : undefined)),
    )

    for (const { port } of [quick, mute]) {
      const { finding } = await diagnose(`wss://127.0.0.1:${port}/${KEY}`, { timeout: 500 })
      expect(finding).toMatchObject({ name: 'NotTlsError', remedy: 'configure', retryable: false })
    }
  })

  test('is not blamed where it has no explanation', async () => {
    const peer = await use(rawPeer(socket => socket.resume()))

    const diagnosis = await diagnose(`wss://127.0.0.1:${peer.port}`, { timeout: 300 })

    expect(diagnosis.finding?.name).toBe('TlsHandshakeTimeoutError')
    expect(stepOf(diagnosis, 'neighbour')).toMatchObject({ outcome: 'ok' })
  })
})

describe('a refusal', () => {
  test('is shown with status, headers and body, and without the key that the server repeats', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32600, message: `key ${KEY} is blocked` },
    })
    const peer = await use(
      replyPeer(httpReply('403 Forbidden', body, { 'Content-Type': 'application/json' })),
    )

    const diagnosis = await diagnose(`ws://127.0.0.1:${peer.port}/v3/${KEY}`)

    expect(diagnosis.finding).toMatchObject({ name: 'ForbiddenError', category: 'auth', remedy: 'configure' })
    expect(stepOf(diagnosis, 'upgrade')?.details).toEqual([
      'HTTP 403',
      expect.stringContaining('content-length'),
      'content-type: application/json',
      expect.stringContaining('key … is blocked'),
    ])
    expect(JSON.stringify(diagnosis)).not.toContain(KEY)
  })

  test('of every address is shown for each', async () => {
    const peer = await use(rawPeer(() => undefined))
    await peer.close()
    const lookup = (_: string, __: object, answer: (...all: unknown[]) => void) =>
      answer(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ])

    const diagnosis = await diagnose(`ws://node.example:${peer.port}`, { lookup })

    expect(stepOf(diagnosis, 'name')?.summary).toBe('node.example has 127.0.0.1, 127.0.0.2')
    expect(stepOf(diagnosis, 'tcp')).toMatchObject({
      outcome: 'failed',
      details: ['127.0.0.1 failed (ECONNREFUSED)', '127.0.0.2 failed (ECONNREFUSED)'],
    })
    expect(diagnosis.finding?.name).toBe('ConnectionRefusedError')
  })

  test('of a name is the end of the examination', async () => {
    const diagnosis = await diagnose('wss://no-such-host.invalid', { timeout: 3_000 })

    expect(outcomes(diagnosis).slice(0, 4)).toEqual([
      'name failed',
      'tcp skipped',
      'tls skipped',
      'upgrade failed',
    ])
  })

  test('by a proxy is said to be the proxy’s; the network is left to it', async () => {
    const proxy = await use(replyPeer(httpReply('407 Proxy Authentication Required')))
    const agent = new HttpsProxyAgent(`http://127.0.0.1:${proxy.port}`)

    const diagnosis = await diagnose('wss://node.example', { agent, timeout: 2_000 })

    expect(diagnosis.finding?.name).toBe('ProxyAuthenticationRequiredError')
    expect(stepOf(diagnosis, 'tcp')).toMatchObject({ outcome: 'skipped', summary: 'left to the agent' })
  })
})

test('options that make no sense are refused before anything is dialled', async () => {
  const peer = await use(rawPeer(() => undefined))

  await expect(diagnose(`ws://127.0.0.1:${peer.port}#x`)).rejects.toThrow(ConfigurationError)
  await expect(diagnose(`ws://127.0.0.1:${peer.port}`, { tls: { ca: 'garbage' } })).rejects.toThrow(/tls\.ca/)
  expect(peer.connections).toBe(0)
})
