/** Random histories in virtual time: at the end of every page the fold is the chain's truth. */

import fc from 'fast-check'
import { afterEach, beforeEach, describe, test, vi } from 'vitest'
import { type History, histories } from '../support/sim-history.ts'
import { play } from '../support/sim-reader.ts'
import { REGRESSIONS } from '../support/sim-regressions.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('histories that went wrong once', () => {
  test.each(Object.entries(REGRESSIONS))('%s', async (_, history: History) => {
    await play(history)
  })
})

test('in 1,000 histories of a hostile node nothing is lost, doubled or out of order', async () => {
  await fc.assert(fc.asyncProperty(histories, play), { numRuns: 1_000, seed: 20_261_123 })
}, 180_000)
