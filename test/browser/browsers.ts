/** Real browsers, with a page in them that has holdfast and its doctor loaded. */

import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { type Issued, issue } from '../support/certificates.ts'

export type BrowserName = 'chrome' | 'firefox'

const PROGRAMS: Readonly<Record<BrowserName, readonly string[]>> = {
  chrome: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  firefox: ['/usr/bin/firefox-esr', '/usr/bin/firefox'],
}
const PACKAGES: Readonly<Record<BrowserName, string>> = { chrome: 'chromium', firefox: 'firefox-esr' }

/** The browser's program. Debian's is installed where that is allowed. */
export function programOf(name: BrowserName): string {
  const find = () => [process.env[`${name.toUpperCase()}_PATH`] ?? '', ...PROGRAMS[name]].find(existsSync)
  const found = find()
  if (found !== undefined) return found
  if (process.getuid?.() === 0) {
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', PACKAGES[name]], {
      stdio: 'ignore',
    })
  }
  const installed = find()
  if (installed !== undefined) return installed
  throw new Error(
    `There is no ${name}: install it (Debian: apt-get install ${PACKAGES[name]}) or set ${name.toUpperCase()}_PATH.`,
  )
}

export interface PageHost {
  /** `http://…` and `https://…` of a page that has `holdfast` as a global. */
  readonly http: string
  readonly https: string
  /** Served at `/csp`: its policy allows connections to itself only. */
  open(path?: string, scheme?: 'http' | 'https'): Promise<Page>
  readonly browser: Browser
  close(): Promise<void>
}

const root = new URL('../..', import.meta.url).pathname

/** Starts the browser, and serves the page on this machine. */
export async function startBrowser(name: BrowserName): Promise<PageHost> {
  const [certificate, script] = await Promise.all([issue(), bundle()])
  const answer = (path: string) =>
    path === '/holdfast.js'
      ? { type: 'text/javascript', body: script, policy: '' }
      : {
          type: 'text/html',
          body: '<!doctype html><title>holdfast</title><script src="/holdfast.js"></script>',
          policy: path === '/csp' ? "connect-src 'self'" : '',
        }
  const serve = (request: { url?: string | undefined }, response: import('node:http').ServerResponse) => {
    const { type, body, policy } = answer(request.url ?? '/')
    response
      .writeHead(200, { 'content-type': type, ...(policy && { 'content-security-policy': policy }) })
      .end(body)
  }
  const http = await listening(createHttpServer(serve))
  const https = await listening(createHttpsServer({ cert: certificate.cert, key: certificate.key }, serve))
  const browser = await launch({
    browser: name,
    executablePath: programOf(name),
    headless: true,
    acceptInsecureCerts: false,
    args: name === 'chrome' ? chromeArguments(certificate) : [],
  })
  const pages = { http: `http://127.0.0.1:${http.port}`, https: `https://127.0.0.1:${https.port}` }
  return {
    ...pages,
    browser,
    open: async (path = '/', scheme = 'http') => {
      const page = await browser.newPage()
      await page.goto(`${pages[scheme]}${path}`)
      return page
    },
    close: async () => {
      await browser.close()
      for (const { server } of [http, https]) server.closeAllConnections()
      await Promise.all([http, https].map(({ server }) => new Promise(resolve => server.close(resolve))))
    },
  }
}

/** The page's own certificate is trusted, and no other. */
function chromeArguments({ cert }: Issued): string[] {
  const spki = createPublicKey(cert).export({ type: 'spki', format: 'der' })
  const pin = createHash('sha256').update(spki).digest('base64')
  return [
    '--no-sandbox',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--ignore-certificate-errors-spki-list=${pin}`,
  ]
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: "export * from 'holdfast'; export * from 'holdfast/doctor'", resolveDir: root },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'holdfast',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

async function listening<S extends Server>(server: S): Promise<{ server: S; port: number }> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}
