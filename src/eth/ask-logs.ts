/** Asks a node for logs, by block hash or by range, and believes only what fits together. */

import type { AbortSignalLike } from '../rpc/request.ts'
import { Doubt } from './doubt.ts'
import type { LogQuery } from './filter.ts'
import { type Block, readBlock } from './header.ts'
import { toQuantity } from './hex.ts'
import { byPosition, type Position, type RawLog } from './log.ts'
import { type LogMatcher, matcherOf } from './log-matcher.ts'
import { refusalIn } from './refusals.ts'
import { type Answer, askTogether, type Requester } from './requester.ts'

type Call = readonly [method: string, params: readonly unknown[]]

/** Turns a log into an item; `undefined` for what matches the filter, but is not of the kind that is followed. */
export type ReadItem<T> = (raw: RawLog) => T | undefined

export interface AskLogsParts<T> {
  readonly requester: Requester
  readonly queries: readonly LogQuery[]
  readonly read: ReadItem<T>
  readonly skipped: (raw: RawLog) => void
  readonly duplicate: () => void
}

/** A stretch of the chain with everything wanted in it. */
export interface Stretch<T> {
  readonly first: Block
  readonly last: Block
  /** In order. */
  readonly items: readonly T[]
}

export class AskLogs<T extends Position> {
  readonly #parts: AskLogsParts<T>
  readonly #matchers: readonly LogMatcher[]

  constructor(parts: AskLogsParts<T>) {
    this.#parts = parts
    this.#matchers = parts.queries.map(matcherOf)
  }

  /**
   * What is wanted in each of these blocks, by their hashes.
   *
   * @throws Doubt
   */
  async byHash(blocks: readonly Block[], signal: AbortSignalLike): Promise<readonly (readonly T[])[]> {
    const answers = await this.#ask(
      blocks.flatMap(({ hash }) => this.#calls({ blockHash: hash })),
      signal,
    )
    const { length } = this.#parts.queries
    return blocks.map((block, i) => this.#inBlock(block, answers.slice(i * length, (i + 1) * length)))
  }

  /**
   * The same for one block by its number, between two looks at its header: for nodes that cannot ask by hash.
   *
   * @throws Doubt
   */
  async sandwiched(block: Block, signal: AbortSignalLike): Promise<readonly T[]> {
    const number = toQuantity(block.number)
    const header: Call = ['eth_getBlockByNumber', [number, false]]
    const range = this.#calls({ fromBlock: number, toBlock: number })
    const [before, after, ...answers] = await this.#ask([header, header, ...range], signal)
    for (const answer of [before, after]) {
      if (blockIn(answer, block.number).hash === block.hash) continue
      throw new Doubt('contradiction', `block ${block.number} changed while its logs were asked for`)
    }
    return this.#inBlock(block, answers)
  }

  /**
   * What is wanted from one block to another, far enough below the head that they stand still; with the headers of both
   * ends, the last one seen twice.
   *
   * @throws Doubt
   */
  async range(from: number, to: number, signal: AbortSignalLike): Promise<Stretch<T>> {
    const header = (number: number): Call => ['eth_getBlockByNumber', [toQuantity(number), false]]
    const logs = this.#calls({ fromBlock: toQuantity(from), toBlock: toQuantity(to) })
    const answers = await this.#ask([header(to), header(from), ...logs, header(to)], signal)
    const last = blockIn(answers[0], to)
    const first = blockIn(answers[1], from)
    if (blockIn(answers.at(-1), to).hash !== last.hash) {
      throw new Doubt('contradiction', `block ${to} changed while the logs below it were asked for`)
    }
    const items = this.#merge(answers.slice(2, -1))
    checkRange(items, first, last)
    return { first, last, items }
  }

  #calls(blocks: object): readonly Call[] {
    return this.#parts.queries.map(query => ['eth_getLogs', [{ ...query, ...blocks }]] as const)
  }

  async #ask(calls: readonly Call[], signal: AbortSignalLike): Promise<readonly Answer[]> {
    const answers = await askTogether(this.#parts.requester, calls, signal)
    for (const answer of answers) if ('error' in answer) throw doubtOf(answer.error)
    return answers
  }

  #inBlock(block: Block, answers: readonly Answer[]): readonly T[] {
    const items = this.#merge(answers)
    for (const { blockHash, blockNumber } of items) {
      if (blockHash === block.hash && blockNumber === block.number) continue
      throw new Doubt('by-hash', `logs of block ${blockNumber} came for block ${block.number}`)
    }
    return items
  }

  /** The answers to all queries as one list in order, each item once. */
  #merge(answers: readonly Answer[]): readonly T[] {
    const items: T[] = []
    let isSorted = true
    answers.forEach((answer, i) => {
      const matches = this.#matchers[i]
      const logs = 'result' in answer ? answer.result : undefined
      if (!Array.isArray(logs) || matches === undefined)
        throw new Doubt('contradiction', 'eth_getLogs gave no array')
      for (const raw of logs as readonly RawLog[]) {
        if (!matches(raw)) throw new Doubt('contradiction', 'a log came that the filter excludes')
        const item = this.#parts.read(raw)
        if (item === undefined) {
          this.#parts.skipped(raw)
          continue
        }
        const previous = items.at(-1)
        if (previous !== undefined && byPosition(previous, item) >= 0) isSorted = false
        items.push(item)
      }
    })
    return isSorted ? items : this.#sorted(items)
  }

  #sorted(items: T[]): readonly T[] {
    items.sort(byPosition)
    return items.filter((item, i) => {
      const previous = items[i - 1]
      const isNew =
        previous === undefined || byPosition(previous, item) !== 0 || previous.blockHash !== item.blockHash
      if (!isNew) this.#parts.duplicate()
      return isNew
    })
  }
}

/** Every log of a range lies in it, and those of one block agree about its hash. */
function checkRange(items: readonly Position[], first: Block, last: Block): void {
  let previous: Position | undefined
  for (const item of items) {
    const { blockNumber, blockHash } = item
    const end = blockNumber === first.number ? first : blockNumber === last.number ? last : undefined
    const isInside = blockNumber >= first.number && blockNumber <= last.number
    const agrees = previous?.blockNumber !== blockNumber || previous.blockHash === blockHash
    if (!isInside || !agrees || (end !== undefined && end.hash !== blockHash)) {
      throw new Doubt(
        'contradiction',
        `a log of block ${blockNumber} (${blockHash}) does not fit its neighbours`,
      )
    }
    previous = item
  }
}

/** @throws Doubt where the node does not have the block */
function blockIn(answer: Answer | undefined, number: number): Block {
  const raw = answer !== undefined && 'result' in answer ? answer.result : undefined
  if (raw === null || raw === undefined) throw new Doubt('behind', `the node has no block ${number}`)
  const block = readBlock(raw, 'eth_getBlockByNumber')
  if (block.number === number) return block
  throw new Doubt('contradiction', `block ${block.number} came where ${number} was asked for`)
}

/** What a refusal means; errors that are no refusal pass as they are. */
function doubtOf(error: unknown): unknown {
  const refusal = refusalIn(error)
  if (refusal === undefined || refusal === 'pruned') return error
  return new Doubt(refusal, error instanceof Error ? error.message : String(error), error)
}
