/**
 * The steps of a stream. Each looks at the newest head and at what was delivered last, and then delivers the next
 * stretch, takes back what left the chain, puts late logs in their place, waits, or fails.
 */

import { pause } from '../pause.ts'
import { countReorg } from '../stats.ts'
import type { Found } from './ask-logs.ts'
import type { Course } from './course.ts'
import { Far, type FarParts } from './far.ts'
import { type Confirmations, Finality } from './finality.ts'
import { tooDeep } from './fork.ts'
import type { Block, BlockRef } from './header.ts'
import type { Heads } from './heads.ts'
import { askNear } from './near.ts'
import { type Change, type Page, toPage } from './page.ts'
import { Lack, lastInCommon, takeBack } from './retreat.ts'
import { SecondLooks } from './second-looks.ts'
import { isSameBlock } from './window.ts'

export interface StepsParts<T> extends FarParts<T> {
  readonly course: Course<T>
  readonly heads: Heads
  /** Rises when what earlier answers were believed by turns out to be worth nothing. */
  readonly suspicion: () => number
  /** Binds cursors to the filter. */
  readonly filter: string
  readonly confirmations: Confirmations
  /** So many blocks below the head are asked for one by one, what is deeper in ranges. */
  readonly near: number
  /** How long the node may be without our tip, in milliseconds. */
  readonly stallTimeout: number
}

/** How many near blocks share a page. */
const NEAR_AT_ONCE = 16

/** Undefined where there was nothing to deliver (yet). */
type Outcome<T> = Promise<Page<T> | undefined>

export class Steps<T> {
  readonly #parts: StepsParts<T>
  readonly #course: Course<T>
  readonly #far: Far<T>
  readonly #finality: Finality
  readonly #looks: SecondLooks
  /** The head that was judged last and led nowhere: only another one is news. */
  #judged: Block | undefined
  /** The head that the last step started from. */
  #seen: Block | undefined
  readonly #lack: Lack
  /** The last block that this process has delivered. */
  #delivered: number | undefined
  #suspicion: number

  constructor(parts: StepsParts<T>) {
    this.#parts = parts
    this.#course = parts.course
    this.#far = new Far(parts)
    this.#finality = new Finality(parts.requester, parts.confirmations)
    this.#lack = new Lack(parts)
    this.#suspicion = parts.suspicion()
    this.#looks = new SecondLooks(parts.confirmations === 'finalized' ? -1 : parts.course.start)
  }

  get fromBlock(): number {
    return this.#course.from
  }

  get nextBlock(): number {
    return this.#course.window.tip.number + 1
  }

  /** The first that is not known for sure: what is wrong may be wrong with that. */
  get firstOpen(): number {
    return Math.min(this.nextBlock, this.#looks.oldest)
  }

  /** What was believed is looked at again; what an earlier process believed of the last blocks is taken back. */
  async #suspect(suspicion: number, head: Block, signal: AbortSignal): Outcome<T> {
    const sound = this.nextBlock - 1 - this.#parts.near
    const isEarlier = this.#looks.haveEarlier(Math.max(sound, this.fromBlock), this.#course.window)
    const page = isEarlier ? await this.#retreat(head, signal, sound) : undefined
    this.#suspicion = suspicion
    this.#looks.suspectAll()
    return page
  }

  /** Everything is covered, and nothing waits for a second look. */
  get isOver(): boolean {
    return this.nextBlock > this.#course.to && this.#looks.last.length === 0
  }

  take(signal: AbortSignal): Outcome<T> {
    return this.nextBlock > this.#course.to ? this.#lastLook(signal) : this.#step(signal)
  }

