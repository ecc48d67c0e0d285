/**
 * `npm run bench`: every figure beside a yardstick (`ws` + `JSON.parse` + a `Map` + a decoder by hand) and beside the
 * peers, all interleaved in one run on one machine, so that what the machine does meanwhile falls on all of them. Writes
 * the table of docs/performance.md and README.md. `npm run bench -- latency logs` measures only those, and writes nothing.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { ALL_BLOCKS, BLOCKS, LOGS_PER_BLOCK } from './chain.ts'
import { type Contender, ethers, holdfast, raw, root, viem, web3 } from './contenders.ts'
import { startNode } from './peer.ts'
import { Raw } from './raw.ts'

const AT_ONCE = 1_024
const node = await startNode()
const only = process.argv.slice(2)
const wanted = (figure: string) => only.length === 0 || only.includes(figure)

interface Row {
  readonly title: string
  readonly bar: string
  readonly cells: Readonly<Record<string, string>>
}
const rows: Row[] = []

function row(title: string, bar: string, cells: Row['cells']): void {
  rows.push({ title, bar, cells })
  const shown = Object.entries(cells).map(([name, cell]) => `${name} ${cell}`)
  process.stdout.write(`${title} (bar ${bar}): ${shown.join(' · ')}\n`)
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN

/** Interleaved rounds; every contender's median ratio to the yardstick of the same round. */
async function ratios(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender) => Promise<number>,
): Promise<Record<string, string>> {
  const figures = new Map(contenders.map(({ name }) => [name, [] as number[]]))
  const yardstick: number[] = []
  for (let round = 0; round < rounds + 2; round++) {
    const measured = new Map<string, number>()
    // Whoever comes first in one round comes last in the next.
    const order = round % 2 === 0 ? contenders : contenders.toReversed()
    for (const contender of order) {
      globalThis.gc?.()
      measured.set(contender.name, await measure(contender))
    }
    // The first two rounds warm up.
    if (round < 2) continue
    const base = measured.get('raw ws') ?? NaN
    yardstick.push(base)
    for (const [name, value] of measured) figures.get(name)?.push(value / base)
  }
  const cells = [...figures].map(([name, values]) => [name, `${median(values).toFixed(2)} ×`] as const)
  return { ...Object.fromEntries(cells), 'raw ws': formatTime(median(yardstick)) }
}

const formatTime = (microseconds: number) =>
  microseconds < 10_000 ? `${microseconds.toFixed(1)} µs` : `${(microseconds / 1_000).toFixed(0)} ms`

