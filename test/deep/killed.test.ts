/** The same as `test/real/killed.test.ts`, fifty times. */

import { expect, test } from 'vitest'
import { killAgainAndAgain } from '../support/killed-reader.ts'

test('a reader killed fifty times holds what the chain holds', async () => {
  const { stored, truth, pages, reorgs } = await killAgainAndAgain(50, Date.now())

  expect(stored).toEqual(truth)
  expect(pages).toBeGreaterThan(50)
  expect(reorgs).toBeGreaterThan(0)
}, 600_000)
