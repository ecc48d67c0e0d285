/** Makes streams: checks the filter at the door, and puts the parts of following together. */

import type { Notice, Stats } from '../stats.ts'
import { AskLogs } from './ask-logs.ts'
import { beginCourse } from './course.ts'
import { decodeCursor, invalidCursor } from './cursor.ts'
import { Evidence } from './evidence.ts'
import {
  blockSubject,
  type LogFilter,
  logSubject,
  type StreamOptions,
  type Subject,
  type TransferFilter,
  transferSubject,
} from './filter.ts'
import { Follower } from './follow.ts'
import type { Header } from './header.ts'
import type { Heads } from './heads.ts'
import { type Log, type Position, readLog } from './log.ts'
import type { ReadItem } from './merge.ts'
import type { Requester } from './requester.ts'
import { BlockSource, LogSource, type Source } from './source.ts'
import { createStream, type Stream } from './stream.ts'
import { readTransfer, type Transfer } from './transfer.ts'

export interface FollowersParts {
  readonly requester: Requester
  readonly heads: Heads
  readonly stats: Stats
  readonly notice: (notice: Omit<Notice, 'endpoint'>) => void
  /** The `chainId` option: with it a cursor of another chain is refused at the door. */
  readonly chainId: number | undefined
  /** Milliseconds. */
  readonly stallTimeout: number
}

/** Reorgs hardly ever reach deeper than this. */
const NEAR = 64

export class Followers {
  readonly #parts: FollowersParts
  readonly #evidence: Evidence

  constructor(parts: FollowersParts) {
    this.#parts = parts
    this.#evidence = new Evidence(message => parts.notice({ kind: 'inconsistent', message }))
  }

  transfers(filter: TransferFilter = {}): Stream<Transfer> {
    const subject = transferSubject(filter)
    return this.#stream(filter, subject, this.#logSource(filter, subject, readTransfer))
  }

  logs(filter: LogFilter = {}): Stream<Log> {
    const subject = logSubject(filter)
    return this.#stream(filter, subject, this.#logSource(filter, subject, readLog))
  }

  blocks(options: StreamOptions = {}): Stream<Header> {
    return this.#stream(options, blockSubject(options), new BlockSource(this.#parts.requester))
  }

  #logSource<T extends Position>(
    { verify = 'evidence' }: StreamOptions,
    { queries }: Subject,
    read: ReadItem<T>,
  ): Source<T> {
    const { requester, stats, notice } = this.#parts
    const logs = new AskLogs({
      requester,
      evidence: this.#evidence,
      queries,
      read,
      skipped: raw =>
        notice({
          kind: 'skipped-log',
          message: 'A log has the Transfer topic, but is no ERC-20 transfer.',
          detail: raw,
        }),
      duplicate: () => {
        stats.duplicates++
      },
    })
    return new LogSource({ requester, logs, evidence: this.#evidence, verify })
  }

  #stream<T extends { readonly removed: boolean }>(
    options: StreamOptions,
    { id }: Subject,
    source: Source<T>,
  ): Stream<T> {
    const { requester, heads, stats, notice, chainId, stallTimeout } = this.#parts
    const { fromBlock = 'latest', toBlock = Infinity, after, confirmations = 1, signal } = options
    const bookmark = after === undefined ? undefined : decodeCursor(after)
    if (bookmark !== undefined && bookmark.filter !== id) throw invalidCursor('it is of another filter')
    if (bookmark !== undefined && chainId !== undefined && bookmark.chainId !== chainId) {
      throw invalidCursor(`it is of chain ${bookmark.chainId}, not ${chainId}`)
    }
    const course = {
      requester,
      heads,
      from: fromBlock === 'latest' ? fromBlock : Number(fromBlock),
      to: toBlock === 'latest' ? toBlock : Number(toBlock),
      after: bookmark,
    }
    const follower = new Follower<T>({
      requester,
      heads,
      source,
      stats,
      notice,
      suspicion: () => Number(this.#evidence.isWrong) + Number(requester.traits.way === 'sandwich'),
      filter: id,
      begin: signal => beginCourse(course, signal),
      confirmations,
      near: NEAR,
      stallTimeout,
    })
    return createStream({
      follower,
      signal,
      listen: () => heads.use(),
      asRemoved: item => ({ ...item, removed: true }),
      isResumed: bookmark !== undefined,
    })
  }
}