/** CPU of this process, user and system, in microseconds. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

async function close(contenders: readonly Contender[]): Promise<void> {
  for (const contender of contenders) await contender.close()
}

if (wanted('cpu')) {
  const { url } = node
  const batched = await holdfast(url, { batch: true }, 'holdfast, batch')
  const all = [
    await raw(url),
    await holdfast(url),
    batched,
    await viem(url),
    await ethers(url),
    await web3(url),
  ]
  const cells = await ratios(all, 15, async contender => {
    // After gc() the collector sweeps on for some 10 ms, whoever is measured: many waves, so that it weighs little on a few µs.
    const waves = contender.name === 'web3' ? 10 : 100
    const spent = await cpuOf(async () => {
      for (let i = 0; i < waves; i++) {
        await Promise.all(Array.from({ length: AT_ONCE }, () => contender.blockNumber()))
      }
    })
    return spent / waves / AT_ONCE
  })
  const { 'holdfast, batch': batch = '', ...rest } = cells
  row('CPU per eth_blockNumber, 1,024 at once', '≤ 0.9 ×', rest)
  row('the same with `batch: true`', '≤ 0.4 ×', { 'raw ws': rest['raw ws'] ?? '', holdfast: batch })
  await close(all)
}

if (wanted('latency')) {
  const { url } = node
  const all = [await raw(url), await holdfast(url), await viem(url), await ethers(url), await web3(url)]
  const cells = await ratios(all, 9, async contender => {
    const times: number[] = []
    for (let i = 0; i < (contender.name === 'ethers' ? 40 : 400); i++) {
      const start = performance.now()
      await contender.blockNumber()
      times.push(performance.now() - start)
    }
    return 1_000 * median(times)
  })
  row('one request at a time, p50', '≤ 1.1 ×', cells)
  await close(all)
}

if (wanted('logs')) {
  const { url } = node
  const makers = [raw, holdfast, viem, ethers, web3]
  const all: Contender[] = []
  const tallies = new Map<string, { id: string; seen: number; wake: () => void; until: number }>()
  for (const make of makers) {
    const contender = await make(url)
    const tally = { id: '', seen: 0, wake: () => {}, until: 0 }
    const subscribed = node.subscribed()
    await contender.onTransfers?.(() => {
      if (++tally.seen === tally.until) tally.wake()
    })
    tally.id = await subscribed
    tallies.set(contender.name, tally)
    all.push(contender)
  }
  const cells = await ratios(all, 11, async ({ name }) => {
    const tally = tallies.get(name)
    if (tally === undefined) throw new Error(name)
    const count = name === 'raw ws' || name === 'holdfast' ? 10_000 : 1_000
    const spent = await cpuOf(
      () =>
        new Promise<void>(resolve => {
          tally.wake = resolve
          tally.until = tally.seen + count
          node.burst(tally.id, count)
        }),
    )
    return spent / count
  })
  row("a log notification → decoded transfer in the reader's loop, CPU", '≤ 1.2 ×', cells)
  await close(all)
}

/** The pages that holdfast asks for, so that all others ask the same. */
async function pagesOfHoldfast(blocks: number): Promise<[number, number][]> {
  const client = await holdfast(node.url)
  const clerk = await Raw.open(node.url)
  await clerk.request('bench_pages')
  await client.history?.([[1, blocks]])
  const pages = await clerk.request<[number, number][]>('bench_pages')
  await client.close()
  clerk.close()
  return pages
}

/** Microseconds for all blocks. */
async function timeOf(contender: Contender, pages: [number, number][], blocks: number): Promise<number> {
  const asked = pages.reduce((sum, [from, to]) => sum + to - from + 1, 0)
  const start = performance.now()
  const count = await contender.history?.(pages)
  if (count !== asked * LOGS_PER_BLOCK) throw new Error(`${contender.name} saw ${count} transfers`)
  return (1_000 * (performance.now() - start) * blocks) / asked
}

/** Of several processes, since what is collected when is chance. */
function peaksOf(names: readonly string[], pages: [number, number][]): Record<string, string> {
  const peakOf = (name: string) => inOwnProcess('history', name, JSON.stringify(pages)) / 1e6
  return Object.fromEntries(
    names.map(name => {
      const peaks = [peakOf(name), peakOf(name), peakOf(name)]
      return [name === 'raw' ? 'raw ws' : name, `${Math.max(...peaks).toFixed(0)} MB`]
    }),
  )
}

if (wanted('history')) {
  const pages = await pagesOfHoldfast(BLOCKS)
  const makers = [raw, holdfast, viem, ethers, web3]
  const fast = ['raw ws', 'holdfast']
  const all = await Promise.all(makers.map(make => make(node.url)))
  row(
    `100,000 logs (63 MB in ${pages.length} pages) → transfers, time`,
    '≤ 1.2 ×',
    // Whoever is slow is asked for one page.
    await ratios(all, 6, contender =>
      timeOf(contender, fast.includes(contender.name) ? pages : pages.slice(2, 3), BLOCKS),
    ),
  )
  await close(all)
  row(
    'the same, peak memory above idle',
    '≤ 80 MB',
    peaksOf(['raw', 'holdfast', 'viem', 'ethers', 'web3'], pages),
  )
}

