/** The newest blocks: one by one, by hash, each following the one before. */

import { pause } from '../pause.ts'
import type { Found } from './ask-logs.ts'
import { Doubt } from './doubt.ts'
import type { Confirmations } from './finality.ts'
import type { Block } from './header.ts'
import type { Requester } from './requester.ts'
import { LEAST_AGE } from './second-looks.ts'
import { askBlocks, numbersFrom, type Source } from './source.ts'
import { isSameBlock, type Window } from './window.ts'

export interface NearParts<T> {
  readonly requester: Requester
  readonly source: Source<T>
  readonly confirmations: Confirmations
}

export interface NearBlocks<T> {
  readonly blocks: readonly Block[]
  readonly found: readonly Found<T>[]
  /** What came for blocks that were looked at again. */
  readonly again: readonly Found<T>[]
}

/**
 * The blocks above the window up to `to`, with what is in them, and `again` other blocks on the way.
 *
 * @returns undefined where they do not follow the window: the chain has left it
 * @throws Doubt
 */
export async function askNear<T>(
  { requester, source, confirmations }: NearParts<T>,
  window: Window<T>,
  to: number,
  head: Block,
  again: readonly Block[],
  signal: AbortSignal,
): Promise<NearBlocks<T> | undefined> {
  const from = window.tip.number + 1
  const below = await askBlocks(requester, numbersFrom(from, Math.min(to, head.number - 1)), signal)
  const isWhole = to === head.number && below.length === head.number - from
  const parent = below.at(-1)
  if (isWhole && parent !== undefined && parent.hash !== head.parentHash) {
    throw new Doubt('contradiction', `block ${head.number} does not follow block ${parent.number}`)
  }
  // What the node does not have yet comes with the next page.
  const blocks = isWhole ? [...below, head] : below
  const [first] = blocks
  if (first === undefined)
    throw new Doubt('behind', `the node has announced block ${head.number}, but has no block ${from}`)
  if (!isSameBlock(window.tip, first.parentHash)) return undefined
  const [found, looked] = await Promise.all([
    confirmations === 'finalized' ? forGood(source, blocks, signal) : source.ofBlocks(blocks, signal),
    // What does not come now is asked for with the next page.
    again.length === 0 ? [] : source.again(again, 'passing', signal).catch(() => []),
  ])
  return { blocks: blocks.slice(0, found.length), found, again: looked }
}

/** What is final is never taken back: where headers cannot tell, the second look comes first. */
async function forGood<T>(
  source: Source<T>,
  blocks: readonly Block[],
  signal: AbortSignal,
): Promise<readonly Found<T>[]> {
  const found = await source.ofBlocks(blocks, signal)
  if (found.every(({ verdict }) => verdict === 'sound')) return found
  await pause(LEAST_AGE, signal)
  const again = await source.again(blocks.slice(0, found.length), 'thorough', signal)
  return again.map((later, i) => {
    const { items } = found[i] as Found<T>
    return { items: items.length > later.items.length ? items : later.items, verdict: 'sound' }
  })
}
