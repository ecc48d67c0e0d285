/** What the window keeps, and what it forgets. */

import { expect, test } from 'vitest'
import { Window } from '../../src/eth/window.ts'

test('of a stretch that lies deeper than any reorg the items are not kept', () => {
  const window = new Window<string>([{ number: 0, hashPrefix: '' }])

  window.extend({ number: 500, hash: `0x${'5'.repeat(64)}` }, ['deep'], true)
  window.extend({ number: 1_000, hash: `0x${'1'.repeat(64)}` }, ['near'])

  expect(window.forgottenAbove(0)).toBe(500)
  expect(window.rollback(0)).toEqual(['near'])
})
