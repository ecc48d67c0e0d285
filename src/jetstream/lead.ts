/** One term of leadership: from the end of the stream on, page by page, until something ends it. */

import type { TransferFilter } from '../eth/filter.ts'
import type { Stream } from '../eth/stream.ts'
import type { Transfer } from '../eth/transfer.ts'
import type { Arrivals } from './arrivals.ts'
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
  readonly arrivals: Arrivals
  /** Aborted to end the term: with `END` after the page at hand, with an error at once. */
  readonly signal: AbortSignal
  /** The publisher of the term, so that the term can be told that the line fell. */
  readonly began: (publisher: Publisher) => void
}

/** Why a term ends in peace. */
export const END = Symbol('the term ends')

/**
 * Resolves once everything up to `toBlock` is in the stream, or after END.
 *
 * @throws what the stream of the chain throws, and what publishing fails with
 */
export async function lead(parts: LeadParts): Promise<void> {
  const { filter, tail, arrivals, stored, fromBlock, signal } = parts
  const stop = new AbortController()
  const abort = () => stop.abort(signal.reason)
  signal.addEventListener('abort', abort)
  arrivals.begin(tail)
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
    }
  }
  try {
    if (signal.aborted) abort()
    for await (const page of parts.follow({ ...rest, ...from, signal: stop.signal }).pages()) {
      const changes = await standing.changes(page)
      arrivals.expect(page, changes, publisher.sequence + changes.length)
      await write(changes, page.cursor)
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
  }
}
