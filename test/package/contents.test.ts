/** What `npm pack` puts into the tarball: each file for a reason. `npm test` builds it first. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Packed, packInto } from './project.ts'

const root = new URL('../..', import.meta.url).pathname
const scratch = mkdtempSync(join(tmpdir(), 'holdfast-contents-'))
const unpacked = join(scratch, 'package')
let files: Packed['files']
/** Their paths in dist/. */
let built: readonly string[]

beforeAll(() => {
  const packed = packInto(scratch)
  files = packed.files
  built = files.map(({ path }) => path).filter(path => path.startsWith('dist/'))
  execFileSync('tar', ['-xzf', packed.tarball, '-C', scratch])
})
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true })
})

/** Per entry: what both module systems load, and its types for each. */
const BUILT_TWICE = ['index', 'doctor', 'jetstream', 'eip1193', 'viem', 'ethers']
const FOR_BROWSERS = ['browser/index', 'browser/doctor']
/** What several entries share; esbuild and tsup name it after its content. */
const SHARED = /-[\w-]{8}\.(js|d\.ts|d\.cts)$/

test('it holds the entries, the program and what is said of them, and nothing else', () => {
  const entries = [
    ...BUILT_TWICE.flatMap(name => ['js', 'cjs', 'd.ts', 'd.cts'].map(ending => `${name}.${ending}`)),
    ...FOR_BROWSERS.flatMap(name => ['js', 'cjs'].map(ending => `${name}.${ending}`)),
    'cli.cjs',
  ]

  const others = files.map(({ path }) => path).filter(path => !built.includes(path))

  expect(built.filter(path => !SHARED.test(path)).sort()).toEqual(entries.map(path => `dist/${path}`).sort())
  expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'THIRD-PARTY.md', 'package.json'])
})

test('every file of dist/ is reached from an export or the program: none is left of an earlier build', () => {
  const manifest: unknown = JSON.parse(textOf('package.json'))
  const { bin, exports } = manifest as { bin: object; exports: object }
  const reached = new Set(leavesOf([bin, exports]).map(normalize))
  for (const path of reached) for (const next of importsOf(path)) reached.add(next)
  reached.delete('package.json')

  expect([...reached].sort()).toEqual([...built].sort())
})

test('of each package that is bundled, and of no other, the copyright is named', () => {
  const bundled = built.flatMap(path =>
    [...textOf(path).matchAll(/^\s*\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm)].map(([, name = '']) => name),
  )
  const named = [...textOf('THIRD-PARTY.md').matchAll(/^\| ([\w@/-]+) \| \S/gm)].map(([, name = '']) => name)

  expect(named.filter(name => name !== 'package').sort()).toEqual([...new Set(bundled)].sort())
})

test('npm has nothing to correct in package.json before it publishes it', () => {
  const before = textOf('package.json')
  execFileSync('npm', ['pkg', 'fix'], { cwd: unpacked, stdio: 'pipe' })

  expect(JSON.parse(textOf('package.json'))).toEqual(JSON.parse(before))
})

test('no file says where it was built, and none leads to a source map', () => {
  const telling = files
    .map(({ path }) => path)
    .filter(path => [root, homedir(), 'sourceMappingURL'].some(trace => textOf(path).includes(trace)))

  expect(telling).toEqual([])
})

test('unpacked it takes less than 3 MB', () => {
  expect(files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(3_000_000)
})

function textOf(path: string): string {
  return readFileSync(join(unpacked, path), 'utf8')
}

/** Every path in the conditions of `exports` and `bin`. */
function leavesOf(node: unknown): readonly string[] {
  return typeof node === 'string' ? [node] : Object.values(node as object).flatMap(leavesOf)
}

/** The files of the package that one of its files loads, or takes types from. */
function importsOf(path: string): readonly string[] {
  const specifiers = textOf(path).matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](\.[^'"]+)['"]/g)
  return [...specifiers].map(([, specifier = '']) => {
    const target = normalize(join(dirname(path), specifier))
    return /\.d\.c?ts$/.test(path) ? target.replace(/\.(c?)js$/, '.d.$1ts') : target
  })
}
