/** Codes and texts of Node and OpenSSL change from version to version; the judgement must not. */

import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'
import { scenarios } from '../transport/scenarios/index.ts'
import { NODE_VERSIONS, nodeProgram } from './nodes.ts'

const root = new URL('../..', import.meta.url).pathname
/** Below node_modules, so that what is not bundled is found. */
const scratch = join(root, 'node_modules', '.cache', 'holdfast-matrix')
const script = join(scratch, 'run-scenarios.mjs')

beforeAll(async () => {
  mkdirSync(scratch, { recursive: true })
  for (const version of NODE_VERSIONS) nodeProgram(version)
  await build({
    entryPoints: [join(root, 'test/matrix/run-scenarios.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
    packages: 'external',
    alias: { holdfast: join(root, 'dist/index.js') },
  })
}, 300_000)

describe('every rejection is judged alike', () => {
  test.concurrent.each(NODE_VERSIONS)(
    'on Node %s',
    async version => {
      const { stdout } = await promisify(execFile)(nodeProgram(version), [script], {
        cwd: root,
        maxBuffer: 1 << 26,
      })
      const result: unknown = JSON.parse(stdout)

      const count = Object.values(scenarios).flat().length
      expect(result).toEqual({ node: `v${version}`, count, faults: [], uncaught: [] })
    },
    120_000,
  )
})
