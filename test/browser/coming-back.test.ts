/** A page that goes offline, into the background or into the bfcache, in real Chromium. */

import type { Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type * as Holdfast from '../../src/index.ts'
import { type NodePeer, nodePeer } from '../support/peers.ts'
import { type PageHost, startBrowser } from './browsers.ts'

declare const holdfast: typeof Holdfast

/** What the tests keep in the page. */
interface Scene {
  client: Holdfast.Client
  states: Holdfast.ConnectionState[]
  wasPersisted: boolean
}

let host: PageHost
let peer: NodePeer
const pages: Page[] = []

beforeAll(async () => {
  host = await startBrowser('chrome')
}, 120_000)
afterEach(async () => {
  await Promise.all(pages.splice(0).map(page => page.close()))
  await peer.close()
})
afterAll(() => host.close())

/** A page with a client that has been asked to connect; the peer answers gas prices besides. */
async function connectPage(options: Holdfast.ClientOptions = {}, offline = false): Promise<Page> {
  peer = await nodePeer(({ method }) => (method === 'eth_gasPrice' ? '0x7' : undefined))
  const page = await host.open()
  pages.push(page)
  await page.setOfflineMode(offline)
  await page.evaluate(
    (port, options) => {
      // The name hides that it is this machine, which is never offline.
      const client = holdfast.createClient({ url: `ws://127.0.0.1:${port}`, name: 'node' }, options)
      const scene: Scene = { client, states: [], wasPersisted: false }
      Object.assign(globalThis, { scene })
      client.on('state', ({ to }) => scene.states.push(JSON.parse(JSON.stringify(to))))
      addEventListener('pageshow', ({ persisted }) => {
        scene.wasPersisted ||= persisted
      })
      void client.connect()
    },
    peer.port,
    options,
  )
  return page
}

/** A page with an open client. */
async function openPage(options?: Holdfast.ClientOptions): Promise<Page> {
  const page = await connectPage(options)
  await statusIs(page, 'open')
  return page
}

declare const scene: Scene
const statusIs = (page: Page, status: string) =>
  page.waitForFunction((wanted: string) => scene.client.state.status === wanted, { polling: 20 }, status)
const cut = () => {
  for (const socket of peer.sockets) socket.terminate()
}

test('offline: nothing is dialled and no moment promised; online: the line is back at once', async () => {
  const page = await openPage()
  await page.setOfflineMode(true)
  cut()
  await statusIs(page, 'waiting')
  // Longer than the first delay, which would have led to a dial.
  await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 600)))
  const waiting = await page.evaluate(() => ({
    ...scene.client.state,
    hasMoment: 'retryAt' in scene.client.state && scene.client.state.retryAt !== undefined,
  }))
  const dials = peer.upgrades.length

  await page.setOfflineMode(false)
  await statusIs(page, 'open')

  expect(waiting).toMatchObject({ status: 'waiting', hasMoment: false })
  expect(dials).toBe(1)
  expect(peer.upgrades).toHaveLength(2)
})

test('a page that starts offline dials nothing until it is online, and then at once', async () => {
  const page = await connectPage({}, true)
  await statusIs(page, 'waiting')
  const before = await page.evaluate(() => scene.states)

  await page.setOfflineMode(false)
  await statusIs(page, 'open')

  expect(before).toMatchObject([{ status: 'waiting', attempt: 1, error: { code: 'OFFLINE' } }])
  expect(before[0]).not.toHaveProperty('retryAt')
  const after = await page.evaluate(() => scene.states.map(({ status }) => status))
  expect(after.slice(-2)).toEqual(['connecting', 'open'])
  expect(after.filter(status => status === 'connecting')).toHaveLength(1)
  expect(peer.upgrades).toHaveLength(1)
})

test('a page that comes back from the bfcache is back on the line', async () => {
  const page = await openPage()
  await page.goto(`${host.http}/csp`)
  await page.goBack()
  await page.waitForFunction(() => 'scene' in globalThis && scene.wasPersisted, {
    polling: 50,
    timeout: 5_000,
  })

  const price = await page.evaluate(() => scene.client.request({ method: 'eth_gasPrice' }))

  expect(price).toBe('0x7')
  expect(await page.evaluate(() => scene.client.state.status)).toBe('open')
})

test('in the background, with throttled timers, a good line stays and a dead one is found', async () => {
  const page = await openPage({ heartbeat: { interval: 400, timeout: 400 } })
  const front = await host.open('/csp')
  pages.push(front)
  await front.bringToFront()
  await page.waitForFunction(() => document.visibilityState === 'hidden', { polling: 50 })
  const probes = () => peer.requests.filter(({ method }) => method === 'eth_chainId').length
  const before = probes()
  while (probes() < before + 5) await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 100)))
  const good = await page.evaluate(() => ({
    failures: scene.client.stats.failures,
    sockets: scene.client.stats.sockets,
  }))

  for (const socket of peer.sockets) socket.removeAllListeners('message')
  await statusIs(page, 'waiting').catch(() => undefined)
  await page.waitForFunction(() => scene.client.stats.sockets === 2, { polling: 50 })

  expect(good).toEqual({ failures: 0, sockets: 1 })
  const states = await page.evaluate(() => scene.states)
  expect(states.some(state => 'error' in state && state.error?.code === 'HEARTBEAT_TIMEOUT')).toBe(true)
})

test('a page that was frozen has its line probed when it goes on', async () => {
  const page = await openPage()
  const session = await page.createCDPSession()
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  cut()
  await session.send('Page.setWebLifecycleState', { state: 'active' })

  await page.waitForFunction(() => scene.client.stats.sockets === 2, { polling: 50 })

  expect(peer.upgrades).toHaveLength(2)
})
