/** The package as users get it. `npm test` builds it first. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packInto } from './project.ts'

const root = new URL('../..', import.meta.url).pathname
let scratch: string
let tarball: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'holdfast-package-'))
  tarball = packInto(scratch).tarball
})
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true })
})

async function bundle(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

describe('the tarball', () => {
  test.each([
    ['publint', ['--strict']],
    ['attw', ['--profile', 'node16']],
  ])('%s finds nothing', (tool, args) => {
    const { status, stdout, stderr } = spawnSync(tool, [tarball, ...args], { cwd: root, encoding: 'utf8' })

    const lines = `${stdout}${stderr}`.split('\n').filter(line => !line.includes('(ignored'))
    expect(lines.filter(line => /error|❌|💀/i.test(line))).toEqual([])
    expect(status).toBe(0)
  })
})

describe('types', () => {
  test('name nothing of ws, zod, Node or the DOM: they work with lib es2022 alone', () => {
    const project = join(scratch, 'types')
    execFileSync('mkdir', ['-p', join(project, 'node_modules', 'holdfast')])
    execFileSync('tar', [
      '-xzf',
      tarball,
      '--strip-components=1',
      '-C',
      join(project, 'node_modules', 'holdfast'),
    ])
    const compilerOptions = {
      strict: true,
      lib: ['es2022'],
      types: [],
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
    }
    writeFileSync(
      join(project, 'use.ts'),
      `import { createClient, decodeTransfer, UnauthorizedError, type Transfer } from 'holdfast'
       export async function use(): Promise<bigint> {
         const client = createClient('wss://node.example', { chainId: 1 })
         client.on('state', ({ to }) => { if (to.status === 'waiting') to.error.hint })
         const hex: \`0x\${string}\` = await client.request({ method: 'eth_blockNumber' })
         let sum = 0n
         for await (const transfer of client.transfers({ token: hex })) sum += transfer.value
         const page: Transfer | undefined = decodeTransfer({})
         try { await client.connect() } catch (error) { if (error instanceof UnauthorizedError) error.status satisfies number }
         await client.close()
         return page?.value ?? sum
       }`,
    )
    for (const [module, moduleResolution] of [
      ['nodenext', 'nodenext'],
      ['preserve', 'bundler'],
      ['node16', 'node16'],
    ]) {
      writeFileSync(
        join(project, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: { ...compilerOptions, module, moduleResolution } }),
      )
      const { stdout } = spawnSync('tsc', ['-p', project], { encoding: 'utf8' })
      expect(stdout, moduleResolution).toBe('')
    }
  })
})

describe('in a browser bundle', () => {
  const APP = `import { createClient } from 'holdfast'
    for await (const transfer of createClient('wss://node.example').transfers()) console.log(transfer)`

  test('createClient and transfers stay within their size', async () => {
    const size = gzipSync(await bundle(APP), { level: 9 }).length

    expect(size).toBeLessThanOrEqual(BUDGET)
  })

  test('there is nothing of Node', async () => {
    // esbuild fails on a Node built-in for the browser; process and Buffer would only fail at run time.
    expect(await bundle(APP)).not.toMatch(/\bprocess\.|\bBuffer\b|\brequire\(/)
  })

  test('decodeTransfer alone brings nearly nothing', async () => {
    const code = await bundle(`import { decodeTransfer } from 'holdfast'; console.log(decodeTransfer({}))`)

    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(1_000)
  })
})

/** Bytes, gzip. */
const BUDGET = 45_300

describe('in Node', () => {
  test('both formats give the same names', async () => {
    const require = createRequire(import.meta.url)
    const cjs = require(join(root, 'dist/index.cjs')) as object
    const esm = (await import(join(root, 'dist/index.js'))) as object

    expect(Object.keys(cjs).sort()).toEqual(Object.keys(esm).sort())
    expect(Object.keys(esm)).toContain('createClient')
  })

  test('importing takes at most 1.2 × the processor time of ws alone', () => {
    const ours = `import(${JSON.stringify(join(root, 'dist/index.js'))})`
    const times = Array.from({ length: 9 }, () => [importTime(ours), importTime(`import('ws')`)] as const)
    const least = (i: 0 | 1) => Math.min(...times.map(pair => pair[i]))

    expect(least(0) / least(1)).toBeLessThanOrEqual(1.2)
  })

  test('the version of package.json has an entry in the changelog', () => {
    expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).toMatch(/^## Unreleased$/m)
  })
})

/**
 * Microseconds of processor time, all threads, that a fresh process spends on an import. By the clock the bar is 1.4 ×, in
 * docs/performance.md: a clock would count what other processes do meanwhile.
 */
function importTime(code: string): number {
  const script = `const start = process.cpuUsage(); await ${code}
    const { user, system } = process.cpuUsage(start); console.log(user + system)`
  return Number(execFileSync('node', ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' }))
}
