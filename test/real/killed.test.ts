/** A reading process may die at any moment: what it has stored, and the cursor beside it, go on exactly. */

import { expect, test } from 'vitest'
import { killAgainAndAgain } from '../support/killed-reader.ts'

test('a reader killed ten times on a chain that forks holds what the chain holds', async () => {
  const { stored, truth, pages, rollbacks } = await killAgainAndAgain(10, 20_261_123)

  expect(stored).toEqual(truth)
  expect(pages).toBeGreaterThan(10)
  expect(rollbacks).toBeGreaterThan(5)
}, 120_000)
