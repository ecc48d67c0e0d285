/** A process with no open client ends by itself, whatever has happened before. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { nodePeer, rawPeer } from '../support/peers.ts'
import { closeAfterEach } from '../support/use.ts'

const use = closeAfterEach()

/** Runs a module with `client` from the sources; gives its exit code and what it printed. */
async function runScript(port: number, body: string): Promise<{ code: number; output: string }> {
  const index = new URL('../../src/index.ts', import.meta.url).href
  const script = `import { createClient } from ${JSON.stringify(index)}
    process.on('unhandledRejection', error => { console.log('UNHANDLED', error); process.exit(9) })
    const client = createClient('ws://127.0.0.1:${port}', { handshakeTimeout: 500 })
    ${body}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', chunk => (output += chunk))
  child.stderr.on('data', chunk => (output += chunk))
  const [code] = (await once(child, 'exit')) as [number]
  return { code, output }
}

describe('a process ends by itself', () => {
  test('when the client was never used', async () => {
    expect(await runScript(9, 'console.log(client.state.status)')).toEqual({ code: 0, output: 'idle\n' })
  })

  test('when the client was closed, with a stream open and a request under way', async () => {
    const peer = await use(nodePeer())

    const { code, output } = await runScript(
      peer.port,
      `await client.connect()
       client.request({ method: 'eth_gasPrice' }).catch(error => console.log(error.name))
       ;(async () => { for await (const _ of client.transfers({})); console.log('ended') })()
       setTimeout(() => client.close(), 50)`,
    )

    expect(code).toBe(0)
    expect(output.split('\n').sort().join(' ').trim()).toBe('ClientClosedError ended')
  })

  test('when a proxy has never answered', async () => {
    const proxy = await use(rawPeer(socket => socket.resume()))

    const { code, output } = await runScript(
      9,
      `const { HttpsProxyAgent } = await import('https-proxy-agent')
       const agent = new HttpsProxyAgent('http://127.0.0.1:${proxy.port}')
       await createClient({ url: 'wss://node.example', agent }, { reconnect: false, handshakeTimeout: 300 })
         .connect()
         .catch(error => console.log(error.name))`,
    )

    expect({ code, output }).toEqual({ code: 0, output: 'ProxyTimeoutError\n' })
  })

  test.each([
    [
      'garbage',
      (port: typeof rawPeer) => port(socket => socket.once('data', () => socket.end('garbage\r\n\r\n'))),
    ],
    ['nothing', (port: typeof rawPeer) => port(() => undefined)],
    ['a close at once', (port: typeof rawPeer) => port(socket => socket.destroy())],
  ])('when the server answers %s, and nobody awaits connect()', async (_, makePeer) => {
    const peer = await use(makePeer(rawPeer))

    const { code, output } = await runScript(
      peer.port,
      `client.connect()
       client.on('state', ({ to }) => { if (to.error) { console.log(to.error.name); client.close() } })`,
    )

    expect(output).toMatch(/^\w+Error\n/)
    expect(output).not.toContain('UNHANDLED')
    expect(code).toBe(0)
  })
})
