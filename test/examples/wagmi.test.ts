/** The wagmi page in a real browser, against a real node, through a line that is cut. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { build, preview } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Stage, startStage } from '../../examples/wagmi/stage.ts'
import { type PageHost, startBrowser } from '../browser/browsers.ts'
import { complaints, DESKTOP, headOf, PHONE, type Screen, show, truth } from './page.ts'

const root = new URL('../..', import.meta.url).pathname
const PATIENCE = 60_000

let host: PageHost
let stage: Stage
let page: Page
const failures: string[] = []

beforeAll(async () => {
  ;[host, stage] = await Promise.all([startBrowser('chrome'), startStage()])
}, 120_000)
afterAll(async () => {
  await host.close()
  await stage.close()
})
afterEach(async () => {
  await page.close()
  expect(failures.splice(0)).toEqual([])
})

/** Resolves when this is all that the element says. */
async function says(selector: string, text: string): Promise<void> {
  const read = () => page.$eval(selector, found => (found as HTMLElement).innerText)
  const isSaid = (selector: string, text: string) =>
    document.querySelector<HTMLElement>(selector)?.innerText === text
  await page.waitForFunction(isSaid, { polling: 50, timeout: 25_000 }, selector, text).catch(async () => {
    throw new Error(`${selector} never said “${text}”; it says “${await read()}”`)
  })
}
const rows = () => page.$$eval('#rows tr', lines => lines.map(line => line.dataset['id'] ?? ''))
const shownHead = () => page.$eval('#head', ({ textContent }) => Number(textContent))

/** Opened, and told of heads and transfers. @returns the first block whose transfers it shows */
async function open(screen: Screen = DESKTOP, url = stage.url): Promise<number> {
  page = await host.browser.newPage()
  page.on('pageerror', error => failures.push(String(error)))
  await show(page, screen)
  await page.goto(url)
  await says('.badge', 'Open')
  const isLive = async () =>
    (await rows()).length > 0 && (await shownHead()) === (await headOf(stage.economy))
  while (!(await isLive())) await stage.economy.mine(1)
  return page.$eval('#rows tr:last-child td', ({ textContent }) => Number(textContent))
}

/** What stands in the list, newest first, is what the chain holds. */
async function expectTruth(since: number): Promise<void> {
  const wanted = await truth(stage.economy, since)
  await says('#head', String(await headOf(stage.economy)))
  await page
    .waitForFunction(count => document.querySelectorAll('#rows tr').length === count, {}, wanted.length)
    .catch(() => undefined)
  expect(await rows()).toEqual(wanted)
}

describe('the page', { timeout: PATIENCE }, () => {
  test('shows chain, head, balance and transfers as blocks are mined', async () => {
    const since = await open()
    const { anvil, token } = stage.economy
    const [, account = token.owner] = token.accounts
    await token.transfer(account, 1_230_000_000_000_000_000n)
    await stage.economy.mine(2)

    await expectTruth(since)
    await says('#chain', 'Foundry (31337)')
    expect(await page.$eval('#rows tr:nth-child(3)', line => line.innerText)).toMatch(
      /^\d+\s+0xf39F…2266\s+0x7099…79C8\s+1\.23$/,
    )
    const data = `0x70a08231${account.slice(2).padStart(64, '0')}`
    const balance = await anvil.rpc<string>('eth_call', [{ to: token.address, data }, 'latest'])
    const units = new Intl.NumberFormat('en', { minimumFractionDigits: 2 })
    await says('#balance', `${units.format(Number(BigInt(balance) / 10n ** 16n) / 100)} HOLD`)
  })

  test('lacks nothing after the line was down, and says meanwhile what is the matter', async () => {
    const since = await open()

    await stage.proxy.down()
    await says('.badge', 'Waiting')
    for (const transfers of [2, 0, 3]) await stage.economy.mine(transfers)
    await page.waitForSelector('::-p-text(OpaqueHandshakeError)')
    await stage.proxy.up()
    await says('.badge', 'Open')

    await expectTruth(since)
    expect(await page.$('.trouble')).toBeNull()
  })

  test('takes back what a reorg undid while the line was down', async () => {
    const since = await open()
    for (const transfers of [1, 2, 3]) await stage.economy.mine(transfers)
    await expectTruth(since)
    const before = await rows()

    await stage.proxy.down()
    await stage.economy.reorg(2)
    await stage.economy.mine(1)
    await stage.proxy.up()

    await expectTruth(since)
    expect(await rows()).toHaveLength(before.length - 5 + 1)
  })

  const screens: readonly [string, Screen][] = [
    ['on a desktop', DESKTOP],
    ['on a desktop in the dark', { ...DESKTOP, isDark: true }],
    ['on a phone', PHONE],
    ['on a phone in the dark', { ...PHONE, isDark: true }],
  ]
  test.each(screens)(
    'can be used %s: axe finds nothing, and nothing is wider than the screen',
    async (_, screen) => {
      await open(screen)
      await stage.economy.mine(3)
      expect(await complaints(page)).toEqual([])

      await stage.proxy.down()
      await page.waitForSelector('.trouble')
      const waiting = await complaints(page)
      await stage.proxy.up()

      expect(waiting).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    },
  )
})

test(
  'built, the page works as well',
  async () => {
    const outDir = mkdtempSync(join(tmpdir(), 'holdfast-wagmi-'))
    await build({ ...stage.settings, logLevel: 'error', build: { outDir, emptyOutDir: true } })
    const server = await preview({
      ...stage.settings,
      build: { outDir },
      preview: { host: '127.0.0.1', port: 0 },
    })

    const since = await open(DESKTOP, server.resolvedUrls?.local[0])
    await stage.economy.mine(2)

    await expectTruth(since)
    await server.close()
    rmSync(outDir, { recursive: true })
  },
  PATIENCE,
)

test(
  'the program starts everything, prints the address, and leaves nothing behind',
  async () => {
    const program = spawn('node', ['examples/wagmi/dev.ts'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [printed] = await once(program.stdout.setEncoding('utf8'), 'data')
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\//.exec(String(printed)) ?? []
    page = await host.browser.newPage()
    await page.goto(url)
    await page.waitForSelector('#rows tr', { timeout: 25_000 })
    const ended = once(program, 'exit')
    program.kill('SIGINT')

    expect(await ended).toEqual([0, null])
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  },
  PATIENCE,
)
