/** A line whose packets are lost without a word: two network namespaces, and a wire between them that is pulled. */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { createClient } from '../../src/index.ts'

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const NAMESPACE = `holdfast-${process.pid}`
const [NEAR, FAR] = [`hfn${process.pid % 100_000}`, `hff${process.pid % 100_000}`]
/** RFC 2544: for tests of networks. */
const [HERE, THERE] = ['198.18.77.1', '198.18.77.2']
const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })

/** Why it cannot be done here; undefined where it can. */
function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  try {
    ip('netns', 'add', NAMESPACE)
    return undefined
  } catch (error) {
    return `network namespaces are not to be had here: ${(error as Error).message}`
  }
}

test('packets that are dropped without a word are noticed within 20.5 s by default, and the client comes back', async context => {
  const why = obstacle()
  if (why !== undefined) return context.skip(why)
  cleanups.push(() => ip('netns', 'del', NAMESPACE))
  ip('link', 'add', NEAR, 'type', 'veth', 'peer', 'name', FAR, 'netns', NAMESPACE)
  ip('addr', 'add', `${HERE}/30`, 'dev', NEAR)
  ip('link', 'set', NEAR, 'up')
  ip('-n', NAMESPACE, 'addr', 'add', `${THERE}/30`, 'dev', FAR)
  ip('-n', NAMESPACE, 'link', 'set', FAR, 'up')
  const script = new URL('../support/far-peer.ts', import.meta.url).pathname
  const peer = spawn('ip', ['netns', 'exec', NAMESPACE, process.execPath, script, THERE], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanups.push(() => peer.kill('SIGKILL'))
  const [printed] = (await once(peer.stdout, 'data')) as [Buffer]
  const client = createClient(`ws://${THERE}:${printed.toString().trim()}`)
  cleanups.push(() => client.close())
  await client.connect()
  const lost = new Promise<string>(resolve => {
    client.on('state', ({ to }) => {
      if (to.status === 'waiting') resolve(to.error.name)
    })
  })

  ip('-n', NAMESPACE, 'link', 'set', FAR, 'down')
  const since = performance.now()
  const error = await lost
  const noticed = performance.now() - since
  ip('-n', NAMESPACE, 'link', 'set', FAR, 'up')
  const price = await client.request({ method: 'eth_gasPrice' })

  process.stdout.write(`noticed after ${Math.round(noticed)} ms\n`)
  expect(error).toBe('HeartbeatTimeoutError')
  expect(noticed).toBeLessThanOrEqual(20_500)
  expect(price).toBe('0x1')
}, 90_000)
