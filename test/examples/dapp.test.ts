/** The example dapp in a real browser, against a real node, through a line that is cut. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, preview } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Stage, startStage } from '../../examples/dapp/stage/stage.ts'
import { type PageHost, startBrowser } from '../browser/browsers.ts'
import { type Dapp, openDapp } from './dapp-page.ts'
import { complaints, DESKTOP, headOf, PHONE, type Screen, truth } from './page.ts'

const root = new URL('../..', import.meta.url).pathname
const PATIENCE = 60_000

let host: PageHost
let stage: Stage
const opened: Dapp[] = []

beforeAll(async () => {
  ;[host, stage] = await Promise.all([startBrowser('chrome'), startStage(6)])
}, 120_000)
afterAll(async () => {
  await host.close()
  await stage.close()
})
afterEach(async () => {
  const failures = opened.flatMap(each => each.failures)
  await Promise.all(opened.splice(0).map(({ page }) => page.close()))
  expect(failures).toEqual([])
})

async function open(screen?: Screen, url = stage.url): Promise<Dapp> {
  const dapp = await openDapp(host, url, screen)
  opened.push(dapp)
  return dapp
}

/** Opened, and everything that there is has arrived. */
async function openAndFollow(screen?: Screen): Promise<Dapp> {
  const dapp = await open(screen)
  await dapp.says('badge', 'Open')
  await dapp.covers(await headOf(stage.chain))
  return dapp
}

/** What stands in the list, newest first, is what the chain holds. */
async function expectTruth(dapp: Dapp): Promise<void> {
  await dapp.covers(await headOf(stage.chain))
  const standing = (await dapp.rows()).filter(({ fate }) => fate !== 'struck')
  expect(standing.map(({ id }) => id)).toEqual(await truth(stage.chain))
}

describe('the list', { timeout: PATIENCE }, () => {
  test('shows the transfers of every new block, newest first, in units of the token', async () => {
    const dapp = await openAndFollow()
    const before = await dapp.rows()

    const { token } = stage.chain
    const [, to = token.owner] = token.accounts
    await token.transfer(to, 1_234_500_000_000_000_000n)
    await stage.chain.mine(2)

    await expectTruth(dapp)
    const rows = await dapp.rows()
    expect(rows).toHaveLength(before.length + 3)
    expect(rows[2]?.text).toMatch(/^\d+\s+0xf39f…2266\s+0x7099…79c8\s+1\.2345$/)
    await dapp.says('totals', `${rows.length} delivered, 0 rolled back, ${rows.length} stand`)
  })

  test('equals the chain after the line was down for a while, and the page shows how that went', async () => {
    const dapp = await openAndFollow()
    const head = await headOf(stage.chain)
    await dapp.page.mouse.move(0, 0)

    await dapp.press('Down for 6 s')
    await dapp.says('badge', /Next try in \d\.\d s/)
    for (const transfers of [2, 0, 3]) await stage.chain.mine(transfers)
    const refused = await dapp.says('now', 'OpaqueHandshakeError')
    const waiting = await dapp.says('events', /OpaqueHandshakeError attempt \d+ in \d\.\d s/)
    const hatched = await dapp.page.$$eval('#strip .waiting', found => found.length)
    await dapp.says('badge', 'Open')

    await expectTruth(dapp)
    expect(refused).toContain('Check that the server runs')
    expect(refused).toContain('ConnectionRefusedError')
    expect(waiting).toContain('Open ')
    expect(hatched).toBeGreaterThan(0)
    const events = await dapp.says('events', `Gap filled 5 transfers of blocks ${head + 1}–${head + 3}`)
    expect(events).toMatch(/Open again after \d+\.\d s, at attempt \d+ \(ConnectionLostError\)/)
    expect((await dapp.rows()).filter(({ fate }) => fate === 'filled')).toHaveLength(5)
    expect(await dapp.page.$$eval('#strip .arrival.filled', found => found.length)).toBeGreaterThan(0)
    await dapp.press('Compare with the node')
    await dapp.says('verdict', 'and so has this page: none missing, none twice.')
  })

  test.each([
    ['Reset', 'ConnectionLostError'],
    ['Close', 'ConnectionLostError'],
    ['Go silent', 'HeartbeatTimeoutError'],
  ])('equals the chain after "%s" (%s)', async (button, name) => {
    const dapp = await openAndFollow()

    await dapp.press(button)
    await stage.chain.mine(2)
    await dapp.says('events', new RegExp(`Open again .*\\(${name}\\)`))
    await stage.chain.mine(1)

    await expectTruth(dapp)
  })

  test('strikes what a reorg takes back, and keeps it in sight', async () => {
    const dapp = await openAndFollow()
    for (const transfers of [1, 2, 3]) await stage.chain.mine(transfers)
    const head = await headOf(stage.chain)
    await dapp.covers(head)
    const before = await dapp.rows()

    await dapp.press('Reorg 3 blocks')
    await dapp.says('events', `Reorg blocks ${head - 2}–${head} left the chain, 6 transfers taken back`)
    await stage.chain.mine(2)

    await expectTruth(dapp)
    const struck = (await dapp.rows()).filter(({ fate }) => fate === 'struck')
    expect(struck.map(({ id }) => id)).toEqual(before.slice(0, 6).map(({ id }) => id))
    expect(struck[0]?.text).toContain('rolled back')
    expect(await dapp.page.$$eval('#strip .strike', found => found.length)).toBe(1)
    const lines = await dapp.page.$$eval('[data-fate="struck"] .number', cells =>
      cells.map(cell => getComputedStyle(cell).textDecorationLine),
    )
    expect(new Set(lines)).toEqual(new Set(['line-through']))
    await dapp.says('now', /Reorgs\s+1\s+6 transfers taken back/)
  })
})

