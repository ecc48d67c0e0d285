/** `holdfast doctor` as it is run: the built program, in a process of its own. */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import type { Diagnosis } from '../../src/doctor/index.ts'
import { issue } from '../support/certificates.ts'
import { httpReply, nodePeer, rawPeer, replyPeer, switchingProtocols } from '../support/peers.ts'
import { closeAfterEach } from '../support/use.ts'

const KEY = 'sEcReT-pRoJeCt-KeY'
const root = new URL('../..', import.meta.url).pathname

interface Run {
  readonly code: number
  readonly out: string
  readonly note: string
}

function holdfast(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  return new Promise(resolve => {
    const child = execFile(
      'node',
      [join(root, 'dist/cli.cjs'), ...args],
      { env: { ...process.env, ...env } },
      (_, out, note) => resolve({ code: child.exitCode ?? -1, out, note }),
    )
  })
}

let anvil: Anvil
let folder: string
const use = closeAfterEach()
beforeAll(async () => {
  anvil = await startAnvil()
  folder = mkdtempSync(join(tmpdir(), 'holdfast-cli-'))
})
afterAll(async () => {
  await anvil.stop()
  rmSync(folder, { recursive: true })
})

describe('the exit code says', () => {
  test('0: all is well', async () => {
    const { code, out, note } = await holdfast(['doctor', anvil.wsUrl])

    expect(note).toBe('')
    expect(out).toContain('All is well.')
    expect(code).toBe(0)
  })

  test('1: something must be changed', async () => {
    const peer = await use(replyPeer(httpReply('401 Unauthorized')))

    const { code, out } = await holdfast(['doctor', `ws://127.0.0.1:${peer.port}/${KEY}`])

    expect(out).toContain('UnauthorizedError')
    expect(out).toContain('Remedy: configure the connection.')
    expect(code).toBe(1)
  })

  test.each([
    ['no URL', []],
    ['two URLs', ['ws://127.0.0.1:1', 'ws://127.0.0.1:2']],
    ['an unknown flag', ['ws://127.0.0.1:1', '--insecure']],
    ['a file that is not there', ['wss://127.0.0.1:1', '--ca', '/no/such/file.pem']],
    ['a file without a certificate', ['wss://127.0.0.1:1', '--ca', join(root, 'package.json')]],
    ['a scheme that is no WebSocket’s', ['https://127.0.0.1:1']],
    ['a header without a colon', ['ws://127.0.0.1:1', '--header', KEY]],
    ['a time that is none', ['ws://127.0.0.1:1', '--timeout', 'soon']],
    ['a chain that is none', ['ws://127.0.0.1:1', '--chain-id', '-1']],
    ['a proxy that is none', ['ws://127.0.0.1:1', '--proxy', 'socks5://x']],
  ])('2: %s', async (_, args) => {
    const { code, out, note } = await holdfast(['doctor', ...args])

    expect(note).not.toBe('')
    expect(`${out}${note}`).not.toMatch(/\n {4}at |sEcReT/)
    expect([code, out]).toEqual([2, ''])
  })

  test('2: a command that does not exist', async () => {
    const { code, note } = await holdfast(['docter'])

    expect(note).toContain('there is no command “docter”')
    expect(code).toBe(2)
  })

  test('3: waiting may help', async () => {
    const peer = await use(rawPeer(() => undefined))
    await peer.close()

    const { code, out } = await holdfast(['doctor', `ws://127.0.0.1:${peer.port}`])

    expect(out).toContain('ConnectionRefusedError')
    expect(code).toBe(3)
  })
})

