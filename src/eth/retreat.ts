/** What a head means that does not continue the window: a node that lags behind, or a chain that has left it. */

import type { Notice } from '../stats.ts'
import type { Course } from './course.ts'
import { Doubt } from './doubt.ts'
import { findFork, tooDeep } from './fork.ts'
import type { Block, BlockRef } from './header.ts'
import type { Requester } from './requester.ts'
import { lookUp } from './source.ts'
import { isSameBlock, type Window } from './window.ts'

/**
 * A lower head is a node that lags behind, unless it has another block at our tip's number: `ours` is one that has our tip,
 * `lacking` one that has none there: who lacks our tip for too long has been rolled back.
 */
export type Lower = 'ours' | 'lacking' | 'left'

export interface LackParts {
  readonly requester: Requester
  readonly notice: (notice: Omit<Notice, 'endpoint'>) => void
  /** Milliseconds. */
  readonly stallTimeout: number
}

/** How long the node has been without our tip. */
export class Lack {
  readonly #parts: LackParts
  #since: number | undefined

  constructor(parts: LackParts) {
    this.#parts = parts
  }

  async judge<T>(head: Block, { window: { tip } }: Course<T>, signal: AbortSignal): Promise<Lower> {
    const { requester, notice, stallTimeout } = this.#parts
    if (head.number === tip.number && isSameBlock(tip, head.hash)) return 'ours'
    const [block] = await lookUp(requester, [tip.number], signal)
    if (block !== undefined) return isSameBlock(tip, block.hash) ? 'ours' : 'left'
    if (head.number >= tip.number) throw new Doubt('behind', `the node has no block ${tip.number}`)
    if (this.#since === undefined) {
      this.#since = performance.now()
      notice({ kind: 'stale-head', message: `The node's head ${head.number} is below block ${tip.number}.` })
    }
    if (this.left < stallTimeout / 2) requester.doubt(`it lacks block ${tip.number}`, tip.number)
    return 'lacking'
  }

  /** Milliseconds until that cannot be mere lag any more. */
  get left(): number {
    return (this.#since ?? Infinity) + this.#parts.stallTimeout - performance.now()
  }

  over(): void {
    this.#since = undefined
  }
}

/**
 * The newest delivered block that is still in the chain; the head where the chain does not even reach to the stream's
 * beginning any more.
 *
 * @param most the highest that it may be, if anything was delivered below that
 * @throws Doubt, ReorgTooDeepError
 */
export async function lastInCommon<T>(
  requester: Requester,
  head: Block,
  course: Course<T>,
  most: number,
  signal: AbortSignal,
): Promise<BlockRef> {
  const { tip, ancestors } = course.window
  const oldest = ancestors.at(-1)
  const eligible = ancestors.filter(each => each.number <= most || each === oldest)
  const fork =
    (await findFork(requester, eligible, signal)) ?? (await beginning(requester, head, course, signal))
  if (fork.number === tip.number && isSameBlock(tip, fork.hash)) {
    throw new Doubt(
      'contradiction',
      `block ${tip.number} left the chain and came back while it was asked for`,
    )
  }
  return fork
}

/** The block before the stream's first, as it is now: everything that was delivered has left the chain. */
async function beginning<T>(
  requester: Requester,
  head: Block,
  { window, from }: Course<T>,
  signal: AbortSignal,
): Promise<BlockRef> {
  const oldest = window.ancestors.at(-1)
  if (oldest === undefined || oldest.number !== from - 1) throw tooDeep(oldest?.number ?? 0, head.number)
  if (head.number < oldest.number) return head
  const number = Math.max(0, oldest.number)
  const [block] = await lookUp(requester, [number], signal)
  if (block === undefined) throw new Doubt('behind', `the node has no block ${number}`)
  return oldest.number < 0 ? { number: -1, hash: block.parentHash } : block
}

/** @throws ReorgTooDeepError where what must be taken back has been forgotten */
export function takeBack<T>(window: Window<T>, { number, hash }: BlockRef, head: Block) {
  const forgotten = window.forgottenAbove(number)
  if (forgotten !== undefined) throw tooDeep(forgotten, head.number)
  const removed = window.rollback(number)
  window.identifyTip({ number, hash })
  return { rollback: { blockNumber: number, blockHash: hash }, removed }
}
