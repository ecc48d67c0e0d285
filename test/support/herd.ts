/**
 * A herd: many clients lose one server at the same moment. When do they dial again? In virtual time, with the library's
 * own arithmetic of delays, a server that is down for a while, and whole clients nowhere: 5,000 of them are only numbers.
 */

import { jitter } from '../../src/connection/backoff.ts'
import type { ReconnectOptions } from '../../src/options.ts'

export const DEFAULTS: Required<ReconnectOptions> = {
  minDelay: 250,
  maxDelay: 10_000,
  factor: 1.5,
  maxRetryAfter: 300_000,
  attempts: Infinity,
  stableAfter: 5_000,
}

/** Milliseconds until the next dial, after so many waits. */
export type Delay = (failures: number, random: () => number) => number

export const STRATEGIES: Readonly<Record<string, Delay>> = {
  'fixed delay of 2 s': () => 2_000,
  'exponential, no jitter': failures => Math.min(10_000, 250 * 1.5 ** failures),
  holdfast: (failures, random) => jitter(DEFAULTS, failures, random()),
}

export const CLIENTS = 5_000
/** Milliseconds for which every dial is refused. */
export const DOWN = 3_000
export const SLOT = 100

/** How many clients dial in each slot of 100 ms, from the moment of the loss. */
export function redials(delay: Delay, down = DOWN, clients = CLIENTS): readonly number[] {
  const random = generator()
  const slots: number[] = []
  for (let i = 0; i < clients; i++) {
    let at = 0
    for (let failures = 0; ; failures++) {
      at += delay(failures, random)
      const slot = Math.floor(at / SLOT)
      slots[slot] = (slots[slot] ?? 0) + 1
      if (at >= down) break
    }
  }
  return Array.from(slots, count => count ?? 0)
}

/** The minimal standard generator of Park and Miller: the same herd every time. */
function generator(): () => number {
  let seed = 1
  return () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
}
