/** The blocks that were seen last, by which a fork is found. */

import type { BlockRef } from './header.ts'

/** How deep a reorg may be and still be undone. */
const LONGEST = 128

/** The trail with a new end: what stood at its height or above has been replaced. */
export function extendTrail(trail: readonly BlockRef[], { number, hash }: BlockRef): readonly BlockRef[] {
  return [...trail.filter(each => each.number < number), { number, hash }].slice(-LONGEST)
}
