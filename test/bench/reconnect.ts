/**
 * How soon a line is back: holdfast beside viem, ethers, web3 and alchemy-sdk, each with its default options, on real
 * sockets to a real node, through a proxy that cuts. `node test/bench/reconnect.ts [library …]`
 *
 * The peers are installed into node_modules/.cache on the first run.
 */

import { execFileSync, fork } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startAnvil } from '../../examples/local/anvil.ts'
import { type CuttingProxy, startProxy } from '../../examples/local/cutting-proxy.ts'
import { deployToken } from '../../examples/local/token.ts'
import type { Told } from './reconnect-client.ts'

const PEERS = { viem: '2.57.20', ethers: '6.17.0', web3: '4.16.0', 'alchemy-sdk': '3.6.5' }
/** As many as a p95 takes to be one: of 32 times it would be the second worst. */
const CLIENTS = 64
/** Milliseconds. */
const BLOCK_TIME = 100
const ROUNDS = { 0: 3, 1000: 2, 5000: 2 }
/** How long to wait for what may never come. */
const LONGEST = { down: 30_000, silent: 60_000, read: 20_000 }

const sleep = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds))
const say = (line: string) => process.stdout.write(`${line}\n`)

const show = (time: number) => (Number.isFinite(time) ? `${(time / 1000).toFixed(2)} s` : 'never')

const peers = installPeers()
// alchemy-sdk knows the chains that its company serves, and no others.
const anvil = await startAnvil(['--no-mining', '--chain-id', '1'])
const token = await deployToken(anvil)
const sending = { now: true }
const sender = (async () => {
  for (let value = 1n; sending.now; value++) {
    await token.transfer(token.accounts[1] ?? token.owner, value)
    await anvil.rpc('evm_mine')
    await sleep(BLOCK_TIME)
  }
})()

const libraries = process.argv.length > 2 ? process.argv.slice(2) : ['holdfast', ...Object.keys(PEERS)]
const rows: string[][] = []
for (const library of libraries) {
  say(`${library} …`)
  rows.push([library, ...(await measure(library))])
}
sending.now = false
await sender
await anvil.stop()
printTable([
  [
    '',
    'down 0 s (max)',
    'down 1 s (p50, p95)',
    'down 5 s (p50, p95)',
    'half-open noticed (max)',
    'read at a cut',
    'uncaught',
  ],
  ...rows,
])

/** Each scenario with clients of their own: some libraries do not survive the first one. */
async function measure(library: string): Promise<string[]> {
  const cells: string[] = []
  let uncaught = 0
  const scene = async (play: (scene: Scene) => Promise<string>) => {
    const scene = await openScene(library)
    cells.push(await play(scene))
    uncaught += scene.uncaught
    await scene.close()
  }
  for (const [down, rounds] of Object.entries(ROUNDS)) {
    await scene(async ({ proxies, firsts, flows }) => {
      const times: number[] = []
      for (let round = 0; round < rounds; round++) {
        times.push(...(await cut(proxies, Number(down), since => firsts(['transfer'], since, LONGEST.down))))
        if (times.every(time => time === Infinity)) break
        // Until connections count as stable.
        await flows()
        await sleep(5_500)
      }
      return down === '0' ? upTo(times) : `${quantile(times, 0.5)}, ${quantile(times, 0.95)}`
    })
  }
  await scene(async ({ proxies }) => upTo(await silence(proxies)))
  await scene(async ({ proxies, firsts, read }) => {
    for (const proxy of proxies) proxy.silence()
    const asked = firsts(['asked'], 0, 5_000)
    const outcome = firsts(['answered', 'rejected'], 0, LONGEST.read)
    read()
    await asked
    for (const proxy of proxies) proxy.reset()
    return tally((await outcome).map(told => told?.what ?? 'hangs'))
  })
  return [...cells, String(uncaught)]
}

interface Scene {
  readonly proxies: readonly CuttingProxy[]
  /** Errors that nobody caught. */
  readonly uncaught: number
  /** When each client first says it, by its own clock; undefined where it does not in time. */
  firsts(what: readonly Told['what'][], since: number, patience: number): Promise<(Told | undefined)[]>
  /** Until every client has had another transfer. */
  flows(): Promise<unknown>
  /** Has every client ask for something. */
  read(): void
  close(): Promise<void>
}

