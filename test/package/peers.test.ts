/** What is optional is loaded by nobody who does not ask for it. `npm test` builds first. */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-peers-'))
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['ws', 'isomorphic-ws', 'eventemitter3'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Where the client of NATS is not installed. */
function load(code: string): string {
  const { stderr } = spawnSync('node', ['--input-type=module', '-e', code], { cwd: folder, encoding: 'utf8' })
  return stderr
}

test.each([
  ["import './dist/index.js'"],
  ["import './dist/doctor.js'"],
  ["import { createRequire } from 'node:module'; createRequire(import.meta.url)('./dist/index.cjs')"],
])('%s needs no client of NATS', code => {
  expect(load(code)).toBe('')
})

test('holdfast/jetstream needs it', () => {
  expect(load("import './dist/jetstream.js'")).toContain('@nats-io/')
})
