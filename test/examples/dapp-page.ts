/** The example's page in a real browser, as a person meets it: by names of buttons, by what is written. */

import { createRequire } from 'node:module'
import type { Page } from 'puppeteer-core'
import type { Stage } from '../../examples/dapp/stage/stage.ts'
import type { PageHost } from '../browser/browsers.ts'

export interface Screen {
  readonly width: number
  readonly height: number
  readonly isDark?: boolean
  readonly isStill?: boolean
}

export const DESKTOP: Screen = { width: 1280, height: 900 }
export const PHONE: Screen = { width: 360, height: 740 }

export interface Dapp {
  readonly page: Page
  /** What the page failed with, unhandled. */
  readonly failures: readonly string[]
  press(button: string): Promise<void>
  /** Resolves when this is written in the part of the page with this id. */
  says(id: string, text: string | RegExp): Promise<string>
  /** Resolves when everything up to this block has arrived. */
  covers(block: number): Promise<void>
  /** The transfers of the list, from top to bottom. */
  rows(): Promise<readonly { readonly id: string; readonly fate: string; readonly text: string }[]>
  /** How far things moved without anybody having touched them (layout-shift, summed up). */
  shifts(): Promise<number>
}

const PATIENCE = 25_000

export async function openDapp(host: PageHost, url: string, screen = DESKTOP): Promise<Dapp> {
  const page = await host.browser.newPage()
  page.setDefaultTimeout(PATIENCE)
  const failures: string[] = []
  page.on('pageerror', error => failures.push(String(error)))
  await page.evaluateOnNewDocument(watchShifts)
  await show(page, screen)
  await page.goto(url)
  return {
    page,
    failures,
    press: name => page.locator(`::-p-aria([name="${name}"][role="button"])`).click(),
    says: async (id, text) => {
      const { source } = typeof text === 'string' ? { source: literally(text) } : text
      const read = () => page.$eval(`#${id}`, found => (found as HTMLElement).innerText)
      try {
        await page.waitForFunction(
          (id, source) => new RegExp(source, 's').test(document.getElementById(id)?.innerText ?? ''),
          { polling: 50 },
          id,
          source,
        )
      } catch {
        throw new Error(`#${id} never said ${text}; it says: ${await read()}`)
      }
      return read()
    },
    covers: async block => {
      await page.waitForSelector(`#plot[aria-label*="–${block}:"]`)
    },
    rows: () =>
      page.$$eval('#rows tr', lines =>
        lines.map(line => ({
          id: line.dataset['id'] ?? '',
          fate: line.dataset['fate'] ?? '',
          text: line.innerText,
        })),
      ),
    shifts: () => page.evaluate(() => Reflect.get(globalThis, 'shifted') as number),
  }
}

export async function show(page: Page, { width, height, isDark, isStill }: Screen): Promise<void> {
  await page.setViewport({ width, height })
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: isDark ? 'dark' : 'light' },
    { name: 'prefers-reduced-motion', value: isStill ? 'reduce' : 'no-preference' },
  ])
}

function watchShifts(): void {
  Reflect.set(globalThis, 'shifted', 0)
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      if (Reflect.get(entry, 'hadRecentInput')) continue
      const before = Reflect.get(globalThis, 'shifted') as number
      Reflect.set(globalThis, 'shifted', before + (Reflect.get(entry, 'value') as number))
    }
  }).observe({ type: 'layout-shift', buffered: true })
}

/** What the chain holds, asked behind everybody's back: the identities of all transfers, newest first. */
export async function truth({ chain }: Stage): Promise<readonly string[]> {
  const { anvil, token } = chain
  const topics = ['0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef']
  const filter = { address: token.address, topics, fromBlock: '0x0', toBlock: 'latest' }
  const logs = await anvil.rpc<{ blockHash: string; transactionIndex: string; logIndex: string }[]>(
    'eth_getLogs',
    [filter],
  )
  return logs
    .map(each => `${each.blockHash}/${Number(each.transactionIndex)}/${Number(each.logIndex)}`)
    .reverse()
}

export async function headOf({ chain }: Stage): Promise<number> {
  return Number(await chain.anvil.rpc<string>('eth_blockNumber'))
}

/** In the page, once its script is there. */
declare const axe: typeof import('axe-core')

const axeProgram = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds, in words; nothing is left out. */
export async function complaints(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ path: axeProgram })
  return page.evaluate(async () => {
    const { violations } = await axe.run(document)
    return violations.map(
      ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(' ')}`,
    )
  })
}

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
