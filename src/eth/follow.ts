/**
 * Following the chain: one algorithm for live, catch-up, outage, reorg and restart. It advances a cursor.
 *
 * Every step looks at the newest head and at what was delivered last, and does one of four things: deliver the next
 * stretch, take back what left the chain, wait, or fail. Nothing else moves the cursor.
 */

import { Settlement } from '../settlement.ts'
import type { Stats } from '../stats.ts'
import { beginCourse, type Course, type CourseParts } from './course.ts'
import { encodeCursor } from './cursor.ts'
import { Doubt } from './doubt.ts'
import { type Confirmations, Finality } from './finality.ts'
import { findFork, tooDeep } from './fork.ts'
import type { Block, BlockRef } from './header.ts'
import type { Page } from './page.ts'
import { PageSize } from './page-size.ts'
import { askBlocks, lookUp, numbersFrom, type Source } from './source.ts'
import { Trouble } from './trouble.ts'
import { isSameBlock } from './window.ts'

export interface FollowParts<T> extends CourseParts {
  readonly source: Source<T>
  readonly stats: Stats
  /** Binds cursors to the filter. */
  readonly filter: string
  readonly confirmations: Confirmations
  /** Milliseconds. */
  readonly stallTimeout: number
}

/** Reorgs hardly ever reach deeper than this: below it ranges are asked for, above it single blocks. */
const NEAR = 64
/** How many near blocks share a page. */
const NEAR_AT_ONCE = 16

export class Follower<T> {
  readonly #parts: FollowParts<T>
  readonly #size: PageSize
  readonly #trouble: Trouble
  readonly #finality: Finality
  #course: Course<T> | undefined
  /** The head that was judged last and led nowhere: only another one is news. */
  #judged: Block | undefined
  /** The head that the last step started from. */
  #seen: Block | undefined
  /** Since when the node has been without our tip. */
  #lackingSince: number | undefined
  readonly #start = new Settlement<{ readonly fromBlock: number }>()

  constructor(parts: FollowParts<T>) {
    this.#parts = parts
    this.#size = new PageSize(parts.source.mostBlocks)
    this.#trouble = new Trouble(parts.requester, parts.stallTimeout)
    this.#finality = new Finality(parts.requester, parts.confirmations)
  }

  /**
   * The next page; undefined once everything up to `to` is covered.
   *
   * @throws `signal.reason`, ClientClosedError, and what a stream that cannot keep its promise throws
   */
  async next(signal: AbortSignal): Promise<Page<T> | undefined> {
    for (;;) {
      signal.throwIfAborted()
      try {
        this.#course ??= await beginCourse<T>(this.#parts, signal)
        this.#start.resolve({ fromBlock: this.#course.from })
        if (this.#course.window.tip.number >= this.#course.to) return undefined
        const page = await this.#step(this.#course, signal)
        if (page === undefined) continue
        this.#trouble.over()
        this.#judged = undefined
        return page
      } catch (error) {
        await this.#recover(error, signal)
      }
    }
  }

  /** Where the stream begins. Settles with the first pull; rejects where that fails. */
  get started(): Promise<{ readonly fromBlock: number }> {
    return this.#start.promise
  }

  /** The same, as far as it is known. */
  get fromBlock(): number | undefined {
    return this.#course?.from
  }

  get #nextBlock(): number {
    return (this.#course?.window.tip.number ?? -1) + 1
  }

  /** Waits before the next try, or ends the stream. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted()
      const wait = this.#trouble.judge(error, this.#nextBlock)
      await this.#parts.heads.next(this.#seen, wait, signal)
    } catch (final) {
      this.#start.reject(final)
      throw final
    }
  }

  async #step(course: Course<T>, signal: AbortSignal): Promise<Page<T> | undefined> {
    const head = await this.#parts.heads.next(this.#judged, Infinity, signal)
    if (head === undefined) return undefined
    this.#seen = head
    const { tip } = course.window
    if (head.number < tip.number) return this.#judgeLower(head, course, signal)
    this.#lackingSince = undefined
    if (head.number === tip.number && !isSameBlock(tip, head.hash)) return this.#retreat(head, course, signal)
    await this.#finality.trim(head, course.window, signal)
    const target = Math.min(course.to, await this.#finality.confirmed(head, signal))
    if (target <= tip.number) {
      this.#judged = head
      return undefined
    }
    const from = tip.number + 1
    if (head.number - from < NEAR) {
      return this.#near(Math.min(target, from + NEAR_AT_ONCE - 1), head, course, signal)
    }
    return this.#far(Math.min(target, from + this.#size.blocks - 1, head.number - NEAR), head, course, signal)
  }

  /** Single blocks, by hash. */
  async #near(to: number, head: Block, course: Course<T>, signal: AbortSignal): Promise<Page<T> | undefined> {
    const { requester, source } = this.#parts
    const { window } = course
    const from = window.tip.number + 1
    const below =
      from < head.number
        ? await askBlocks(requester, numbersFrom(from, Math.min(to, head.number - 1)), signal)
        : []
    const blocks = to === head.number ? [...below, head] : below
    const [first] = blocks
    if (first === undefined)
      throw new Doubt('behind', `the node has announced block ${head.number}, but has no block ${from}`)
    if (!isSameBlock(window.tip, first.parentHash)) return this.#retreat(head, course, signal)
    const parent = below.at(-1)
    if (to === head.number && parent !== undefined && parent.hash !== head.parentHash) {
      throw new Doubt('contradiction', `block ${head.number} does not follow block ${parent.number}`)
    }
    const found = await source.ofBlocks(blocks, signal)
    window.identifyTip(first.parentHash)
    for (const [i, block] of blocks.entries()) window.extend(block, found[i] ?? [])
    return this.#page(course, { items: found.flat(), fromBlock: from, head })
  }