describe('a refused handshake', { timeout: PATIENCE }, () => {
  test.each([
    ['Wrong key (401)', 'UnauthorizedError', 'Check the key in the URL', 'Closed'],
    ['Another chain', 'WrongChainError', 'Check the URL against the chainId option', 'Closed'],
    ['Too busy (429)', 'TooManyRequestsError', 'too many connections', 'Next try in'],
    ['Nobody there', 'OpaqueHandshakeError', 'Check that the server runs', 'Next try in'],
  ])('%s: shows %s and its hint', async (preset, name, hint, badge) => {
    const dapp = await open()

    await dapp.press(preset)

    await dapp.says('now', new RegExp(`${name}.*${hint}`))
    await dapp.says('badge', badge)
    const alerts = await dapp.page.$$eval('[role="alert"]', found => found.length)
    expect(alerts).toBe(badge === 'Closed' ? 1 : 0)
  })

  test('what cannot be an endpoint or a token is said, and the next choice works', async () => {
    const dapp = await open()
    const type = async (label: string, text: string) => {
      await dapp.page.locator(`::-p-aria([name="${label}"])`).fill(text)
      await dapp.page.keyboard.press('Enter')
    }

    await type('Endpoint', 'ftp://node.example')
    await dapp.says('now', 'ConfigurationError')
    await dapp.press('Local node')
    await dapp.says('badge', 'Open')
    await type('Token', `0x${'ab'.repeat(20)}`)
    await dapp.says('now', 'NoContractError')
    await type('Token', stage.chain.token.address)

    await expectTruth(dapp)
  })
})

describe('everybody', { timeout: PATIENCE }, () => {
  const screens: readonly [string, Screen][] = [
    ['on a desktop', DESKTOP],
    ['on a desktop in the dark', { ...DESKTOP, isDark: true }],
    ['on a phone', PHONE],
    ['on a phone in the dark', { ...PHONE, isDark: true }],
  ]

  test.each(screens)(
    'can use it %s: axe finds nothing, and nothing is wider than the screen',
    async (_, screen) => {
      const dapp = await openAndFollow(screen)
      const isTooWide = () => dapp.page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      await stage.chain.mine(2)
      await stage.proxy.down()
      await dapp.says('now', 'OpaqueHandshakeError')
      await stage.chain.mine(1)
      const refused = await complaints(dapp.page)
      await stage.proxy.up()
      await dapp.says('events', 'Gap filled')
      await stage.chain.reorg(2)
      await dapp.says('events', 'Reorg')

      expect(refused).toEqual([])
      expect(await complaints(dapp.page)).toEqual([])
      expect(await isTooWide()).toBe(false)
      await dapp.press('Wrong key (401)')
      await dapp.says('now', 'UnauthorizedError')
      expect(await complaints(dapp.page)).toEqual([])
      expect(await isTooWide()).toBe(false)
    },
  )

  test.each([
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ])('reads on without jumps while the line falls and comes back (%s)', async (_, screen) => {
    const dapp = await openAndFollow(screen)
    const before = await dapp.shifts()

    await stage.proxy.down()
    await dapp.says('now', 'OpaqueHandshakeError')
    await stage.chain.mine(2)
    await stage.proxy.up()
    await dapp.says('events', 'Gap filled')

    expect((await dapp.shifts()) - before).toBeLessThan(0.01)
  })

  test('reaches every control by keyboard, and sees where the focus is', async () => {
    const { page } = await openAndFollow()
    const reached: string[] = []
    const outlines: string[] = []
    for (let i = 0; i < 17; i++) {
      await page.keyboard.press('Tab')
      const { name, outline } = await page.evaluate(() => {
        const focused = document.activeElement
        if (!(focused instanceof HTMLElement)) return { name: '', outline: '' }
        const label = focused instanceof HTMLInputElement ? focused.labels?.[0]?.innerText : undefined
        const name = label ?? focused.ariaLabel ?? focused.innerText
        return { name, outline: getComputedStyle(focused).outlineStyle }
      })
      reached.push(name)
      outlines.push(outline)
    }

    expect(reached.slice(0, 16)).toEqual([
      ...['Endpoint', 'Token', 'Follow'],
      ...['Local node', 'Wrong key (401)', 'Too busy (429)', 'Nobody there', 'Another chain'],
      'What happened to the connection, newest first',
      ...['Reset', 'Close', 'Go silent', 'Down for 6 s', 'Reorg 3 blocks'],
      ...['Compare with the node', 'Transfers, newest first'],
    ])
    expect(new Set(outlines.slice(0, 16))).toEqual(new Set(['solid']))
  })

  test('hears of a lost line and of the filled gap, and not of every tenth of a second', async () => {
    const dapp = await openAndFollow()
    await dapp.page.evaluate(() => {
      const heard: string[] = []
      Reflect.set(globalThis, 'heard', heard)
      const status = document.querySelector('[role="status"]')
      if (status === null) throw new Error('nothing speaks')
      new MutationObserver(() => heard.push(status.textContent)).observe(status, { childList: true })
    })

    await stage.proxy.down()
    await dapp.says('badge', /Next try in/)
    await stage.chain.mine(1)
    await dapp.says('now', 'OpaqueHandshakeError')
    await stage.proxy.up()
    await dapp.says('events', 'Gap filled')

    const heard = await dapp.page.evaluate(() => Reflect.get(globalThis, 'heard') as string[])
    expect(heard[0]).toMatch(/^ConnectionLostError/)
    expect(heard.at(-1)).toMatch(/^Gap filled\. 1 transfer of block \d+$/)
    expect(heard.length).toBeLessThanOrEqual(5)
  })

  test('who asked for less motion gets none', async () => {
    const [still, moving] = [await openAndFollow({ ...DESKTOP, isStill: true }), await openAndFollow()]
    const animations = ({ page }: Dapp) => page.evaluate(() => document.getAnimations().length)

    for (const dapp of [still, moving]) {
      await dapp.page.bringToFront()
      await dapp.press('Nobody there')
      await dapp.says('badge', 'Next try in')
    }

    expect(await animations(still)).toBe(0)
    expect(await animations(moving)).toBe(1)
  })
})

