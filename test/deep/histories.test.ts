/**
 * The same histories as in `test/eth/histories.test.ts`, very many of them, from a seed that is different every day:
 * `npm run test:deep`. HOLDFAST_RUNS and HOLDFAST_SEED say how many, and which.
 */

import fc from 'fast-check'
import { afterEach, beforeEach, test, vi } from 'vitest'
import { histories } from '../support/sim-history.ts'
import { play } from '../support/sim-reader.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const RUNS = Number(process.env['HOLDFAST_RUNS'] ?? 50_000)
const SEED = Number(process.env['HOLDFAST_SEED'] ?? Math.floor(Date.now() / 86_400_000))

test(`in ${RUNS} histories of a hostile node nothing is lost, doubled or out of order`, async () => {
  await fc.assert(fc.asyncProperty(histories, play), { numRuns: RUNS, seed: SEED })
}, 0)