async function openScene(library: string): Promise<Scene> {
  const proxies = await Promise.all(Array.from({ length: CLIENTS }, () => startProxy(anvil.port)))
  const urls = proxies.map(({ port }) => `ws://127.0.0.1:${port}`)
  const script = join(import.meta.dirname, 'reconnect-client.ts')
  const child = fork(script, [library, peers, token.address, ...urls], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const listeners = new Set<(told: Told) => void>()
  let uncaught = 0
  child.on('message', (told: Told) => {
    if (told.what === 'uncaught') uncaught++
    else for (const listener of [...listeners]) listener(told)
  })
  const firsts: Scene['firsts'] = (what, since, patience) =>
    new Promise(resolve => {
      const seen: (Told | undefined)[] = Array.from({ length: CLIENTS })
      const done = () => {
        clearTimeout(timer)
        listeners.delete(listen)
        resolve(seen)
      }
      const listen = (told: Told) => {
        if (!what.includes(told.what) || told.at < since) return
        seen[told.client] ??= told
        if (seen.every(each => each !== undefined)) done()
      }
      const timer = setTimeout(done, patience)
      listeners.add(listen)
    })
  const flows = () => firsts(['transfer'], Date.now() + 5, 30_000)
  await flows()
  return {
    proxies,
    get uncaught() {
      return uncaught
    },
    firsts,
    flows,
    read: () => child.send('read'),
    close: async () => {
      child.kill('SIGKILL')
      await Promise.all(proxies.map(proxy => proxy.close()))
    },
  }
}

/** Milliseconds from the moment the server is there again to the first transfer; `Infinity` for never. */
async function cut(
  proxies: readonly CuttingProxy[],
  down: number,
  firstTransfers: (since: number) => Promise<(Told | undefined)[]>,
): Promise<number[]> {
  if (down === 0) for (const proxy of proxies) proxy.reset()
  else {
    await Promise.all(proxies.map(proxy => proxy.down()))
    await sleep(down)
    await Promise.all(proxies.map(proxy => proxy.up()))
  }
  const upAt = Date.now()
  // What was on its way at the moment of the cut is no sign of a new line.
  return (await firstTransfers(upAt + (down === 0 ? 5 : 0))).map(told =>
    told === undefined ? Infinity : told.at - upAt,
  )
}

/** Milliseconds from silence to the next dial. */
async function silence(proxies: readonly CuttingProxy[]): Promise<number[]> {
  const before = proxies.map(({ accepted }) => accepted)
  const times = proxies.map(() => Infinity)
  for (const proxy of proxies) proxy.silence()
  const since = performance.now()
  while (performance.now() - since < LONGEST.silent && times.includes(Infinity)) {
    await sleep(20)
    for (const [i, { accepted }] of proxies.entries()) {
      if (accepted > (before[i] ?? 0)) times[i] = Math.min(times[i] ?? Infinity, performance.now() - since)
    }
  }
  return times
}

function quantile(times: readonly number[], share: number): string {
  const sorted = [...times].sort((a, b) => a - b)
  return show(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Infinity)
}

function upTo(times: readonly number[]): string {
  const back = times.filter(Number.isFinite)
  const never = times.length - back.length
  if (back.length === 0) return 'never'
  return `${show(Math.max(...back))}${never > 0 ? ` (${never} of ${times.length} never)` : ''}`
}

function tally(outcomes: readonly string[]): string {
  const kinds = [...new Set(outcomes)]
  return kinds.map(kind => `${kind} ${outcomes.filter(each => each === kind).length}`).join(', ')
}

function printTable(table: readonly (readonly string[])[]): void {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map(row => row[i]?.length ?? 0)))
  for (const row of table) say(`| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`)
  say(`${CLIENTS} clients each, a block with one transfer every ${BLOCK_TIME} ms; Node ${process.version}.`)
}

function installPeers(): string {
  const folder = new URL('../../node_modules/.cache/reconnect-peers', import.meta.url).pathname
  if (Object.keys(PEERS).every(name => existsSync(join(folder, 'node_modules', name)))) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const names = Object.entries(PEERS).map(([name, version]) => `${name}@${version}`)
  execFileSync(
    'npm',
    ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', ...names],
    {
      stdio: 'inherit',
    },
  )
  return folder
}
