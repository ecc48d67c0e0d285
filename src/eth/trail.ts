/** The blocks that were seen last, by which a fork is found. */

import type { Block, BlockRef } from './header.ts'

/** How deep a reorg may be and still be undone. */
const LONGEST = 128

/** The trail with a new end, and what that names as its parent: what stood at their heights or above has been replaced. */
export function extendTrail(
  trail: readonly BlockRef[],
  { number, hash, parentHash }: Block,
): readonly BlockRef[] {
  const below = trail.filter(each => each.number < number - 1)
  return [...below, { number: number - 1, hash: parentHash }, { number, hash }].slice(-LONGEST)
}