describe('the flags', () => {
  test('--json prints the diagnosis as one document', async () => {
    const { out } = await holdfast(['doctor', anvil.wsUrl, '--json'])

    const diagnosis = JSON.parse(out) as Diagnosis
    expect(diagnosis.healthy).toBe(true)
    expect(diagnosis.steps.map(({ name }) => name)).toEqual([
      'name',
      'tcp',
      'tls',
      'upgrade',
      'rpc',
      'logs',
      'liveness',
    ])
  })

  test('--header and --bearer reach the server, and are never shown', async () => {
    const peer = await use(
      replyPeer(request => httpReply('403 Forbidden', `you sent: ${request}`, { 'X-Echo': KEY })),
    )

    const { out, note } = await holdfast([
      'doctor',
      `ws://localhost:${peer.port}`,
      '--header',
      `x-key: ${KEY}`,
      '--bearer',
      `${KEY}-bearer`,
    ])

    expect(out).toContain('x-key: …')
    expect(out).toContain('Bearer …')
    expect(`${out}${note}`).not.toContain(KEY)
  })

  test('--ca and --servername make a private certificate good', async () => {
    const ca = await issue({ isCa: true })
    const { cert, key } = await issue({ issuer: ca, names: ['node.internal'] })
    const peer = await use(replyPeer(request => switchingProtocols(request), { cert, key }))
    writeFileSync(join(folder, 'ca.pem'), ca.cert)

    const { out } = await holdfast([
      'doctor',
      `wss://127.0.0.1:${peer.port}`,
      '--ca',
      join(folder, 'ca.pem'),
      '--servername',
      'node.internal',
      '--timeout',
      '1',
    ])

    expect(out).toMatch(/✓ TLS/)
    expect(out).toContain('for node.internal')
  })

  test('--proxy goes through the proxy', async () => {
    const requests: string[] = []
    const proxy = await use(
      replyPeer(request => {
        requests.push(request)
        return httpReply('407 Proxy Authentication Required')
      }),
    )

    const { code, out } = await holdfast([
      'doctor',
      'wss://node.example',
      '--proxy',
      `http://user:${KEY}@127.0.0.1:${proxy.port}`,
    ])

    expect(requests[0]).toMatch(/^CONNECT node\.example:443/)
    expect(out).toContain('ProxyAuthenticationRequiredError')
    expect(out).not.toContain(KEY)
    expect(code).toBe(1)
  })

  test('--chain-id is what must be served', async () => {
    const { code, out } = await holdfast(['doctor', anvil.wsUrl, '--chain-id', '1'])

    expect(out).toContain('WrongChainError')
    expect(code).toBe(1)
  })
})

test('what NODE_EXTRA_CA_CERTS adds is trusted, by the look at the certificates too', async () => {
  const ca = await issue({ isCa: true })
  const { cert, key } = await issue({ issuer: ca })
  const peer = await use(replyPeer(request => switchingProtocols(request), { cert, key }))
  writeFileSync(join(folder, 'extra.pem'), ca.cert)

  const { out } = await holdfast(['doctor', `wss://localhost:${peer.port}`, '--timeout', '1'], {
    NODE_EXTRA_CA_CERTS: join(folder, 'extra.pem'),
  })

  expect(out).toMatch(/✓ TLS/)
  expect(out).not.toContain('no trust anchor')
})

test('there is no colour where nobody looks', async () => {
  const { out } = await holdfast(['doctor', anvil.wsUrl])

  expect(out).not.toContain('\x1b')
})

test.each([
  [['--help']],
  [['doctor', '--help']],
  [['watch', '--help']],
  [['transfers', '--help']],
  [['call', '--help']],
])('%j fits a screen', async args => {
  const { code, out } = await holdfast(args)

  const lines = out.split('\n')
  expect(lines.length).toBeLessThanOrEqual(24)
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(90)
  expect(code).toBe(0)
})

test('a healthy server that nobody closes does not keep the doctor alive', async () => {
  const peer = await use(nodePeer(({ method }) => (method === 'eth_chainId' ? '0x1' : 'odd')))

  const { code } = await holdfast(['doctor', `ws://127.0.0.1:${peer.port}`, '--timeout', '1'])

  expect(code).toBe(3)
  expect(peer.connections).toBe(0)
})
