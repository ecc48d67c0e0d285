/** Asks a node for logs, by block hash or by range, and believes only what fits together. */

import type { AbortSignalLike } from '../rpc/request.ts'
import { Doubt } from './doubt.ts'
import type { Evidence, Verdict } from './evidence.ts'
import type { LogQuery } from './filter.ts'
import type { Block } from './header.ts'
import type { Position, RawLog } from './log.ts'
import {
  asFarAsPossible,
  blockIn,
  checkBlock,
  checkRange,
  header,
  logCalls,
  logsIn,
  refuseErrors,
  sameAs,
  sizeOf,
} from './log-answers.ts'
import { type LogMatcher, matcherOf } from './log-matcher.ts'
import { inOrder, merge, type ReadItem } from './merge.ts'
import type { Answer, Call, Requester } from './requester.ts'

export interface AskLogsParts<T> {
  readonly requester: Requester
  readonly evidence: Evidence
  readonly queries: readonly LogQuery[]
  readonly read: ReadItem<T>
  readonly skipped: (raw: RawLog) => void
  readonly duplicate: () => void
}

/** What is wanted in one block, and how far that can be believed. */
export interface Found<T> {
  /** In order. */
  readonly items: readonly T[]
  readonly verdict: Verdict
}

/** A stretch of the chain with everything wanted in it. */
export interface Stretch<T> {
  readonly first: Block
  readonly last: Block
  /** In order. Called once: much is looked into, which can wait until more has been asked for. @throws Doubt */
  readonly read: () => readonly T[]
  /** Characters of the answer, roughly. */
  readonly size: number
}

/** Every log there is. */
const EVERYTHING: readonly LogQuery[] = [{}]

export class AskLogs<T extends Position> {
  readonly #parts: AskLogsParts<T>
  readonly #matchers: readonly LogMatcher[]

  constructor(parts: AskLogsParts<T>) {
    this.#parts = parts
    this.#matchers = parts.queries.map(matcherOf)
  }

  /**
   * What is wanted in each of these blocks, by their hashes, in one frame with their headers: a node that has the header
   * does not answer for a block that it has not heard of. The first of them at least, and as many as went well.
   *
   * @throws Doubt
   */
  async byHash(blocks: readonly Block[], signal: AbortSignalLike): Promise<readonly Found<T>[]> {
    return this.#found(blocks, await this.#logsByHash(this.#parts.queries, blocks, signal))
  }

  /**
   * The same for blocks by their numbers, between two looks at the header: for nodes that cannot ask by hash.
   *
   * @throws Doubt
   */
  async sandwiched(blocks: readonly Block[], signal: AbortSignalLike): Promise<readonly Found<T>[]> {
    return this.#found(blocks, await this.#logsByNumber(this.#parts.queries, blocks, signal))
  }

  /**
   * The same, from all logs of each block, which must be what its bloom speaks of.
   *
   * @throws Doubt
   */
  async whole(
    blocks: readonly Block[],
    byHash: boolean,
    signal: AbortSignalLike,
  ): Promise<readonly Found<T>[]> {
    const all = byHash
      ? await this.#logsByHash(EVERYTHING, blocks, signal)
      : await this.#logsByNumber(EVERYTHING, blocks, signal)
    return all.map(([logs = []], i) => {
      const block = blocks[i] as Block
      return { items: this.#wanted(logs), verdict: this.#parts.evidence.judgeWhole(block, logs) }
    })
  }

  /**
   * What is wanted from one block to another, far enough below the head that they stand still; with the headers of both
   * ends, the last one seen twice.
   *
   * @throws Doubt
   */
  async range(from: number, to: number, signal: AbortSignalLike): Promise<Stretch<T>> {
    const { queries } = this.#parts
    const calls = [
      header(to),
      header(from),
      ...logCalls(queries, { fromBlock: from, toBlock: to }),
      header(to),
    ]
    const answers = await this.#together(calls, signal)
    refuseErrors(answers)
    const last = blockIn(answers[0], to)
    const first = blockIn(answers[1], from)
    sameAs(last, answers.at(-1))
    const lists = answers.slice(2, -1).map(logsIn)
    const read = () => {
      const items = this.#merge(lists)
      checkRange(items, first, last)
      return items
    }
    return { first, last, read, size: sizeOf(lists) }
  }

  /** For each block, for each query, the logs. */
  async #logsByHash(
    queries: readonly LogQuery[],
    blocks: readonly Block[],
    signal: AbortSignalLike,
  ): Promise<readonly (readonly RawLog[][])[]> {
    const calls = blocks.flatMap(({ hash }): Call[] => [
      ['eth_getBlockByHash', [hash, false]],
      ...logCalls(queries, { blockHash: hash }),
    ])
    return this.#perBlock(blocks, calls, signal, (block, [known, ...logs]) => {
      sameAs(block, known)
      return logs.map(answer => checkBlock(logsIn(answer), block))
    })
  }

  async #logsByNumber(
    queries: readonly LogQuery[],
    blocks: readonly Block[],
    signal: AbortSignalLike,
  ): Promise<readonly (readonly RawLog[][])[]> {
    const calls = blocks.flatMap(({ number }) => [
      header(number),
      ...logCalls(queries, { fromBlock: number, toBlock: number }),
      header(number),
    ])
    return this.#perBlock(blocks, calls, signal, (block, [before, ...rest]) => {
      sameAs(block, before)
      sameAs(block, rest.pop())
      return rest.map(answer => checkBlock(logsIn(answer), block))
    })
  }

  async #perBlock<R>(
    blocks: readonly Block[],
    calls: readonly Call[],
    signal: AbortSignalLike,
    read: (block: Block, answers: Answer[]) => R,
  ): Promise<readonly R[]> {
    const answers = await this.#together(calls, signal)
    const width = calls.length / blocks.length
    return asFarAsPossible(blocks, (block, i) => {
      const own = answers.slice(i * width, (i + 1) * width)
      refuseErrors(own)
      return read(block, own)
    })
  }

  /** What a lost line had not answered yet is asked again on the next, where somebody else may answer. */
  async #together(calls: readonly Call[], signal: AbortSignalLike): Promise<readonly Answer[]> {
    const { requester } = this.#parts
    const { lines } = requester
    const answers = await requester.together(calls, signal)
    if (requester.lines === lines) return answers
    throw new Doubt('cut', 'a header and its logs came over different lines')
  }

  #found(blocks: readonly Block[], logs: readonly (readonly RawLog[][])[]): readonly Found<T>[] {
    const { evidence, queries } = this.#parts
    return logs.map((lists, i) => {
      const block = blocks[i] as Block
      const all = lists.flat()
      const verdicts = queries.map((query, k) => evidence.judge(block, query, lists[k] ?? [], all))
      const verdict =
        (['contradicted', 'explained', 'weak'] as const).find(each => verdicts.includes(each)) ?? 'sound'
      return { items: this.#merge(lists), verdict }
    })
  }

  /** Out of all logs of a block. */
  #wanted(logs: readonly RawLog[]): readonly T[] {
    const { read, skipped } = this.#parts
    const items: T[] = []
    for (const raw of logs) {
      if (!this.#matchers.some(matches => matches(raw))) continue
      const item = read(raw)
      if (item === undefined) skipped(raw)
      else items.push(item)
    }
    return inOrder(items, this.#parts.duplicate)
  }

  #merge(lists: readonly (readonly RawLog[])[]): readonly T[] {
    return merge(lists, this.#matchers, this.#parts)
  }
}
