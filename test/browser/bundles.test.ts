/**
 * The tarball, bundled by esbuild and by Vite, in real browsers: in a page, in a Web Worker, under a policy without
 * `unsafe-eval`. Each makes the same journey.
 */

import { mkdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { build as vite } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ARRIVED, journey, startStage } from '../package/journey.ts'
import { installTarball, type Project } from '../package/project.ts'
import { nodePeer } from '../support/peers.ts'
import { type BrowserName, programOf } from './browsers.ts'
import { APP } from './react-app.ts'

/** No eval, nothing from elsewhere but WebSockets of this machine. */
const POLICY = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src ws://127.0.0.1:*"

/** What escapes, and what comes of `eval`, as the page itself sees it. */
const WATCH = `globalThis.faults = []
  addEventListener('error', ({ message }) => faults.push(message))
  addEventListener('unhandledrejection', ({ reason }) => faults.push(String(reason)))
  try { globalThis.evaluated = (0, globalThis.eval)('1') } catch (error) { globalThis.evaluated = error.name }
`
declare const faults: string[]
declare const evaluated: unknown
declare const travel: (stage: object) => Promise<unknown>

let project: Project
let stage: Awaited<ReturnType<typeof startStage>>
let server: Server
let origin: string
const scripts = new Map<string, string>()

beforeAll(async () => {
  stage = await startStage()
  project = installTarball()
  const travel = `import * as holdfast from 'holdfast'\nconst journey = ${journey.toString()}\n`
  project.write('page.js', `${WATCH}${travel}globalThis.travel = stage => journey(holdfast, stage)`)
  project.write(
    'worker.js',
    `${travel}addEventListener('message', ({ data }) =>
      journey(holdfast, data).then(postMessage, error => postMessage(error.stack)))`,
  )
  project.write('react.js', WATCH + APP)
  await bundleAll(project.directory)
  server = createServer(({ url = '/' }, response) => {
    const [path = '/'] = url.split('?')
    const script = scripts.get(path)
    const body =
      script ?? `<!doctype html><title>holdfast</title><script src="${path}.js" type="module"></script>`
    const type = script === undefined ? 'text/html' : 'text/javascript'
    response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}, 120_000)
afterAll(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  project.remove()
  await stage.close()
})

async function bundleAll(directory: string): Promise<void> {
  const bundled = async (entry: string, alias: Record<string, string> = {}) => {
    const options = { platform: 'browser', format: 'esm', bundle: true, write: false, alias } as const
    const { outputFiles } = await esbuild({
      ...options,
      entryPoints: [join(directory, entry)],
      define: { 'process.env.NODE_ENV': '"development"' },
    })
    return outputFiles[0]?.text ?? ''
  }
  scripts.set('/esbuild.js', await bundled('page.js'))
  scripts.set('/worker.js', await bundled('worker.js'))
  const react = (name: string) => new URL(`../../node_modules/${name}`, import.meta.url).pathname
  const alias = { react: react('react'), 'react-dom': react('react-dom') }
  scripts.set('/react.js', await bundled('react.js', alias))
  mkdirSync(join(directory, 'vite'), { recursive: true })
  await vite({
    root: directory,
    configFile: false,
    logLevel: 'silent',
    build: {
      outDir: 'vite',
      emptyOutDir: true,
      rollupOptions: { input: join(directory, 'page.js'), output: { entryFileNames: 'vite.js' } },
    },
  })
  scripts.set('/vite.js', readFileSync(join(directory, 'vite', 'vite.js'), 'utf8'))
}

describe.each(['chrome', 'firefox'] as const satisfies readonly BrowserName[])('in %s', name => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch({
      browser: name,
      executablePath: programOf(name),
      headless: true,
      args: name === 'chrome' ? ['--no-sandbox', '--disable-background-networking'] : [],
    })
  }, 120_000)
  afterAll(async () => {
    await browser.close()
  })

  async function open(path: string): Promise<Page> {
    const page = await browser.newPage()
    await page.goto(`${origin}${path}`)
    return page
  }

  test.each(['esbuild', 'vite'])(
    'the journey arrives, bundled by %s',
    async bundler => {
      const page = await open(`/${bundler}`)

      expect(await page.evaluate(stage => travel(stage), { ...(await stage.open()) })).toEqual(ARRIVED)
      expect(await page.evaluate(() => faults)).toEqual([])
    },
    60_000,
  )

  test('the journey arrives in a Web Worker', async () => {
    const page = await open('/esbuild')

    const result = await page.evaluate(
      stage =>
        new Promise(resolve => {
          const worker = new Worker('/worker.js', { type: 'module' })
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => resolve(message)
          worker.postMessage(stage)
        }),
      { ...(await stage.open()) },
    )

    expect(result).toEqual(ARRIVED)
  }, 60_000)

  test('the policy forbids eval indeed', async () => {
    const page = await open('/esbuild')

    expect(await page.evaluate(() => evaluated)).toBe('EvalError')
  })

  if (name === 'chrome') {
    test('React: one socket through the double mount of strict mode and a new component, none when all is gone', async () => {
      const peer = await nodePeer(({ method }) => (method === 'eth_subscribe' ? '0x1' : undefined))
      const push = (number: string) => {
        const params = { subscription: '0x1', result: { number } }
        for (const socket of peer.sockets)
          socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params }))
      }
      const asked = (method: string) => peer.requests.filter(each => each.method === method).length
      const page = await open(`/react?ws://127.0.0.1:${peer.port}`)
      const shows = (text: string) =>
        page.waitForFunction(text => document.body.innerText.includes(text), {}, text)

      await shows('open')
      push('0x5')
      await shows('block 5')
      expect(await page.evaluate(() => Reflect.get(globalThis, 'mounts'))).toBe(2)
      await page.evaluate(() => Reflect.get(globalThis, 'replace')())
      await shows('version 2')
      push('0x6')
      await shows('block 6')
      expect(peer.upgrades).toHaveLength(1)
      expect(peer.connections).toBe(1)
      expect(asked('eth_chainId')).toBe(1)

      await page.evaluate(() => Reflect.get(globalThis, 'leave')())
      await page.waitForFunction(() => Reflect.get(globalThis, 'left') === 'closed')

      expect(await page.evaluate(() => faults)).toEqual([])
      await peer.close()
    }, 60_000)
  }
})
