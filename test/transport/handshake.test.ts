/** Every cause of rejection, produced for real on this machine. */

import { connect as tcpConnect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createClient, type HandshakeError, type HoldfastError } from '../../src/index.ts'
import type { ClientOptions, Endpoint } from '../../src/options.ts'
import { daysFromNow, issue } from '../support/certificates.ts'
import { deafPeer } from '../support/deaf-peer.ts'
import { httpReply, type Peer, rawPeer, replyPeer, switchingProtocols } from '../support/peers.ts'

const KEY = 'sEcReT-pRoJeCt-KeY-0123456789'
const TIMEOUT = 600

const peers: Peer[] = []
afterEach(async () => {
  await Promise.all(peers.splice(0).map(peer => peer.close()))
})

async function use(peer: Promise<Peer>): Promise<Peer> {
  const ready = await peer
  peers.push(ready)
  return ready
}

const url = (port: number, scheme = 'ws') => `${scheme}://127.0.0.1:${port}/v3/${KEY}?token=${KEY}`

/** The error that the first attempt ends with; nothing may be left of it, and no secret may be in it. */
async function rejection(
  endpoint: Endpoint,
  options: ClientOptions = {},
): Promise<HandshakeError & Record<string, unknown>> {
  const client = createClient(endpoint, { reconnect: false, handshakeTimeout: TIMEOUT, ...options })
  const startedAt = performance.now()
  const error = await client.connect().then(
    () => client.close().then(() => Promise.reject(new Error('the handshake was not rejected'))),
    (reason: unknown) => reason as HandshakeError & Record<string, unknown>,
  )
  expect(performance.now() - startedAt).toBeLessThan(TIMEOUT + 250)
  expect(everythingIn(error)).not.toContain(KEY)
  expect(error.hint, 'a hint').toMatch(/^[A-Z].*[.”]$/s)
  return error
}

/** Message, hint, stack, JSON and the same of every cause. */
function everythingIn(error: HoldfastError): string {
  const parts: string[] = []
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    parts.push(each.message, each.stack ?? '', JSON.stringify(each), JSON.stringify(Object.entries(each)))
  }
  return parts.join('\n')
}

describe('before HTTP', () => {
  test('nothing listens', async () => {
    const peer = await use(rawPeer(() => undefined))
    await peer.close()

    expect(await rejection(url(peer.port))).toMatchObject({
      name: 'ConnectionRefusedError',
      code: 'CONNECTION_REFUSED',
      category: 'network',
      retryable: true,
      phase: 'tcp',
      endpoint: `ws://127.0.0.1:${peer.port}`,
      cause: { code: 'ECONNREFUSED' },
    })
  })

  test('the name does not exist', async () => {
    const notFound = (
      name: string,
      _: object,
      done: (error: Error, address: string, family: number) => void,
    ) => done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), '', 4)

    expect(
      await rejection({ url: `wss://no.such.host.test/${KEY}`, lookup: notFound as never }),
    ).toMatchObject({
      name: 'DnsNotFoundError',
      retryable: false,
      phase: 'dns',
    })
  })

  test('the name server does not answer for now', async () => {
    const again = (_: string, __: object, done: (error: Error, address: string, family: number) => void) =>
      done(Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' }), '', 4)

    expect(await rejection({ url: `wss://host.test/${KEY}`, lookup: again as never })).toMatchObject({
      name: 'DnsTemporaryError',
      retryable: true,
    })
  })

  test('the name server never answers', async () => {
    expect(await rejection({ url: `wss://host.test/${KEY}`, lookup: () => undefined })).toMatchObject({
      name: 'ConnectTimeoutError',
      phase: 'dns',
      retryable: true,
    })
  })

  test('TCP never opens', async () => {
    const peer = await use(deafPeer())

    expect(await rejection(url(peer.port))).toMatchObject({
      name: 'ConnectTimeoutError',
      phase: 'tcp',
      retryable: true,
    })
  })

  test('the connection is reset before any reply', async () => {
    const peer = await use(rawPeer(socket => socket.once('data', () => socket.resetAndDestroy())))

    expect(await rejection(url(peer.port))).toMatchObject({ name: 'ConnectionResetError', retryable: true })
  })

  test('the connection is closed before any reply', async () => {
    const peer = await use(rawPeer(socket => socket.once('data', () => socket.end())))

    expect(await rejection(url(peer.port))).toMatchObject({ name: 'ConnectionResetError', retryable: true })
  })
})