describe('the program', { timeout: PATIENCE }, () => {
  test('starts everything, prints the address, and leaves nothing behind', async () => {
    const program = spawn('node', ['examples/dapp/dev.ts'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    program.stdout.setEncoding('utf8')
    for await (const text of program.stdout.iterator({ destroyOnReturn: false })) {
      printed += text
      if (printed.includes('\n')) break
    }
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\//.exec(printed) ?? []
    const page = await fetch(url)
    const ended = once(program, 'exit')
    program.kill('SIGINT')

    expect(await page.text()).toContain('<title>holdfast: live transfers</title>')
    expect(await ended).toEqual([0, null])
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  test('built and served without the demo, the page is small and waits for a choice', async () => {
    const outDir = mkdtempSync(join(tmpdir(), 'holdfast-dapp-'))
    const options = { root: join(root, 'examples/dapp'), configFile: false, logLevel: 'warn' } as const
    await build({ ...options, build: { outDir, emptyOutDir: true } })
    const server = await preview({ ...options, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
    const dapp = await open(PHONE, server.resolvedUrls?.local[0])

    await dapp.says('now', 'Choose an endpoint and a token.')
    const hidden = await dapp.page.$$eval('#demo, #presets', found =>
      found.map(each => (each as HTMLElement).hidden),
    )
    expect(hidden).toEqual([true, true])
    expect(await complaints(dapp.page)).toEqual([])
    const scripts = readdirSync(join(outDir, 'assets')).filter(name => name.endsWith('.js'))
    const size = scripts.reduce(
      (sum, name) => sum + gzipSync(readFileSync(join(outDir, 'assets', name))).length,
      0,
    )
    expect(size).toBeLessThan(80_000)

    await server.close()
    rmSync(outDir, { recursive: true })
  })
})

test.runIf(process.env['UPDATE_SCREENSHOTS'] === '1')(
  'sits for its portrait',
  async () => {
    const own = await startStage()
    const dapp = await open({ width: 1280, height: 1340 }, own.url)
    await dapp.says('badge', 'Open')
    own.chain.run(1_000)
    // A minute of life: this waits for a picture, not for an outcome.
    const live = (seconds: number) => new Promise(resolve => setTimeout(resolve, seconds * 1_000))
    await live(14)
    await dapp.press('Reset')
    await live(10)
    await dapp.press('Down for 6 s')
    await dapp.says('events', /Gap filled.*Gap filled/)
    await live(8)
    await dapp.press('Compare with the node')
    await dapp.says('verdict', 'none missing')
    await dapp.press('Reorg 3 blocks')
    await dapp.says('events', 'Reorg')
    await live(1)
    await dapp.page.mouse.move(0, 0)
    await dapp.page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await dapp.page.screenshot({ path: join(root, 'docs/dapp.png'), fullPage: true })
    await own.close()
  },
  120_000,
)
