import { execFile } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { Agent, createServer } from 'node:https'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import {
  type ClientOptions,
  ConfigurationError,
  createClient,
  TlsConfigurationError,
} from '../../src/index.ts'
import { crlOf, type Issued, issue, pinOf } from '../support/certificates.ts'

let ca: Issued
let server: Issued
let user: Issued
beforeAll(async () => {
  ca = await issue({ isCa: true })
  server = await issue({ issuer: ca })
  user = await issue({ issuer: ca, commonName: 'user', names: [] })
})

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map(close => close()))
})

/** A TLS node that knows eth_chainId, and says who dialled. */
async function tlsNode(options: { requestCert?: boolean } = {}) {
  const clients: (string | undefined)[] = []
  const http = createServer({
    cert: server.cert,
    key: server.key,
    ca: ca.cert,
    rejectUnauthorized: true,
    ...options,
  })
  const webSockets = new WebSocketServer({ server: http })
  webSockets.on('connection', (socket, { socket: tcp }) => {
    const tls = tcp as TLSSocket
    clients.push(tls.authorized ? String(tls.getPeerCertificate().subject.CN) : undefined)
    socket.on('message', data =>
      socket.send(JSON.stringify({ id: JSON.parse(data.toString()).id, result: '0x1' })),
    )
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as { port: number }
  closers.push(
    () =>
      new Promise(resolve => {
        for (const socket of webSockets.clients) socket.terminate()
        http.close(resolve)
      }),
  )
  return { url: `wss://127.0.0.1:${port}`, clients }
}

async function open(url: string, options: ClientOptions) {
  const client = createClient(url, { reconnect: false, ...options })
  closers.push(() => client.close())
  await client.connect()
  return client
}

const encryptedKey = ({ key }: Issued, passphrase: string) =>
  createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString()

describe('what works', () => {
  test('the line says what TLS agreed on', async () => {
    const { url } = await tlsNode()

    const { state } = await open(url, { tls: { ca: ca.cert } })

    expect(state).toMatchObject({
      status: 'open',
      negotiated: {
        compression: false,
        tls: {
          version: 'TLSv1.3',
          clientCertificate: false,
          server: { subject: 'CN=localhost', issuer: 'CN=A Test CA' },
        },
      },
    })
  })

  test('a client certificate, its ECDSA key in the clear or encrypted', async () => {
    const { url, clients } = await tlsNode({ requestCert: true })

    const plain = await open(url, { tls: { ca: ca.cert, cert: user.cert, key: user.key } })
    await open(url, {
      tls: { ca: [ca.cert], cert: user.cert, key: encryptedKey(user, 'open'), passphrase: 'open' },
    })

    expect(clients).toEqual(['user', 'user'])
    expect(plain.state).toMatchObject({ negotiated: { tls: { clientCertificate: true } } })
  })

  test('keys of every kind that Node makes', async () => {
    const { url, clients } = await tlsNode({ requestCert: true })
    const kinds = [
      { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        publicExponent: new Uint8Array([1, 0, 1]),
        modulusLength: 2048,
      },
    ]
    for (const algorithm of kinds) {
      const { cert, key } = await issue({ issuer: ca, commonName: algorithm.name, names: [], algorithm })
      await open(url, { tls: { ca: ca.cert, cert, key } })
    }

    expect(clients).toEqual(kinds.map(({ name }) => name))
  })

  test('a pinned key, among others', async () => {
    const { url } = await tlsNode()
    const pin = await pinOf(server)
    const spki = createPublicKey(server.cert).export({ type: 'spki', format: 'der' })
    expect(Buffer.from(pin, 'base64')).toEqual(createHash('sha256').update(spki).digest())

    await open(url, { tls: { ca: ca.cert, pins: [await pinOf(ca), pin] } })
  })

  test('several revocation lists in one text are all read', async () => {
    const { url } = await tlsNode()
    const other = await issue({ isCa: true, commonName: 'Another CA' })

    await open(url, { tls: { ca: ca.cert, crl: (await crlOf(other, [])) + (await crlOf(ca, [])) } })
  })

  test('PEM as bytes', async () => {
    const { url } = await tlsNode()

    await open(url, { tls: { ca: Buffer.from(ca.cert) } })
  })
})

describe('what is refused at the door, before anything is dialled', () => {
  const cases = (): [string, object, string][] => [
    ['a ca that is garbage', { ca: 'not a certificate' }, 'tls.ca'],
    ['a ca that is empty', { ca: '' }, 'tls.ca'],
    ['a list of no ca', { ca: [] }, 'tls.ca'],
    [
      'a ca whose certificate is damaged',
      { ca: ca.cert.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA') },
      'tls.ca',
    ],
    ['a key as ca', { ca: ca.key }, 'tls.ca'],
    ['a cert without key', { cert: user.cert }, 'tls.key'],
    ['a key without cert', { key: user.key }, 'tls.cert'],
    ['a key of another certificate', { cert: user.cert, key: server.key }, 'tls.key'],
    ['a key that is none', { cert: user.cert, key: user.cert }, 'tls.key'],
    [
      'an encrypted key without passphrase',
      { cert: user.cert, key: encryptedKey(user, 'open') },
      'tls.passphrase',
    ],
    [
      'a wrong passphrase',
      { cert: user.cert, key: encryptedKey(user, 'open'), passphrase: 'sesame' },
      'tls.passphrase',
    ],
    ['a pfx that is none', { pfx: Buffer.from('no') }, 'tls.pfx'],
    ['a crl that is none', { crl: ca.cert }, 'tls.crl'],
    ['a version that is none', { minVersion: 'TLSv2' }, 'tls.minVersion'],
    ['versions in the wrong order', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, 'tls.minVersion'],
    ['ciphers that do not exist', { ciphers: 'NO-SUCH-CIPHER' }, 'tls.ciphers'],
    ['a pin that is no hash', { pins: ['sha256/abc'] }, 'tls.pins'],
    ['a list of no pins', { pins: [] }, 'tls.pins'],
    ['an address as servername', { servername: '127.0.0.1' }, 'tls.servername'],
    ['rejectUnauthorized', { rejectUnauthorized: false }, 'tls.rejectUnauthorized'],
    ['checkServerIdentity', { checkServerIdentity: () => undefined }, 'tls.checkServerIdentity'],
  ]

  test.each(Array.from({ length: 21 }, (_, i) => i))('case %i', i => {
    const [title, tls, path] = cases()[i] ?? ['', {}, '']
    let error: unknown
    try {
      createClient('wss://node.example', { tls })
    } catch (thrown) {
      error = thrown
    }

    expect(error, title).toBeInstanceOf(ConfigurationError)
    expect((error as ConfigurationError).issues[0]?.path, title).toBe(`options.${path}`)
    expect((error as Error).message, title).not.toMatch(/PRIVATE|sesame|MII/)
  })

  test('all cases are counted', () => {
    expect(cases()).toHaveLength(21)
  })

  test('what OpenSSL alone can judge is a TlsConfigurationError too, and the endpoint is named', () => {
    const endpoint = { url: 'wss://node.example', tls: { ciphers: 'NO-SUCH-CIPHER' } }

    expect(() => createClient([endpoint])).toThrow(TlsConfigurationError)
    expect(() => createClient([endpoint])).toThrow(/endpoints\.0\.tls\.ciphers/)
  })
})

describe('verification cannot be switched off', () => {
  test('not by NODE_TLS_REJECT_UNAUTHORIZED', async () => {
    const { url } = await tlsNode()
    const index = new URL('../../src/index.ts', import.meta.url).href
    const script = `import { createClient } from ${JSON.stringify(index)}
      createClient(${JSON.stringify(url)}, { reconnect: false }).connect().catch(error => console.log(error.name))`
    const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }

    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env,
    })

    expect(stdout.trim()).toBe('UntrustedRootError')
  })

  test('not by an agent; and the request with its credentials never leaves', async () => {
    let received = ''
    const spy = createTlsServer({ cert: server.cert, key: server.key }, socket => {
      socket.on('data', chunk => (received += chunk.toString()))
      socket.on('error', () => undefined)
    })
    await new Promise<void>(resolve => spy.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise(resolve => spy.close(resolve)))
    const { port } = spy.address() as { port: number }
    const agent = new Agent({ rejectUnauthorized: false })

    const outcome = open(`wss://127.0.0.1:${port}/key`, { agent, bearer: 'token' })

    await expect(outcome).rejects.toMatchObject({ name: 'IncompleteCertificateChainError' })
    expect(received).toBe('')
  })
})
