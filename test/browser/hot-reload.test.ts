/** The React recipe of docs/browsers.md under Vite's dev server: files are edited while the page is open. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { createServer, type PluginOption, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installTarball, type Project } from '../package/project.ts'
import { runtimePackage } from '../package/runtimes.ts'
import { nodePeer } from '../support/peers.ts'
import { programOf } from './browsers.ts'
import { RECIPE } from './react-app.ts'

const FILES = {
  'index.html': '<!doctype html><title>holdfast</title><script src="/main.jsx" type="module"></script>',
  'line.js': `${RECIPE}\nexport const version = 'recipe 1'`,
  'app.jsx': `
    import { useEffect, useState } from 'react'
    import { useClient, useHead, useStatus, version } from './line.js'

    export function App() {
      const client = useClient(location.search.slice(1))
      const head = useHead(client)
      const status = useStatus(client)
      const [mountedAt] = useState(() => performance.now())
      useEffect(() => { globalThis.mounts = (globalThis.mounts ?? 0) + 1 }, [])
      return <p>{status} block {Number(head?.number)}, app 1, {version}, mounted at {mountedAt}</p>
    }`,
  'main.jsx': `
    import { StrictMode } from 'react'
    import { createRoot } from 'react-dom/client'
    import { App } from './app.jsx'

    globalThis.loads = 1 + Number(sessionStorage.loads ?? 0)
    sessionStorage.loads = globalThis.loads
    createRoot(document.body.appendChild(document.createElement('div'))).render(<StrictMode><App /></StrictMode>)`,
}

let project: Project
let server: ViteDevServer
let browser: Browser

beforeAll(async () => {
  project = installTarball('react', 'react-dom', 'scheduler')
  for (const [name, text] of Object.entries(FILES)) project.write(name, text)
  const plugin = pathToFileURL(join(runtimePackage('@vitejs/plugin-react'), 'dist', 'index.js')).href
  const { default: react }: { default: () => PluginOption } = await import(plugin)
  server = await createServer({
    root: project.directory,
    configFile: false,
    logLevel: 'silent',
    plugins: [react()],
    server: { host: '127.0.0.1', port: 0 },
  })
  await server.listen()
  browser = await launch({
    browser: 'chrome',
    executablePath: programOf('chrome'),
    headless: true,
    args: ['--no-sandbox', '--disable-background-networking'],
  })
}, 120_000)
afterAll(async () => {
  await browser.close()
  await server.close()
  project.remove()
})

/** As an editor does. */
function edit(name: keyof typeof FILES, from: string, to: string): void {
  const path = join(project.directory, name)
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
}

const shows = (page: Page, text: string) =>
  page.waitForFunction(text => document.body.innerText.includes(text), {}, text)

test('one socket through hot reloads of a component, of the recipe, and of the hooks a component uses', async () => {
  const peer = await nodePeer(({ method }) => (method === 'eth_subscribe' ? '0x1' : undefined))
  const push = (number: number) => {
    const params = { subscription: '0x1', result: { number: `0x${number.toString(16)}` } }
    for (const socket of peer.sockets)
      socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params }))
  }
  const page = await browser.newPage()
  await page.goto(`${server.resolvedUrls?.local[0]}?ws://127.0.0.1:${peer.port}`)
  await shows(page, 'open')
  push(5)
  await shows(page, 'block 5, app 1, recipe 1')

  edit('app.jsx', 'app 1', 'app 2')
  await shows(page, 'app 2, recipe 1')
  edit('line.js', 'recipe 1', 'recipe 2')
  await shows(page, 'app 2, recipe 2')
  const mounts = () => page.evaluate(() => Number(Reflect.get(globalThis, 'mounts')))
  const before = await mounts()
  // One hook more: React throws the component away and mounts a new one.
  edit('app.jsx', 'const client', 'useState()\n      const client')
  edit('app.jsx', 'app 2', 'app 3')
  await shows(page, 'app 3, recipe 2')
  // Longer than a client without users is kept.
  await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 1_500)))
  push(6)
  await shows(page, 'open block 6, app 3, recipe 2')

  // Strict mode mounts twice.
  expect([before, await mounts()]).toEqual([2, 4])
  expect(await page.evaluate(() => Reflect.get(globalThis, 'loads'))).toBe(1)
  expect(peer.upgrades).toHaveLength(1)
  expect(peer.connections).toBe(1)
  await peer.close()
}, 60_000)