describe('TLS', () => {
  async function tlsPeer(certificate: Promise<{ cert: string; key: string }>, chain = '') {
    const { cert, key } = await certificate
    return use(replyPeer(request => switchingProtocols(request), { cert: cert + chain, key }))
  }

  test('a self-signed certificate', async () => {
    const peer = await tlsPeer(issue())

    expect(await rejection(url(peer.port, 'wss'))).toMatchObject({
      name: 'SelfSignedCertificateError',
      category: 'tls',
      phase: 'tls',
      retryable: false,
      remedy: 'anchor',
      certificate: { subject: 'CN=localhost' },
    })
  })

  test('a root that is not trusted', async () => {
    const ca = await issue({ commonName: 'Somebody’s CA', isCa: true, names: [] })
    const peer = await tlsPeer(issue({ issuer: ca }), ca.cert)

    expect(await rejection(url(peer.port, 'wss'))).toMatchObject({
      name: 'UntrustedRootError',
      remedy: 'anchor',
    })
  })

  test('an issuer that is not at hand', async () => {
    const ca = await issue({ commonName: 'Somebody’s CA', isCa: true, names: [] })
    const peer = await tlsPeer(issue({ issuer: ca }))

    expect(await rejection(url(peer.port, 'wss'))).toMatchObject({
      name: 'IncompleteCertificateChainError',
      remedy: 'anchor',
    })
  })

  test('a certificate that has expired', async () => {
    const ca = await issue({ isCa: true, names: [] })
    const peer = await tlsPeer(issue({ issuer: ca, notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) }))

    const error = await rejection(url(peer.port, 'wss'), { tls: { ca: ca.cert } })

    expect(error).toMatchObject({ name: 'CertificateExpiredError', remedy: 'verify', retryable: false })
    expect(error.message).toContain(daysFromNow(-2).toISOString().slice(0, 10))
  })

  test('a certificate for another host', async () => {
    const ca = await issue({ isCa: true, names: [] })
    const peer = await tlsPeer(issue({ issuer: ca, names: ['node.example', '10.0.0.1'] }))

    const error = await rejection(url(peer.port, 'wss'), { tls: { ca: ca.cert } })

    expect(error).toMatchObject({
      name: 'CertificateHostnameMismatchError',
      names: ['node.example', '10.0.0.1'],
    })
    expect(error.message).toContain('node.example')
  })

  test('a certificate without any subjectAltName', async () => {
    const ca = await issue({ isCa: true, names: [] })
    const peer = await tlsPeer(issue({ issuer: ca, commonName: '127.0.0.1', names: [] }))

    expect(await rejection(url(peer.port, 'wss'), { tls: { ca: ca.cert } })).toMatchObject({
      name: 'CertificateHostnameMismatchError',
      names: [],
    })
  })

  test('TCP opens, TLS never ends', async () => {
    const peer = await use(rawPeer(() => undefined))

    expect(await rejection(url(peer.port, 'wss'))).toMatchObject({
      name: 'TlsHandshakeTimeoutError',
      phase: 'tls',
      retryable: true,
    })
  })

  test('wss:// on a port that speaks plain HTTP', async () => {
    const peer = await use(replyPeer(httpReply('400 Bad Request')))
    const plain = await use(
      rawPeer(socket => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    )

    expect(await rejection(url(plain.port, 'wss'))).toMatchObject({
      name: 'NotTlsError',
      remedy: 'configure',
    })
    expect(peer.port).toBeGreaterThan(0)
  })

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing', async () => {
    const peer = await tlsPeer(issue())
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'

    const error = await rejection(url(peer.port, 'wss')).finally(() => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    })

    expect(error.name).toBe('SelfSignedCertificateError')
  })
})

