/** `npm run sizes`: writes into docs/performance.md what each entry adds to a bundle. Measures dist/, as users get it. */

import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build, type Platform } from 'esbuild'

const root = new URL('..', import.meta.url).pathname
const page = new URL('performance.md', import.meta.url)

interface Entry {
  readonly title: string
  readonly code: string
  readonly platforms: readonly Platform[]
  /** What is not counted: peers, and `holdfast` itself where the entry is an addition to it. */
  readonly external: readonly string[]
}

const everywhere: readonly Platform[] = ['browser', 'node']
const onTop = (name: string, exported: string, ...peers: readonly string[]): Entry => ({
  title: `\`holdfast/${name}\`, on top of \`holdfast\``,
  code: `import { ${exported} } from './dist/${name}.js'; console.log(${exported})`,
  platforms: everywhere,
  external: ['holdfast', ...peers],
})

const ENTRIES: readonly Entry[] = [
  {
    title: '`holdfast`: `createClient`, everything in',
    code: `import { createClient } from 'holdfast'; console.log(createClient)`,
    platforms: everywhere,
    external: [],
  },
  {
    title: '`holdfast`: `decodeTransfer` alone',
    code: `import { decodeTransfer } from 'holdfast'; console.log(decodeTransfer)`,
    platforms: everywhere,
    external: [],
  },
  onTop('eip1193', 'eip1193'),
  onTop('viem', 'holdfast', 'viem'),
  onTop('ethers', 'HoldfastProvider', 'ethers'),
  {
    title: '`holdfast/doctor`, `holdfast` in it',
    code: `import { diagnose, toText } from 'holdfast/doctor'; console.log(diagnose, toText)`,
    platforms: everywhere,
    external: [],
  },
  {
    title: '`holdfast/jetstream`, without NATS’ own client',
    code: `import { relay } from 'holdfast/jetstream'; console.log(relay)`,
    platforms: ['node'],
    external: ['@nats-io/*'],
  },
]

/** The table, from a fresh look at dist/. */
export async function sizesTable(): Promise<string> {
  const rows = await Promise.all(
    ENTRIES.map(async ({ title, platforms, ...entry }) => {
      const cells = everywhere.map(platform => (platforms.includes(platform) ? weigh(entry, platform) : '–'))
      return `| ${title} | ${(await Promise.all(cells)).join(' | ')} |`
    }),
  )
  return ['| | browser | Node |', '|---|---|---|', ...rows].join('\n')
}

/** Kilobytes of a bundle: gzip, and minified only. */
async function weigh({ code, external }: Pick<Entry, 'code' | 'external'>, platform: Platform) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform,
    // Native helpers that ws takes where they are installed.
    external: [...external, 'bufferutil', 'utf-8-validate'],
    write: false,
  })
  const contents = outputFiles[0]?.contents ?? new Uint8Array()
  const kilobytes = (bytes: number) => (bytes / 1_000).toFixed(1)
  return `${kilobytes(gzipSync(contents, { level: 9 }).length)} kB (${kilobytes(contents.length)} kB)`
}

const REGION = /(<!-- sizes -->\n\n)([\s\S]*?)(\n\n<!-- \/sizes -->)/

/** The table as the page has it. */
export function sizesInPage(): string {
  const [, , table] = REGION.exec(readFileSync(page, 'utf8')) ?? []
  if (table === undefined) throw new Error('docs/performance.md has no place for sizes.')
  return table
}

if (import.meta.main) {
  const table = await sizesTable()
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(
      REGION,
      (_, before: string, __, after: string) => before + table + after,
    ),
  )
}