  /** The step failed; gives the head that it started from: another one may be a reason to try again. */
  failed(): Block | undefined {
    this.#looks.postpone()
    // Who then only waits for another head is not in trouble any more: the next step finds that out, at no cost.
    if (this.#judged !== undefined && this.#looks.wait(this.#judged) === Infinity) this.#judged = undefined
    return this.#seen
  }

  async #step(signal: AbortSignal): Outcome<T> {
    const { heads, suspicion, near } = this.#parts
    const { window, to, from } = this.#course
    const { tip } = window
    const judged = this.#judged
    const patience = judged && judged.number >= tip.number ? this.#looks.wait(judged) : Infinity
    const head = (await heads.next(judged, patience, signal)) ?? judged
    if (head === undefined) return undefined
    this.#seen = head
    if (head.number < tip.number) return this.#lower(head, signal)
    this.#lack.over()
    if (tip.number < from - 1) return this.#reach(head)
    if (head.number === tip.number && !isSameBlock(tip, head.hash)) return this.#retreat(head, signal)
    this.#finality.trim(head, window, this.#looks.remembered, signal)
    if (suspicion() > this.#suspicion) return this.#suspect(suspicion(), head, signal)
    const target = Math.min(to, await this.#finality.confirmed(head, signal))
    if (target < this.nextBlock) {
      this.#judged = head
      return this.#lookAgain(this.#looks.due(head), head, signal)
    }
    return head.number - this.nextBlock < near
      ? this.#near(Math.min(target, tip.number + NEAR_AT_ONCE), head, signal)
      : this.#range(Math.min(target, head.number - near), head, signal)
  }

  /** The chain had left the stream's beginning, too: it goes on where the chain comes to it again. */
  #reach(head: Block): undefined {
    const { window, from } = this.#course
    if (head.number < from - 1) this.#judged = head
    else window.forgetTip(from - 1)
  }

  async #near(to: number, head: Block, signal: AbortSignal): Outcome<T> {
    const due = this.#looks.due(head)
    const answer = await askNear(this.#parts, this.#course.window, to, head, due, signal)
    if (answer === undefined) return this.#retreat(head, signal)
    const { blocks, found, again } = answer
    const late = this.#putInPlace(due, again, head)
    if (late !== undefined) return late
    const change = this.#above(blocks[0]?.parentHash)
    for (const [i, block] of blocks.entries()) this.#extend(block, found[i])
    return this.#page({ ...change, items: found.flatMap(({ items }) => items), head })
  }

  async #range(limit: number, head: Block, signal: AbortSignal): Outcome<T> {
    const { window } = this.#course
    // Nothing can be put in place below history, which is not kept.
    if (this.#looks.last.length > 0) return this.#lastLook(signal)
    const stretch = await this.#far.range(this.nextBlock, limit, signal)
    if (stretch === undefined) return undefined
    const { first, last, items } = stretch
    if (!isSameBlock(window.tip, first.parentHash)) return this.#retreat(head, signal)
    const change = this.#above(first.parentHash)
    window.extend(last, items, last.number <= this.#finality.settled(head.number))
    return this.#page({ ...change, items, head })
  }

  /** What comes above our tip, whose hash is known by now. The first page of a process may have to undo something. */
  #above(hash: BlockRef['hash'] = '0x'): Pick<Change<T>, 'fromBlock' | 'rollback'> {
    const { nextBlock } = this
    const { window, doubted, start } = this.#course
    window.identifyTip({ number: nextBlock - 1, hash })
    // Whoever fell below the stream's beginning goes on from there.
    const fromBlock = Math.min(nextBlock, (this.#delivered ?? start) + 1)
    return doubted && this.#delivered === undefined
      ? { fromBlock, rollback: { blockNumber: nextBlock - 1, blockHash: hash } }
      : { fromBlock }
  }

  #extend(block: Block, found: Found<T> | undefined): void {
    if (found === undefined) return
    this.#course.window.extend(block, found.items)
    this.#looks.add(block, found.verdict)
  }

  async #lookAgain(blocks: readonly Block[], head: Block, signal: AbortSignal): Outcome<T> {
    this.#seen = head
    if (blocks.length === 0) return undefined
    // The chain may have left the tip while its head went on above it.
    if ((await this.#lack.judge(head, this.#course, signal)) !== 'ours') return this.#lower(head, signal)
    return this.#putInPlace(blocks, await this.#parts.source.again(blocks, 'thorough', signal), head)
  }

  /** Before a stream ends, or goes through history: there is no next head to wait for. */
  async #lastLook(signal: AbortSignal): Outcome<T> {
    await pause(this.#looks.patience, signal)
    return this.#lookAgain(this.#looks.last, await this.#parts.heads.refresh(signal), signal)
  }

  /** Logs that turned up late: everything from their block on is delivered anew. */
  #putInPlace(blocks: readonly Block[], found: readonly Found<T>[], head: Block): Page<T> | undefined {
    const late = this.#looks.compare(blocks, found, this.#course.window)
    if (late === undefined) return undefined
    const { block, items } = late
    this.#parts.notice({ kind: 'inconsistent', message: `Logs of block ${block.number} came late.` })
    const change = this.#takeBack({ number: block.number - 1, hash: block.parentHash }, head)
    this.#extend(block, { items, verdict: 'sound' })
    return this.#page({ ...change, items, fromBlock: block.number, head })
  }

  /** A head below our tip. */
  async #lower(head: Block, signal: AbortSignal): Outcome<T> {
    const lower = await this.#lack.judge(head, this.#course, signal)
    // A cursor or a first block above the head waits for it: nothing of ours can have been rolled back.
    const left = this.#delivered === undefined ? Infinity : this.#lack.left
    if (lower === 'left' || (lower === 'lacking' && left <= 0)) return this.#retreat(head, signal)
    if (lower === 'ours') this.#judged = head
    else await this.#parts.heads.next(head, Math.min(left, this.#parts.stallTimeout / 4), signal)
    return undefined
  }

  /** Takes back what left the chain, down to the newest block (no higher than `most`) that the node has too. */
  async #retreat(head: Block, signal: AbortSignal, most = Infinity): Outcome<T> {
    const { requester, stats } = this.#parts
    const { window, from } = this.#course
    const { number } = window.tip
    const fork = await lastInCommon(requester, head, this.#course, most, signal)
    this.#lack.over()
    if (number < from) {
      // Nothing had been delivered yet: the stream merely begins on another branch.
      window.rollback(fork.number)
      window.identifyTip(fork)
      return undefined
    }
    const change = this.#takeBack(fork, head)
    if (most === Infinity) countReorg(stats, number - fork.number)
    return this.#page({ ...change, items: [], fromBlock: fork.number + 1, head })
  }

  #takeBack(block: BlockRef, head: Block): Pick<Change<T>, 'rollback' | 'removed'> {
    if (this.#parts.confirmations === 'finalized') throw tooDeep(block.number, head.number)
    const change = takeBack(this.#course.window, block, head)
    this.#looks.rollback(block.number)
    this.#finality.forget()
    this.#parts.stats.removals += change.removed.length
    return change
  }

  #page(change: Change<T>): Page<T> {
    this.#judged = undefined
    this.#delivered = this.nextBlock - 1
    return toPage(this.#course, this.#parts.filter, this.nextBlock - this.firstOpen, change)
  }
}
