/** What a user reads of a followed chain: items one by one, or pages with their cursors. One reader, by pull. */

import { ClientClosedError } from '../errors.ts'
import { onAbort } from '../pause.ts'
import { readOnce } from '../read-once.ts'
import { refuse } from '../refuse.ts'
import type { AbortSignalLike } from '../rpc/request.ts'
import type { Follower } from './follow.ts'
import { Items } from './items.ts'
import type { Page } from './page.ts'

/** How far a stream has come. */
export interface Progress {
  /** The first block of the stream; undefined before the first pull. */
  readonly from: number | undefined
  /** The last block delivered. */
  readonly block: number | undefined
  /** The head when it was delivered. */
  readonly head: number | undefined
}

/**
 * A followed chain. Folding what it delivers gives exactly the matching items of the canonical chain: complete, each
 * once, in order, with what a reorg undoes taken back.
 *
 * Nothing is fetched before it is pulled. Leaving the loop, `signal` and `client.close()` release everything.
 *
 * The loop throws where the promise cannot be kept: HistoryUnavailableError, NodeInconsistentError, ReorgTooDeepError,
 * BlockTagUnavailableError, RpcError where the node refuses for good; what ended the client; and `signal.reason`.
 * Outages and rate limits are waited out.
 */
export interface Stream<T> extends AsyncIterable<T> {
  /** The same with cursors to store and to resume from. */
  pages(): AsyncIterable<Page<T>>
  /** Settles with the first pull: where the stream begins. */
  readonly started: Promise<{
    /** The first block of the stream; with a cursor, the one that the first process began with. */
    readonly fromBlock: number
  }>
  /** How far it has come: of what was delivered, not of what was fetched. */
  readonly progress: Progress
}

export interface StreamParts<T> {
  readonly follower: Follower<T>
  readonly signal: AbortSignalLike | undefined
  /** Begins to listen to the chain; returns how to stop. */
  readonly listen: () => () => void
  readonly asRemoved: (item: T) => T
  /** A cursor was given: single items cannot speak of what an earlier process delivered. */
  readonly isResumed: boolean
}

export function createStream<T>({
  follower,
  signal,
  listen,
  asRemoved,
  isResumed,
}: StreamParts<T>): Stream<T> {
  const claim = readOnce('stream')
  let progress: Progress = { from: undefined, block: undefined, head: undefined }

  async function* pages(stop: AbortController): AsyncGenerator<Page<T>, undefined> {
    const release = listen()
    const stopListening = onAbort(signal, () => stop.abort())
    try {
      for (;;) {
        let page = await follower.next(stop.signal)
        if (page === undefined) return
        progress = { from: follower.fromBlock, block: page.toBlock, head: page.head }
        yield page
        // Or it would be kept until the next one is there.
        page = undefined
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      // Left by the reader, or ended by client.close(): quietly. By what ended the client: with that.
      const cause = error instanceof ClientClosedError ? error.cause : error
      if (!stop.signal.aborted && cause !== undefined) throw cause
    } finally {
      release()
      stopListening()
    }
  }

  /** A generator that can also be left while it waits. */
  const read = (stop: AbortController): AsyncIterator<Page<T>, undefined> => {
    claim()
    const generator = pages(stop)
    const leave = () => {
      stop.abort()
      return generator.return(undefined)
    }
    return { next: () => generator.next(), return: leave }
  }

  return {
    started: follower.started,
    get progress() {
      return progress
    },
    pages: () => ({ [Symbol.asyncIterator]: () => read(new AbortController()) }),
    [Symbol.asyncIterator]: () => {
      const stop = new AbortController()
      if (!isResumed) return new Items(read(stop), stop.signal, asRemoved)
      throw refuse(
        'filter.after',
        'a cursor needs pages(): single items cannot take back what was stored before',
      )
    },
  }
}
