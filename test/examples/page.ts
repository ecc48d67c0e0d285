/** What the tests of the example pages have in common: screens, axe, and what the chain itself says. */

import { createRequire } from 'node:module'
import type { Page } from 'puppeteer-core'
import type { Economy } from '../../examples/local/economy.ts'

export interface Screen {
  readonly width: number
  readonly height: number
  readonly isDark?: boolean
  readonly isStill?: boolean
}

export const DESKTOP: Screen = { width: 1280, height: 900 }
export const PHONE: Screen = { width: 360, height: 740 }

export async function show(page: Page, { width, height, isDark, isStill }: Screen): Promise<void> {
  await page.setViewport({ width, height })
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: isDark ? 'dark' : 'light' },
    { name: 'prefers-reduced-motion', value: isStill ? 'reduce' : 'no-preference' },
  ])
}

/** What the chain holds, asked behind everybody's back: the identities of all transfers since a block, newest first. */
export async function truth({ anvil, token }: Economy, since = 0): Promise<readonly string[]> {
  const topics = ['0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef']
  const filter = { address: token.address, topics, fromBlock: `0x${since.toString(16)}`, toBlock: 'latest' }
  const logs = await anvil.rpc<{ blockHash: string; transactionIndex: string; logIndex: string }[]>(
    'eth_getLogs',
    [filter],
  )
  return logs
    .map(each => `${each.blockHash}/${Number(each.transactionIndex)}/${Number(each.logIndex)}`)
    .reverse()
}

export async function headOf({ anvil }: Economy): Promise<number> {
  return Number(await anvil.rpc<string>('eth_blockNumber'))
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