  /** A range, deep enough to stand still. */
  async #far(to: number, head: Block, course: Course<T>, signal: AbortSignal): Promise<Page<T> | undefined> {
    const { source, stats } = this.#parts
    const { window } = course
    const from = window.tip.number + 1
    const blocks = to - from + 1
    try {
      const { first, last, items } = await source.ofRange(from, to, signal)
      if (!isSameBlock(window.tip, first.parentHash)) return this.#retreat(head, course, signal)
      stats.pages++
      this.#size.grow(blocks, items.length)
      window.identifyTip(first.parentHash)
      window.extend(last, items)
      return this.#page(course, { items, fromBlock: from, head })
    } catch (error) {
      if (!this.#trouble.isTooWide(error) || !this.#size.shrink(blocks)) throw error
      stats.splits++
      return undefined
    }
  }

  /** A head below our tip: a node that lags behind, unless it has another block there, or lacks ours for too long. */
  async #judgeLower(head: Block, course: Course<T>, signal: AbortSignal): Promise<Page<T> | undefined> {
    const { requester, stallTimeout, heads } = this.#parts
    const { tip } = course.window
    const [block] = await lookUp(requester, [tip.number], signal)
    if (block !== undefined && !isSameBlock(tip, block.hash)) return this.#retreat(head, course, signal)
    if (block !== undefined) {
      this.#judged = head
      return undefined
    }
    const now = performance.now()
    this.#lackingSince ??= now
    const left = this.#lackingSince + stallTimeout - now
    if (left <= 0) return this.#retreat(head, course, signal)
    if (left < stallTimeout / 2) requester.doubt(`it lacks block ${tip.number}`, tip.number)
    await heads.next(head, Math.min(left, stallTimeout / 4), signal)
    return undefined
  }

  /** Takes back what left the chain, down to the newest block that the node has too. */
  async #retreat(head: Block, course: Course<T>, signal: AbortSignal): Promise<Page<T> | undefined> {
    const { window, from } = course
    const { tip, ancestors } = window
    const fork =
      (await findFork(this.#parts.requester, ancestors, signal)) ??
      (await this.#beginning(head, course, signal))
    if (fork.number === tip.number && isSameBlock(tip, fork.hash)) {
      throw new Doubt(
        'contradiction',
        `block ${tip.number} left the chain and came back while it was asked for`,
      )
    }
    if (this.#parts.confirmations === 'finalized') throw tooDeep(fork.number, head.number)
    const removed = window.rollback(fork.number)
    window.identifyTip(fork.hash)
    this.#lackingSince = undefined
    // Nothing had been delivered yet: the stream merely begins on another branch.
    if (tip.number < from) return undefined
    this.#count(tip.number - fork.number, removed.length)
    const rollback = { blockNumber: fork.number, blockHash: fork.hash }
    return this.#page(course, { rollback, removed, items: [], fromBlock: fork.number + 1, head })
  }

  /** The block before the stream's first, as it is now: everything that was delivered has left the chain. */
  async #beginning(head: Block, { window, from }: Course<T>, signal: AbortSignal): Promise<BlockRef> {
    const oldest = window.ancestors.at(-1)
    if (oldest === undefined || oldest.number !== from - 1 || oldest.number < 0) {
      throw tooDeep(oldest?.number ?? 0, head.number)
    }
    const [block] = await lookUp(this.#parts.requester, [oldest.number], signal)
    if (block === undefined) throw new Doubt('behind', `the node has no block ${oldest.number}`)
    return block
  }

  #count(depth: number, removals: number): void {
    const { stats } = this.#parts
    stats.reorgs.count++
    stats.reorgs.deepest = Math.max(stats.reorgs.deepest, depth)
    stats.removals += removals
  }

  #page({ chainId, from, window }: Course<T>, change: Change<T>): Page<T> {
    const { head, fromBlock, items, removed = [], rollback } = change
    const ancestors = window.ancestors.filter(each => each.hashPrefix !== '')
    const cursor = encodeCursor({ chainId, filter: this.#parts.filter, fromBlock: from, ancestors })
    const toBlock = window.tip.number
    return { ...(rollback && { rollback }), removed, items, fromBlock, toBlock, head: head.number, cursor }
  }
}

type Change<T> = Pick<Page<T>, 'items' | 'fromBlock' | 'rollback'> & {
  readonly removed?: readonly T[]
  readonly head: Block
}