if (wanted('catch-up')) {
  const pages = await pagesOfHoldfast(ALL_BLOCKS)
  const all = [await raw(node.url), await holdfast(node.url)]
  row(
    `catching up 1,000,000 transfers (${pages.length} pages), time`,
    '≤ 1.67 × (60 % of the speed)',
    await ratios(all, 3, contender => timeOf(contender, pages, ALL_BLOCKS)),
  )
  await close(all)
  row('the same, peak memory above idle', '≤ 80 MB', peaksOf(['raw', 'holdfast'], pages))
}

function inOwnProcess(figure: string, name: string, ...more: string[]): number {
  const script = new URL('memory.ts', import.meta.url).pathname
  return Number(
    execFileSync(process.execPath, ['--expose-gc', script, figure, name, node.url, ...more], {
      encoding: 'utf8',
    }),
  )
}

if (wanted('memory')) {
  const bytes = (figure: string, names: readonly string[]) =>
    Object.fromEntries(
      names.map(name => [name === 'raw' ? 'raw ws' : name, `${Math.round(inOwnProcess(figure, name))} B`]),
    )
  row(
    'memory per pending eth_call (68 bytes of data)',
    '≤ 900 B',
    bytes('pending', ['raw', 'holdfast', 'viem']),
  )
  row('memory per subscription', '≤ 700 B', bytes('subscription', ['raw', 'holdfast', 'viem']))
  const grown = (name: string) => `${(inOwnProcess('growth', name) / 1e6).toFixed(2)} MB`
  row('growth from 200,000 to 1,000,000 requests', 'none', {
    'raw ws': grown('raw'),
    holdfast: grown('holdfast'),
  })
}

if (wanted('size')) {
  const sizeOf = async (contents: string) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: root },
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'esm',
      write: false,
    })
    return `${(gzipSync(outputFiles[0]?.text ?? '', { level: 9 }).length / 1_000).toFixed(1)} kB`
  }
  row('gzip of a browser bundle, all in', '≤ 28 kB', {
    holdfast: await sizeOf(`import { createClient } from 'holdfast'; createClient('').transfers()`),
    viem: await sizeOf(
      `import { createPublicClient, webSocket } from 'viem'; import { mainnet } from 'viem/chains'; createPublicClient({ chain: mainnet, transport: webSocket() }).watchEvent({})`,
    ),
    ethers: await sizeOf(
      `import { WebSocketProvider, Contract } from 'ethers'; new Contract('', [], new WebSocketProvider(''))`,
    ),
  })
  const imported = (name: string) => {
    const code = `const t = performance.now(); await import('${name}'); process.stdout.write(String(performance.now() - t))`
    const args = ['--input-type=module', '-e', code]
    return Number(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }))
  }
  const names = ['ws', 'holdfast', 'viem', 'ethers']
  const rounds = Array.from({ length: 15 }, () => names.map(imported))
  const [base = NaN, ...others] = names.map((_, i) => median(rounds.map(round => round[i] ?? NaN)))
  const times = others.map((time, i) => [names[i + 1] ?? '', `${(time / base).toFixed(2)} ×`] as const)
  row('import in Node', '≤ 1.4 ×', { 'raw ws': `${base.toFixed(0)} ms`, ...Object.fromEntries(times) })
}

node.stop()
if (only.length === 0) write()

function write(): void {
  const names = ['raw ws', 'holdfast', 'viem', 'ethers', 'web3']
  const table = [
    `| | bar | ${names.join(' | ')} |`,
    `|---|---|${names.map(() => '---|').join('')}`,
    ...rows.map(
      ({ title, bar, cells }) =>
        `| ${title} | ${bar} | ${names.map(name => cells[name] ?? '').join(' | ')} |`,
    ),
  ].join('\n')
  const machine = `Measured on Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}.`
  const between = /(<!-- bench -->)[\s\S]*(<!-- \/bench -->)/
  for (const file of [`${root}docs/performance.md`, `${root}README.md`]) {
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(between, `$1\n\n${table}\n\n${machine}\n\n$2`))
  }
}
