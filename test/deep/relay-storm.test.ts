/** Thirty rounds of the storm, and ten on a cluster, each with another seed; the seed is in the title, so that a round can be run again. */

import { describe, expect, test } from 'vitest'
import { storm } from '../jetstream/storm.ts'

const first = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const seeds = Array.from({ length: 30 }, (_, i) => first + i)

describe('three relays through reorgs, cuts, kills and pauses', () => {
  test.each(seeds)('seed %i: nothing is lost, doubled or out of order', async seed => {
    const { ended, ids, wanted, ...report } = await storm(seed, 100)

    console.log(JSON.stringify(report))
    expect(wanted.length).toBeGreaterThan(100)
    expect(ended).toEqual([])
    expect(ids).toEqual(wanted)
  })

  test.each(seeds.slice(0, 10))(
    'seed %i, three replicas: nothing is lost, doubled or out of order',
    async seed => {
      const { ended, ids, wanted, ...report } = await storm(seed, 100, 3)

      console.log(JSON.stringify(report))
      expect(wanted.length).toBeGreaterThan(100)
      expect(ended).toEqual([])
      expect(ids).toEqual(wanted)
    },
  )
})
