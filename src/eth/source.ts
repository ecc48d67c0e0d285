/** What a stream takes its items from: logs, or the blocks themselves. */

import type { AskLogs, Found, Stretch } from './ask-logs.ts'
import { Doubt } from './doubt.ts'
import type { Evidence } from './evidence.ts'
import { type Block, type Header, readBlock } from './header.ts'
import { toQuantity } from './hex.ts'
import type { Position } from './log.ts'
import type { Requester } from './requester.ts'

/** In `passing` what would take more than one question is left for a `thorough` look. */
export type SecondLook = 'passing' | 'thorough'

export interface Source<T> {
  /** The most blocks one range may have; few where the size of an answer is not known. */
  readonly mostBlocks: number
  /** What is in each of these blocks: of the first at least, and of as many as went well. @throws Doubt */
  ofBlocks(blocks: readonly Block[], signal: AbortSignal): Promise<readonly Found<T>[]>
  /** The same for a second look: in another way, if there is one. @throws Doubt */
  again(blocks: readonly Block[], look: SecondLook, signal: AbortSignal): Promise<readonly Found<T>[]>
  /** What is in a range deep enough to stand still. @throws Doubt */
  ofRange(from: number, to: number, signal: AbortSignal): Promise<Stretch<T>>
}

export interface LogSourceParts<T extends Position> {
  readonly requester: Requester
  readonly logs: AskLogs<T>
  readonly evidence: Evidence
  readonly verify: 'evidence' | 'full'
}

/** After so many contradictions in a row the neighbours of a block are asked whether blooms are right there. */
const CROSS_EXAMINATION = 3
const NEIGHBOURS = 4

export class LogSource<T extends Position> implements Source<T> {
  readonly mostBlocks: number
  readonly #parts: LogSourceParts<T>
  /** In a row. */
  #contradictions = 0

  constructor(parts: LogSourceParts<T>) {
    this.#parts = parts
    this.mostBlocks = parts.verify === 'full' ? 32 : 100_000
  }

  async ofBlocks(
    blocks: readonly Block[],
    signal: AbortSignal,
    look: 'first' | SecondLook = 'first',
  ): Promise<readonly Found<T>[]> {
    const { traits } = this.#parts.requester
    try {
      const found = await this.#believed(blocks, traits.way === 'by-hash', signal, look)
      if (look === 'first') this.#contradictions = 0
      return found
    } catch (error) {
      if (!(error instanceof Doubt) || error.kind !== 'by-hash') throw error
      traits.way = 'sandwich'
      return this.#believed(blocks, false, signal, look)
    }
  }

  /**
   * By number, as a node that does not look at the hash would answer as before; and by hash, as a backend that lags behind
   * may speak of another block of that number.
   */
  async again(blocks: readonly Block[], look: SecondLook, signal: AbortSignal): Promise<readonly Found<T>[]> {
    const { traits } = this.#parts.requester
    const [found, others = found] = await Promise.all([
      this.#believed(blocks, false, signal, look),
      traits.way === 'by-hash' ? this.ofBlocks(blocks, signal, look) : undefined,
    ])
    return others.slice(0, found.length).map((other, i) => {
      const each = found[i] as Found<T>
      return other.items.length > each.items.length ? other : each
    })
  }

  async ofRange(from: number, to: number, signal: AbortSignal): Promise<Stretch<T>> {
    const { requester, logs, verify } = this.#parts
    if (verify === 'evidence') return logs.range(from, to, signal)
    const blocks = await askBlocks(requester, numbersFrom(from, to), signal)
    const [first, last] = [blocks[0], blocks.at(-1)]
    if (first === undefined || last === undefined) throw new Doubt('behind', `the node has no block ${from}`)
    // By number: nobody looks again so deep, should it turn out that the node does not look at the hash.
    const found = await this.#believed(blocks, false, signal)
    this.#contradictions = 0
    const read = () => found.flatMap(({ items }) => items)
    return { first, last: blocks[found.length - 1] ?? last, read, size: 0 }
  }

