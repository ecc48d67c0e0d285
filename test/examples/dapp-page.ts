/** The example's page in a real browser, as a person meets it: by names of buttons, by what is written. */

import type { Page } from 'puppeteer-core'
import type { PageHost } from '../browser/browsers.ts'
import { DESKTOP, show } from './page.ts'

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

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