describe('HTTP', () => {
  test.each([
    ['401 Unauthorized', 'UnauthorizedError', 'auth', false],
    ['403 Forbidden', 'ForbiddenError', 'auth', false],
    ['404 Not Found', 'EndpointNotFoundError', 'protocol', false],
    ['429 Too Many Requests', 'TooManyRequestsError', 'limit', true],
    ['503 Service Unavailable', 'ServiceUnavailableError', 'server', true],
    ['418 I am a teapot', 'UpgradeRejectedError', 'protocol', false],
    ['200 OK', 'NotAWebSocketEndpointError', 'protocol', false],
  ])('%s', async (status, name, category, retryable) => {
    const peer = await use(replyPeer(httpReply(status, `we saw ${KEY}`)))

    expect(await rejection(url(peer.port))).toMatchObject({
      name,
      category,
      retryable,
      phase: 'http',
      status: Number(status.slice(0, 3)),
      body: 'we saw …',
    })
  })

  test('Retry-After in seconds and as a date', async () => {
    const inSeconds = await use(replyPeer(httpReply('429 Too Many Requests', '', { 'Retry-After': '12' })))
    const date = new Date(Date.now() + 60_000).toUTCString()
    const asDate = await use(replyPeer(httpReply('503 Service Unavailable', '', { 'Retry-After': date })))

    expect((await rejection(url(inSeconds.port))).retryAfter).toBe(12_000)
    const { retryAfter } = await rejection(url(asDate.port))
    expect(Math.abs((retryAfter ?? 0) - 60_000)).toBeLessThan(2_000)
  })

  test('a JSON-RPC error in a compressed body', async () => {
    const body = gzipSync(
      JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message: `bad key ${KEY}` } }),
    )
    const head = `HTTP/1.1 401 Unauthorized\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`
    const peer = await use(replyPeer(head + body.toString('latin1')))

    expect(await rejection(url(peer.port))).toMatchObject({
      name: 'UnauthorizedError',
      rpcError: { code: -32600, message: 'bad key …' },
    })
  })

  test('an error body that never ends does not hold up the error', async () => {
    const peer = await use(
      replyPeer((_, socket) => {
        const drip = setInterval(() => socket.write('x'), 20)
        socket.on('close', () => clearInterval(drip))
        return 'HTTP/1.1 403 Forbidden\r\nContent-Length: 1000000\r\n\r\n'
      }),
    )

    expect(await rejection(url(peer.port))).toMatchObject({ name: 'ForbiddenError' })
  })

  test('a redirect is not followed', async () => {
    const location = `http://elsewhere.example/${KEY}`
    const peer = await use(replyPeer(httpReply('302 Found', '', { Location: location })))

    expect(await rejection(url(peer.port))).toMatchObject({
      name: 'RedirectedError',
      location: 'http://elsewhere.example/…',
      crossOrigin: true,
    })
  })

  test('no reply at all', async () => {
    const peer = await use(rawPeer(socket => socket.resume()))

    expect(await rejection(url(peer.port))).toMatchObject({
      name: 'UpgradeTimeoutError',
      phase: 'http',
      retryable: true,
    })
  })

  test('a reply that drips', async () => {
    const peer = await use(
      replyPeer((_, socket) => {
        const drip = setInterval(() => socket.write('X'), 20)
        socket.on('close', () => clearInterval(drip))
        return 'HTTP/1.1 101 Switching Protocols\r\nX-Slow: '
      }),
    )

    expect(await rejection(url(peer.port))).toMatchObject({ name: 'UpgradeTimeoutError' })
  })

  test('a reply that is not HTTP', async () => {
    const peer = await use(replyPeer('SSH-2.0-OpenSSH_9.2\r\n'))

    expect(await rejection(url(peer.port))).toMatchObject({
      name: 'MalformedHttpResponseError',
      retryable: false,
    })
  })
})

describe('101', () => {
  test.each([
    [
      'a wrong accept hash',
      (_: string) =>
        'HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: nope\r\n\r\n',
      'InvalidAcceptError',
    ],
    [
      'no Upgrade header',
      (request: string) => switchingProtocols(request).replace('Upgrade: websocket\r\n', 'Upgrade: h2c\r\n'),
      'InvalidUpgradeHeaderError',
    ],
    [
      'a subprotocol that nobody asked for',
      (request: string) => switchingProtocols(request, 'Sec-WebSocket-Protocol: x\r\n'),
      'SubprotocolMismatchError',
    ],
    [
      'an extension that nobody offered',
      (request: string) => switchingProtocols(request, 'Sec-WebSocket-Extensions: x-y\r\n'),
      'ExtensionMismatchError',
    ],
    [
      'bytes that are no frames',
      (request: string) => `${switchingProtocols(request)}\xff\xff\xff\xff\xff`,
      'ProtocolViolationError',
    ],
  ])('with %s', async (_, reply, name) => {
    const peer = await use(replyPeer(reply))

    expect(await rejection(url(peer.port))).toMatchObject({ name, retryable: false })
  })

  test('without the subprotocol that was asked for', async () => {
    const peer = await use(replyPeer(request => switchingProtocols(request)))

    expect(await rejection({ url: url(peer.port), protocols: 'eth-json-rpc' })).toMatchObject({
      name: 'SubprotocolMismatchError',
      reason: 'missing',
    })
  })
})

describe('credentials', () => {
  test('a function that throws', async () => {
    const endpoint = { url: url(9), bearer: () => Promise.reject(new Error(`vault sealed for ${KEY}`)) }

    const error = await rejection(endpoint)

    expect(error).toMatchObject({ name: 'CredentialsError', phase: 'config', retryable: true })
  })

  test('a function that never answers', async () => {
    expect(await rejection({ url: () => new Promise(() => undefined) })).toMatchObject({
      name: 'CredentialsError',
      phase: 'config',
    })
  })
})

test('the caller’s abort is its own reason, and the socket is gone', async () => {
  let closed: () => void = () => undefined
  const gone = new Promise<void>(resolve => {
    closed = resolve
  })
  const peer = await use(rawPeer(socket => socket.resume().on('close', closed)))
  const client = createClient(url(peer.port))
  const outcome = client.connect().catch((reason: unknown) => reason)
  await new Promise<void>(resolve => {
    tcpConnect(peer.port, '127.0.0.1', resolve).unref()
  })

  await client.close()

  expect(await outcome).toMatchObject({ name: 'ClientClosedError' })
  await gone
})
