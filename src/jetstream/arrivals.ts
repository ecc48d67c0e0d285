/** What has arrived in the stream, counted and told in the order of the pages; one for the life of a relay. */

import type { Page } from '../eth/page.ts'
import type { Transfer } from '../eth/transfer.ts'
import type { Change } from './message.ts'
import type { Tail } from './stored-stream.ts'

/** Plain counters since the relay was made. */
export interface RelayStats {
  /** Messages that have arrived in the stream: additions and removals. */
  published: number
  /** Messages of those pages that take a transfer back. */
  removals: number
  /** Pages of which everything has arrived. */
  pages: number
  /** How often this relay began to lead. */
  terms: number
  /** How often another relay was faster. */
  fenced: number
  /** How often NATS did not answer, or took no more. */
  interruptions: number
  /** Messages written and not yet acknowledged. */
  onTheWay: number
  /** The last message of the stream, as far as this relay has written or read it. */
  sequence: number
  /** The last block of which everything is in the stream, while this relay leads. */
  block: number | undefined
}

/** Emitted as `'page'`. */
export interface RelayedPage {
  /** The first block that the page covers. */
  readonly fromBlock: number
  /** The last block that the page covers, inclusive. */
  readonly toBlock: number
  /** The head of the chain at that moment. */
  readonly head: number
  /** Transfers that it added. */
  readonly added: number
  /** Transfers that it took back. */
  readonly removed: number
  /** Of its last message, or of the last before it where it had none. */
  readonly sequence: number
}

/** What is counted; the rest is looked up. */
export type Counters = Omit<RelayStats, 'onTheWay'>

interface Expected extends RelayedPage {
  readonly cursor: string
}

export class Arrivals {
  readonly #stats: Counters
  readonly #relayed: (page: RelayedPage) => void
  /** Pages of which something has not arrived, as far as is known; ascending. */
  readonly #expected: Expected[] = []
  #arrived = 0

  /** @param relayed told of every page once all of it has arrived */
  constructor(stats: Counters, relayed: (page: RelayedPage) => void) {
    this.#stats = stats
    this.#relayed = relayed
  }

  /** A term begins. What was expected in the one before may have arrived though nobody said so: then the stream shows it. */
  begin({ sequence, cursor, checkpoint }: Tail): void {
    const last = this.#expected.findIndex(page => page.cursor === cursor && page.sequence === checkpoint)
    this.#expected.splice(last + 1)
    if (last >= 0) this.upTo(checkpoint)
    this.#arrived = this.#stats.sequence = sequence
  }

  /** @param sequence of the page's last message, or of the last before it where it has none */
  expect(
    { fromBlock, toBlock, head, cursor }: Page<Transfer>,
    changes: readonly Change[],
    sequence: number,
  ): void {
    const removed = changes.filter(change => change.removed).length
    const added = changes.length - removed
    this.#expected.push({ fromBlock, toBlock, head, cursor, added, removed, sequence })
    this.upTo(this.#arrived)
  }

  upTo(sequence: number): void {
    const stats = this.#stats
    stats.published += sequence - this.#arrived
    this.#arrived = stats.sequence = sequence
    while ((this.#expected[0]?.sequence ?? Infinity) <= sequence) {
      const next = this.#expected.shift()
      if (next === undefined) return
      const { cursor: _, ...page } = next
      stats.pages++
      stats.removals += page.removed
      stats.block = page.toBlock
      this.#relayed(page)
    }
  }
}
