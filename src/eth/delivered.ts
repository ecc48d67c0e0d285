/** What a recovered subscription has delivered of the last blocks: so that nothing comes twice, and can be taken back. */

import { quantity } from '../quantity.ts'
import type { Stats } from '../stats.ts'
import type { BlockRef } from './header.ts'
import type { RawLog } from './log.ts'

/** A reorg deeper than this is not taken back. */
const DEEPEST = 128
/** Of a busy filter fewer blocks are remembered, but never less than are asked for again. */
const MOST_LOGS = 3_000
const LEAST_BLOCKS = 4

interface Remembered extends BlockRef {
  readonly logs: RawLog[]
  /** Log indices, once the block has been asked for: only then may a log come twice. */
  seen: Set<unknown> | undefined
}

export class Delivered {
  readonly #stats: Stats
  /** In the order in which they came first. */
  readonly #blocks = new Map<unknown, Remembered>()
  #newest: Remembered | undefined
  #forgotten = -1
  #logs = 0

  constructor(stats: Stats) {
    this.#stats = stats
  }

  /** Newest first. */
  get blocks(): readonly BlockRef[] {
    return [...this.#blocks.values()].sort((a, b) => b.number - a.number)
  }

  /** Those of which something is held, newest first. */
  get withLogs(): readonly BlockRef[] {
    return this.blocks.filter(({ hash }) => this.#blocks.get(hash)?.logs.length !== 0)
  }

  /** The highest block that is not remembered any more. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Notes a log that came by itself; false where it was delivered before, or has been taken back. This is a hot path. */
  addLive(log: RawLog): boolean {
    const newest = this.#newest
    if (newest === undefined || newest.hash !== log.blockHash || log.removed === true || newest.seen) {
      return this.add(log, false)
    }
    newest.logs.push(log)
    this.#logs++
    return true
  }

  /** The same for any log. @param isAsked whether it is an answer: then it may have come before */
  add(log: RawLog, isAsked: boolean): boolean {
    const known = this.#blocks.get(log.blockHash)
    if (log.removed === true) return known === undefined || this.#takeBack(log, known)
    const block = known ?? this.#begin(log.blockHash, quantity(log.blockNumber))
    if (block === undefined) return true
    if (isAsked || block.seen !== undefined) {
      block.seen ??= new Set(block.logs.map(({ logIndex }) => logIndex))
      if (block.seen.has(log.logIndex)) return this.#isDuplicate()
      block.seen.add(log.logIndex)
    }
    block.logs.push(log)
    this.#logs++
    return true
  }

  /** Notes a head; false where it was delivered before. */
  addHead({ number, hash }: BlockRef): boolean {
    if (this.#blocks.has(hash)) return this.#isDuplicate()
    return this.#begin(hash, number) !== undefined
  }

  /** Takes a block back: gives its logs, newest first. */
  takeBack(hash: string): readonly RawLog[] {
    const block = this.#blocks.get(hash)
    const logs = block?.logs.splice(0).reverse() ?? []
    block?.seen?.clear()
    this.#logs -= logs.length
    this.#stats.removals += logs.length
    return logs
  }

  #takeBack({ logIndex }: RawLog, { logs, seen }: Remembered): boolean {
    const index = logs.findIndex(log => log.logIndex === logIndex)
    if (index < 0) return this.#isDuplicate()
    logs.splice(index, 1)
    seen?.delete(logIndex)
    this.#logs--
    this.#stats.removals++
    return true
  }

  #isDuplicate(): false {
    this.#stats.duplicates++
    return false
  }

  #begin(hash: unknown, number: number | undefined): Remembered | undefined {
    if (typeof hash !== 'string' || number === undefined) return undefined
    const block: Remembered = { number, hash: hash as BlockRef['hash'], logs: [], seen: undefined }
    this.#blocks.set(hash, block)
    this.#newest = block
    for (const [oldest, { number: height, logs }] of this.#blocks) {
      const isOld = height < number - DEEPEST || this.#logs > MOST_LOGS || this.#blocks.size > DEEPEST
      if (!isOld || this.#blocks.size <= LEAST_BLOCKS) break
      this.#blocks.delete(oldest)
      this.#forgotten = Math.max(this.#forgotten, height)
      this.#logs -= logs.length
    }
    return block
  }
}
