/** One term of leadership: from the end of the stream on, page by page, until something ends it. */

import type { TransferFilter } from '../eth/filter.ts'
import type { Page } from '../eth/page.ts'
import type { Stream } from '../eth/stream.ts'
import type { Transfer } from '../eth/transfer.ts'
import type { Change } from './message.ts'
import { Publisher, type PublisherParts } from './publisher.ts'
import { Standing } from './standing.ts'
import type { StoredStream, Tail } from './stored-stream.ts'

export interface LeadParts extends Omit<PublisherParts, 'tail' | 'fromBlock' | 'failed' | 'acknowledged'> {
  readonly follow: (filter: TransferFilter) => Stream<Transfer>
  readonly filter: TransferFilter
  /** Where the stream begins, if it is empty. */
  readonly fromBlock: number
  readonly stored: StoredStream
  readonly tail: Tail
  readonly stats: RelayStats
  /** A page has been written and all of it has arrived. */
  readonly relayed: (page: RelayedPage) => void
  /** Aborted to end the term: with `END` after the page at hand, with an error at once. */
  readonly signal: AbortSignal
  /** The publisher of the term, so that the term can be told that the line fell. */
  readonly began: (publisher: Publisher) => void
}

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
  readonly fromBlock: number
  readonly toBlock: number
  readonly head: number
  readonly added: number
  readonly removed: number
  /** Of its last message, or of the last before it where it had none. */
  readonly sequence: number
}

/** Why a term ends in peace. */
export const END = Symbol('the term ends')

/**
 * Resolves once everything up to `toBlock` is in the stream, or after END.
 *
 * @throws what the stream of the chain throws, and what publishing fails with
 */
export async function lead(parts: LeadParts): Promise<void> {
  const { filter, tail, stats, stored, fromBlock, signal } = parts
  const stop = new AbortController()
  const abort = () => stop.abort(signal.reason)
  signal.addEventListener('abort', abort)
  const arrivals = new Arrivals(parts)
  const begin = tail.fromBlock ?? fromBlock
  const publisher = new Publisher({
    ...parts,
    fromBlock: begin,
    acknowledged: sequence => arrivals.upTo(sequence),
    failed: error => stop.abort(error),
  })
  parts.began(publisher)
  const { fromBlock: _, ...rest } = filter
  const from = tail.cursor === undefined ? { fromBlock: begin } : { after: tail.cursor }
  const standing = new Standing(tail.checkpoint, tail.since, sequence => stored.readBack(sequence))
  let { cursor } = tail
  const write = async (changes: readonly Change[], cursor: string | undefined) => {
    const last = changes.length - 1
    for (const [i, change] of changes.entries()) {
      const sequence = await publisher.publish(change, i === last ? cursor : undefined)
      if (!change.removed) standing.added(change.transfer, sequence)
      stats.onTheWay = publisher.onTheWay
    }
  }
  try {
    if (signal.aborted) abort()
    for await (const page of parts.follow({ ...rest, ...from, signal: stop.signal }).pages()) {
      const changes = await standing.changes(page)
      await write(changes, page.cursor)
      arrivals.expect(page, changes, publisher.sequence)
      cursor = page.cursor
    }
    if (!signal.aborted) await write(await standing.restored(), cursor)
    await publisher.drain()
  } catch (error) {
    if (error !== END) throw error
    await publisher.drain()
  } finally {
    signal.removeEventListener('abort', abort)
    publisher.close()
    stats.onTheWay = 0
  }
}

/** Counts what arrives, and tells of pages in their order. */
class Arrivals {
  readonly #parts: LeadParts
  readonly #pages: RelayedPage[] = []
  #arrived: number

  constructor(parts: LeadParts) {
    this.#parts = parts
    this.#arrived = parts.tail.sequence
    parts.stats.sequence = this.#arrived
  }

  expect({ fromBlock, toBlock, head }: Page<Transfer>, changes: readonly Change[], sequence: number): void {
    const removed = changes.filter(change => change.removed).length
    this.#pages.push({ fromBlock, toBlock, head, added: changes.length - removed, removed, sequence })
    this.upTo(this.#arrived)
  }

  upTo(sequence: number): void {
    const { stats, relayed } = this.#parts
    stats.published += sequence - this.#arrived
    this.#arrived = stats.sequence = sequence
    while ((this.#pages[0]?.sequence ?? Infinity) <= sequence) {
      const page = this.#pages.shift()
      if (page === undefined) return
      stats.pages++
      stats.removals += page.removed
      stats.block = page.toBlock
      relayed(page)
    }
  }
}
