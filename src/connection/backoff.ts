/** Pure: how long to wait before the next dial. */

import type { ReconnectOptions } from '../options.ts'

/** A rejection that would have been final before the first open is retried at this pace. */
export const SLOW = { atLeast: 1_000, atMost: 60_000 }

/**
 * Full jitter: a random share of a bound that grows with every failure. A herd of clients that lost the same server at
 * the same moment comes back spread over the whole bound.
 *
 * @param failures how many waits there were since the last stable connection
 * @param random from 0 (inclusive) to 1 (exclusive)
 * @returns milliseconds
 */
export function jitter(
  { minDelay, maxDelay, factor }: Required<ReconnectOptions>,
  failures: number,
  random: number,
): number {
  return random * bound(minDelay, maxDelay, factor, failures)
}

/** The same for rejections that only time or a person can mend: from one second to a bound that grows to a minute. */
export function slowJitter(
  { minDelay, factor }: Required<ReconnectOptions>,
  failures: number,
  random: number,
): number {
  const most = bound(Math.max(minDelay, SLOW.atLeast), SLOW.atMost, factor, failures + 1)
  return SLOW.atLeast + random * (most - SLOW.atLeast)
}

/** Beyond this many failures every bound has long been reached; the power would overflow. */
const COUNTED_FAILURES = 100

function bound(first: number, most: number, factor: number, failures: number): number {
  return Math.min(most, first * factor ** Math.min(failures, COUNTED_FAILURES))
}
