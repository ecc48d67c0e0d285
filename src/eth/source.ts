/** What a stream takes its items from: logs, or the blocks themselves. */

import type { AskLogs, Stretch } from './ask-logs.ts'
import { Doubt } from './doubt.ts'
import { type Block, type Header, readBlock } from './header.ts'
import { toQuantity } from './hex.ts'
import type { Position } from './log.ts'
import { askTogether, type Requester } from './requester.ts'

export interface Source<T> {
  /** The most blocks one range may have. */
  readonly mostBlocks: number
  /** What is in each of these blocks. @throws Doubt */
  ofBlocks(blocks: readonly Block[], signal: AbortSignal): Promise<readonly (readonly T[])[]>
  /** What is in a range deep enough to stand still. @throws Doubt */
  ofRange(from: number, to: number, signal: AbortSignal): Promise<Stretch<T>>
}

export class LogSource<T extends Position> implements Source<T> {
  readonly mostBlocks = 100_000
  readonly #logs: AskLogs<T>
  /** Learnt once, for good: a node that cannot ask by hash will not learn it. */
  #way: 'by-hash' | 'sandwich' = 'by-hash'

  constructor(logs: AskLogs<T>) {
    this.#logs = logs
  }

  async ofBlocks(blocks: readonly Block[], signal: AbortSignal): Promise<readonly (readonly T[])[]> {
    if (this.#way === 'by-hash') {
      try {
        return await this.#logs.byHash(blocks, signal)
      } catch (error) {
        if (!(error instanceof Doubt) || error.kind !== 'by-hash') throw error
        this.#way = 'sandwich'
      }
    }
    return Promise.all(blocks.map(block => this.#logs.sandwiched(block, signal)))
  }

  ofRange(from: number, to: number, signal: AbortSignal): Promise<Stretch<T>> {
    return this.#logs.range(from, to, signal)
  }
}

export class BlockSource implements Source<Header> {
  readonly mostBlocks = 100
  readonly #requester: Requester

  constructor(requester: Requester) {
    this.#requester = requester
  }

  async ofBlocks(blocks: readonly Block[]): Promise<readonly (readonly Header[])[]> {
    return blocks.map(block => [headerOf(block)])
  }

  async ofRange(from: number, to: number, signal: AbortSignal): Promise<Stretch<Header>> {
    const blocks = await askBlocks(this.#requester, numbersFrom(from, to), signal)
    const [first, last] = [blocks[0], blocks.at(-1)]
    if (first === undefined || last === undefined) throw new Doubt('behind', `the node has no block ${from}`)
    return { first, last, items: blocks.map(headerOf) }
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
  const answers = await askTogether(requester, calls, signal)
  return answers.map((answer, i) => {
    if ('error' in answer) throw answer.error
    if (answer.result === null) return undefined
    const block = readBlock(answer.result, 'eth_getBlockByNumber')
    if (block.number === numbers[i]) return block
    throw new Doubt('contradiction', `block ${block.number} came where ${numbers[i]} was asked for`)
  })
}

export function numbersFrom(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

function headerOf({ number, hash, parentHash, timestamp, raw }: Block): Header {
  return { number, hash, parentHash, timestamp, removed: false, raw }
}
