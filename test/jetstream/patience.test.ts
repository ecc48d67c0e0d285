/** Which failures a relay waits after, and how long. */

import { describe, expect, test } from 'vitest'
import type { HoldfastError } from '../../src/errors.ts'
import {
  NatsUnavailableError,
  StreamFullError,
  StreamMissingError,
  StreamUnfitError,
} from '../../src/jetstream/index.ts'
import { Patience } from '../../src/jetstream/patience.ts'

const facts = { stream: 'TRANSFERS' }
const unavailable = new NatsUnavailableError('', facts)
const full = new StreamFullError('', facts)
const missing = new StreamMissingError('', facts)

/** The waits after one failure that comes again and again, until one does not help. */
function delays(patience: Patience, error: HoldfastError, most = 20): readonly number[] {
  const all: number[] = []
  for (let wait = patience.after(error); wait !== undefined; wait = patience.after(error))
    if (all.push(wait.delay) === most) break
  return all
}

const patience = ({ isClustered = false, random = 1 } = {}) =>
  new Patience(
    () => isClustered,
    () => random,
  )

describe('a relay waits', () => {
  test('a second at most where NATS is unavailable, and half as long at random', () => {
    expect(delays(patience(), unavailable, 4)).toEqual([500, 1_000, 1_000, 1_000])
    expect(delays(patience({ random: 0 }), unavailable, 3)).toEqual([250, 500, 500])
  })

  test('5 s at most where trying again asks the chain as well', () => {
    expect(delays(patience(), full, 6)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000])
  })

  test('briefly again once messages have arrived', () => {
    const waiting = patience()
    delays(waiting, full, 6)

    waiting.progressed()

    expect(waiting.after(full)?.delay).toBe(500)
  })

  test('not where somebody has to change something', () => {
    expect(patience().after(new StreamUnfitError('', facts))).toBeUndefined()
    expect(patience().after(new Error())).toBeUndefined()
  })
})

describe('that there is no stream', () => {
  test('is believed at once of a server that is alone', () => {
    expect(patience().after(missing)).toBeUndefined()
  })

  test('is believed at the tenth time in a row of a server of a cluster', () => {
    expect(delays(patience({ isClustered: true }), missing)).toHaveLength(9)
  })

  test('is believed at the tenth time where it was there before', () => {
    const waiting = patience()
    waiting.found()

    expect(delays(waiting, missing)).toHaveLength(9)
  })

  test('is forgotten where it was there after all, or where another answer came', () => {
    const waiting = patience({ isClustered: true })
    delays(waiting, missing, 9)
    waiting.found()
    delays(waiting, missing, 9)
    waiting.after(unavailable)

    expect(delays(waiting, missing)).toHaveLength(9)
  })
})
