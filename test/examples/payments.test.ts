/** The payments example keeps its promise: it is run as a reader would run it. */

import { expect, test } from 'vitest'
import { startNode } from '../support/program.ts'

test('deposits are credited exactly once, through kills, cuts and reorgs', async () => {
  const example = startNode(['--disable-warning=ExperimentalWarning', 'examples/payments/main.ts'])

  const { code } = await example.ended

  expect(example.note).toBe('')
  expect(example.out).toContain('Every deposit was credited exactly once.')
  expect(example.out.match(/kill −9/g)).toHaveLength(5)
  expect(code).toBe(0)
}, 60_000)
