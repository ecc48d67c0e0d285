/** The demo is the first thing a newcomer runs: it keeps its promises here too. */

import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname

test('the demo cuts the line four ways, and loses, doubles and disorders nothing', () => {
  const startedAt = performance.now()
  const { status, stdout } = spawnSync('node', ['examples/demo/main.ts'], { cwd: root, encoding: 'utf8' })

  expect(stdout).toContain('Nothing lost, nothing twice, all in order.')
  expect(status).toBe(0)
  expect(performance.now() - startedAt).toBeLessThan(40_000)
  for (const cut of ['reset', 'clean close', 'silence (half-open)', 'down for 5 s']) {
    expect(stdout).toMatch(new RegExp(`${cut.replace(/[()]/g, '\\$&')} +\\d+ +\\d+ +0 +0 +0`))
  }
  const flowing = [...stdout.matchAll(/flowing ([\d.]+) s after/g)].map(([, seconds]) => Number(seconds))
  const noticed = [...stdout.matchAll(/noticed after ([\d.]+) s/g)].map(([, seconds]) => Number(seconds))
  expect(flowing).toHaveLength(4)
  // Short cuts: within a second. The silent line counts from its cut: 2.5 s to notice it, and a second.
  expect(flowing.slice(0, 2).every(seconds => seconds <= 1)).toBe(true)
  expect(flowing[2]).toBeLessThanOrEqual(4)
  expect(flowing[3]).toBeLessThanOrEqual(6)
  expect(noticed[2]).toBeLessThanOrEqual(3)
}, 60_000)
