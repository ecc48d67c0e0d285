/** Questions about logs, and what must hold of their answers before anybody looks into them. */

import { quantity } from '../quantity.ts'
import { Doubt } from './doubt.ts'
import type { LogQuery } from './filter.ts'
import { type Block, readBlock } from './header.ts'
import { isWord, toQuantity } from './hex.ts'
import type { Position, RawLog } from './log.ts'
import { refusalIn } from './refusals.ts'
import type { Answer, Call } from './requester.ts'

/** The first result, and as many as follow it without a fault. @throws what the first does */
export function asFarAsPossible<R>(
  blocks: readonly Block[],
  read: (block: Block, i: number) => R,
): readonly R[] {
  const results: R[] = []
  for (const [i, block] of blocks.entries()) {
    try {
      results.push(read(block, i))
    } catch (error) {
      if (i === 0) throw error
      break
    }
  }
  return results
}

export function refuseErrors(answers: readonly Answer[]): void {
  for (const answer of answers) if ('error' in answer) throw doubtOf(answer.error)
}

export function header(number: number): Call {
  return ['eth_getBlockByNumber', [toQuantity(number), false]]
}

export function logCalls(
  queries: readonly LogQuery[],
  { fromBlock, toBlock, blockHash }: { fromBlock?: number; toBlock?: number; blockHash?: string },
): readonly Call[] {
  const blocks =
    blockHash === undefined ? { fromBlock: hex(fromBlock), toBlock: hex(toBlock) } : { blockHash }
  return queries.map(query => ['eth_getLogs', [{ ...query, ...blocks }]])
}

const hex = (number = 0) => toQuantity(number)

export function logsIn(answer: Answer): RawLog[] {
  const logs = 'result' in answer ? answer.result : undefined
  if (Array.isArray(logs)) return logs
  throw new Doubt('contradiction', 'eth_getLogs gave no array')
}

/** Besides its data. */
const CHARACTERS_OF_A_LOG = 560

/** Characters of logs as nodes write them, roughly. */
export function sizeOf(lists: readonly (readonly RawLog[])[]): number {
  let size = 0
  for (const logs of lists) for (const { data } of logs) size += CHARACTERS_OF_A_LOG + String(data).length
  return size
}

/** Logs of another block are what a node gives that does not look at the hash. What is malformed is found later. */
export function checkBlock(logs: RawLog[], { hash, number }: Block): RawLog[] {
  for (const { blockHash, blockNumber } of logs) {
    if (!isWord(blockHash) || (blockHash === hash && quantity(blockNumber) === number)) continue
    throw new Doubt('by-hash', `logs of block ${blockHash} came for block ${number} (${hash})`)
  }
  return logs
}

/** Every log of a range lies in it, and those of one block agree about its hash. */
export function checkRange(items: readonly Position[], first: Block, last: Block): void {
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

export function sameAs(block: Block, answer: Answer | undefined): void {
  if (blockIn(answer, block.number).hash === block.hash) return
  throw new Doubt('contradiction', `block ${block.number} changed while its logs were asked for`)
}

/** @throws Doubt where the node does not have the block */
export function blockIn(answer: Answer | undefined, number: number): Block {
  const raw = answer !== undefined && 'result' in answer ? answer.result : undefined
  if (raw === null || raw === undefined) throw new Doubt('behind', `the node has no block ${number}`)
  const block = readBlock(raw, 'eth_getBlockByNumber')
  if (block.number === number) return block
  throw new Doubt('contradiction', `block ${block.number} came where ${number} was asked for`)
}

/** What a refusal means; errors that are no refusal pass as they are. */
export function doubtOf(error: unknown): unknown {
  const refusal = refusalIn(error)
  if (refusal === undefined || refusal === 'pruned' || refusal === 'rate') return error
  return new Doubt(refusal, error instanceof Error ? error.message : String(error), error)
}
