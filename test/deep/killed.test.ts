/** The same as `test/real/killed.test.ts`, fifty times, from a seed that is different every time. */

import { expect, test } from 'vitest'
import { killAgainAndAgain } from '../support/killed-reader.ts'

test('a reader killed fifty times on a chain that forks holds what the chain holds', async () => {
  const seed = Number(process.env['HOLDFAST_SEED'] ?? Date.now())
  console.log(`HOLDFAST_SEED=${seed}`)
  const { stored, truth, pages, rollbacks } = await killAgainAndAgain(50, seed)

  expect(stored).toEqual(truth)
  expect(pages).toBeGreaterThan(50)
  expect(rollbacks).toBeGreaterThan(25)
}, 600_000)
