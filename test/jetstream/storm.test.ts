/** A few rounds of the storm; `test/deep` has thirty. */

import { describe, expect, test } from 'vitest'
import { natsMissing } from '../support/nats.ts'
import { storm } from './storm.ts'

describe.skipIf(natsMissing() !== undefined)('three relays through reorgs, cuts, kills and pauses', () => {
  test.each([1, 2])(
    'seed %i: nothing is lost, doubled or out of order',
    async seed => {
      const { ended, ids, wanted } = await storm(seed, 40)

      expect(wanted.length).toBeGreaterThan(100)
      expect(ended).toEqual([])
      expect(ids).toEqual(wanted)
    },
    60_000,
  )
})
