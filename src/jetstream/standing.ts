/**
 * What the stream says at its end, and what a page makes of it. Everything that stands (was added and not removed) is a
 * stack in the order of the chain, of which only the top is held; what lies deeper is read back from the stream when a
 * reorg reaches there.
 *
 * After a restart the stream may be ahead of its last cursor, by a page that was published in part, by a relay that may
 * have seen another branch. The difference to the pages that follow the cursor is published, and nothing else.
 */

import type { Page } from '../eth/page.ts'
import type { Transfer } from '../eth/transfer.ts'
import { type Change, isSame, type Stored } from './message.ts'

/** Gives messages of the stream, from that sequence down to the first. @throws StreamTruncatedError */
export type ReadBack = (from: number) => AsyncIterable<Stored>

/** The part of a page that is looked at. */
export type Stretch = Pick<Page<Transfer>, 'fromBlock' | 'toBlock' | 'items' | 'rollback'>

interface Standee {
  readonly transfer: Transfer
  /** Of the message that added it. */
  readonly sequence: number
}

/** More than a page and the reorgs of a day; about 10 MB. */
const MOST_HELD = 16_384

export class Standing {
  /** The top of what stood at the last cursor and still does; ascending. */
  #held: Standee[] = []
  /** Stands above that, though no page has told of it yet; ascending. */
  #ahead: Standee[] = []
  /** Stood at the last cursor, and was removed after it; ascending. */
  #popped: readonly Transfer[] = []
  /** What is held was added by messages above this sequence; below it nothing has been looked at. */
  #floor: number
  /** Removals met on the way down whose additions lie still deeper; the deepest last. */
  readonly #unmatched: Transfer[] = []
  readonly #readBack: ReadBack
  readonly #mostHeld: number

  /**
   * @param checkpoint the sequence of the last message with a cursor
   * @param since the messages after it; ascending
   * @param mostHeld from so many on the lower half is forgotten
   */
  constructor(checkpoint: number, since: readonly Stored[], readBack: ReadBack, mostHeld = MOST_HELD) {
    this.#mostHeld = mostHeld
    this.#floor = checkpoint
    this.#readBack = readBack
    const popped: Transfer[] = []
    for (const { transfer, removed, sequence } of since) {
      if (!removed) this.#ahead.push({ transfer, sequence })
      else if (this.#ahead.pop() === undefined) popped.push(transfer)
    }
    this.#unmatched.push(...popped.toReversed())
    this.#popped = popped.toReversed()
  }

  /** What must be published where no page follows: the stream then says what it said at its last cursor. */
  restored(): Promise<readonly Change[]> {
    return this.changes({ fromBlock: Infinity, toBlock: Infinity, items: [] })
  }

  /** What must be published so that the stream says what the page says: removals, newest first, then additions. */
  async changes(page: Stretch): Promise<readonly Change[]> {
    const { fromBlock, toBlock, items, rollback } = page
    const undone = rollback === undefined ? [] : await this.#takeAbove(rollback.blockNumber)
    const back = this.#popped.filter(({ blockNumber }) => blockNumber < fromBlock)
    const wanted = back.length === 0 ? items : [...back, ...items]
    const there = undone.length === 0 ? this.#ahead : [...undone, ...this.#ahead]
    this.#popped = []
    let same = 0
    for (; same < wanted.length && same < there.length; same++) {
      const [a, b] = [wanted[same], there[same]]
      if (a === undefined || b === undefined || !isSame(a, b.transfer)) break
    }
    for (const standee of there.slice(0, same)) this.#held.push(standee)
    const rest = there.slice(same)
    const [next] = rest
    // What lies beyond the page is not contradicted by it.
    const isBeyond = next === undefined || next.transfer.blockNumber > toBlock
    if (same === wanted.length && same >= undone.length && isBeyond) {
      this.#ahead = rest
      return []
    }
    this.#ahead = []
    const removals = rest.toReversed().map(({ transfer }) => ({ transfer, removed: true }))
    const additions = (same === 0 ? wanted : wanted.slice(same)).map(transfer => ({
      transfer,
      removed: false,
    }))
    return [...removals, ...additions]
  }

  /** An addition was published. */
  added(transfer: Transfer, sequence: number): void {
    this.#held.push({ transfer, sequence })
    if (this.#held.length < this.#mostHeld) return
    this.#held = this.#held.slice(this.#mostHeld / 2)
    this.#floor = (this.#held[0]?.sequence ?? sequence) - 1
    this.#unmatched.length = 0
  }

  /** Takes what stands above that block off the stack. */
  async #takeAbove(blockNumber: number): Promise<readonly Standee[]> {
    if ((this.#held[0]?.transfer.blockNumber ?? Infinity) > blockNumber) await this.#readDownTo(blockNumber)
    const first = this.#held.findLastIndex(({ transfer }) => transfer.blockNumber <= blockNumber) + 1
    return this.#held.splice(first)
  }

  /** Reads back until something stands at or below that block. */
  async #readDownTo(blockNumber: number): Promise<void> {
    const found: Standee[] = []
    for await (const { transfer, removed, sequence } of this.#readBack(this.#floor)) {
      this.#floor = sequence - 1
      if (removed) this.#unmatched.push(transfer)
      else if (this.#unmatched.pop() === undefined) {
        found.push({ transfer, sequence })
        if (transfer.blockNumber <= blockNumber) break
      }
    }
    this.#held = [...found.toReversed(), ...this.#held]
  }
}