  async #believed(
    blocks: readonly Block[],
    byHash: boolean,
    signal: AbortSignal,
    look: 'first' | SecondLook = 'first',
    whole = this.#parts.verify === 'full',
  ): Promise<readonly Found<T>[]> {
    const { logs } = this.#parts
    const found = await (whole
      ? logs.whole(blocks, byHash, signal)
      : byHash
        ? logs.byHash(blocks, signal)
        : logs.sandwiched(blocks, signal))
    const i = found.findIndex(
      ({ verdict }) => verdict === 'contradicted' || (verdict === 'explained' && look !== 'first'),
    )
    const block = blocks[i]
    if (block === undefined) return found
    if (i > 0 || look === 'passing') return found.slice(0, i)
    if (whole) return this.#contradicted(block, byHash, signal)
    return this.#checked(block, byHash, signal)
  }

  /** A node that does not give all logs of a block cannot be checked so: it is to be asked again later. */
  async #checked(block: Block, byHash: boolean, signal: AbortSignal): Promise<readonly Found<T>[]> {
    try {
      return await this.#believed([block], byHash, signal, 'first', true)
    } catch (error) {
      if (!(error instanceof Doubt) || error.kind !== 'wide') throw error
      return [{ items: [], verdict: 'weak' }]
    }
  }

  /** Now and then the block is asked for in the other way, and its neighbours too. @throws Doubt */
  async #contradicted(block: Block, byHash: boolean, signal: AbortSignal): Promise<readonly Found<T>[]> {
    const { requester, logs, evidence } = this.#parts
    if (++this.#contradictions % CROSS_EXAMINATION === 0) {
      const below = numbersFrom(Math.max(0, block.number - NEIGHBOURS), block.number - 1)
      const blocks = [block, ...(await askBlocks(requester, below, signal))]
      const [found] = await logs.whole(blocks, false, signal)
      // By number all is well: the node does not look at the hash.
      if (byHash && found?.verdict === 'sound') requester.traits.way = 'sandwich'
      // Blooms that are wrong there are no evidence here.
      if (found !== undefined && (found.verdict !== 'contradicted' || evidence.isWrong)) return [found]
    }
    throw new Doubt(
      'contradiction',
      `the bloom of block ${block.number} speaks of logs that the node does not give`,
    )
  }
}

export class BlockSource implements Source<Header> {
  readonly mostBlocks = 100
  readonly #requester: Requester

  constructor(requester: Requester) {
    this.#requester = requester
  }

  async ofBlocks(blocks: readonly Block[]): Promise<readonly Found<Header>[]> {
    return blocks.map(block => ({ items: [headerOf(block)], verdict: 'sound' }))
  }

  again(blocks: readonly Block[]): Promise<readonly Found<Header>[]> {
    return this.ofBlocks(blocks)
  }

  async ofRange(from: number, to: number, signal: AbortSignal): Promise<Stretch<Header>> {
    const blocks = await askBlocks(this.#requester, numbersFrom(from, to), signal)
    const [first, last] = [blocks[0], blocks.at(-1)]
    if (first === undefined || last === undefined) throw new Doubt('behind', `the node has no block ${from}`)
    return { first, last, read: () => blocks.map(headerOf), size: 0 }
  }
}

/**
 * The blocks of these numbers, which must follow each other; fewer where the node does not have the last ones (yet).
 *
 * @throws Doubt
 */
export async function askBlocks(
  requester: Requester,
  numbers: readonly number[],
  signal: AbortSignal,
): Promise<readonly Block[]> {
  const blocks: Block[] = []
  for (const block of await lookUp(requester, numbers, signal)) {
    if (block === undefined) break
    const parent = blocks.at(-1)
    if (parent !== undefined && block.parentHash !== parent.hash) {
      throw new Doubt('contradiction', `block ${block.number} does not follow block ${parent.number}`)
    }
    blocks.push(block)
  }
  return blocks
}

/** The blocks of these numbers, each for itself; undefined where the node has none. */
export async function lookUp(
  requester: Requester,
  numbers: readonly number[],
  signal: AbortSignal,
): Promise<readonly (Block | undefined)[]> {
  const calls = numbers.map(number => ['eth_getBlockByNumber', [toQuantity(number), false]] as const)
  const answers = await requester.together(calls, signal)
  return answers.map((answer, i) => {
    if ('error' in answer) throw answer.error
    if (answer.result === null) return undefined
    const block = readBlock(answer.result, 'eth_getBlockByNumber')
    if (block.number === numbers[i]) return block
    throw new Doubt('contradiction', `block ${block.number} came where ${numbers[i]} was asked for`)
  })
}

export function numbersFrom(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
}

function headerOf({ number, hash, parentHash, timestamp, raw }: Block): Header {
  return { number, hash, parentHash, timestamp, removed: false, raw }
}
