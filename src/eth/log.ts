/** A log as nodes send it → a log as users get it. This is a hot path: decoding and checking are one pass, by hand. */

import { kindOf } from '../describe.ts'
import { quantity } from '../quantity.ts'
import type { InvalidResponseError } from '../rpc/errors.ts'
import { malformedIn } from '../rpc/malformed.ts'
import type { Hex } from '../rpc/message.ts'
import { type Address, isData, isWord } from './hex.ts'

/** An event log. Addresses are lower case. */
export interface Log {
  /** The contract that emitted it, lower case. */
  readonly address: Address
  /** The signature of the event, then its indexed parameters: 32-byte words, at most four. */
  readonly topics: readonly Hex[]
  /** The parameters that are not indexed, ABI-encoded. */
  readonly data: Hex
  /** The block that holds it. */
  readonly blockNumber: number
  /** Its hash. With `logIndex` it says which log this is. */
  readonly blockHash: Hex
  /** The transaction that emitted it. */
  readonly transactionHash: Hex
  /** The place of the transaction in its block, from 0. */
  readonly transactionIndex: number
  /** The place of the log in its block, from 0. */
  readonly logIndex: number
  /** The block that held it has left the chain: undo what was done with it. */
  readonly removed: boolean
}

/** Where in the chain something stands. */
export interface Position {
  readonly blockNumber: number
  readonly blockHash: Hex
  readonly transactionIndex: number
  readonly logIndex: number
}

/** A log as JSON.parse gave it; nothing in it has been checked. */
export type RawLog = { readonly [K in keyof Log]?: unknown }

/** The logs of a block follow each other: its hash is looked at once. */
let known: unknown

function isKnownWord(hash: unknown): hash is Hex {
  if (hash === known) return true
  if (!isWord(hash)) return false
  known = hash
  return true
}

/** @throws InvalidResponseError with the path of what is malformed */
export function readPosition(raw: RawLog): Position {
  const { blockHash } = raw
  const blockNumber = quantity(raw.blockNumber)
  const transactionIndex = quantity(raw.transactionIndex)
  const logIndex = quantity(raw.logIndex)
  if (
    blockNumber === undefined ||
    transactionIndex === undefined ||
    logIndex === undefined ||
    !isKnownWord(blockHash) ||
    !isWord(raw.transactionHash)
  ) {
    throw fault(raw)
  }
  return { blockNumber, blockHash, transactionIndex, logIndex }
}

/** @throws InvalidResponseError with the path of what is malformed */
export function readLog(raw: RawLog): Log {
  const { address, topics, data, transactionHash } = raw
  const position = readPosition(raw)
  if (typeof address !== 'string' || address.length !== 42 || !isData(data) || !isTopics(topics))
    throw fault(raw)
  return {
    address: address.toLowerCase() as Address,
    topics,
    data,
    ...position,
    transactionHash: transactionHash as Hex,
    removed: raw.removed === true,
  }
}

export function isTopics(value: unknown): value is readonly Hex[] {
  return Array.isArray(value) && value.length <= 4 && value.every(isWord)
}

/** The order of the chain. */
export function byPosition(a: Position, b: Position): number {
  return a.blockNumber - b.blockNumber || a.transactionIndex - b.transactionIndex || a.logIndex - b.logIndex
}

const isNumber = (value: unknown) => quantity(value) !== undefined

const FIELDS: readonly (readonly [keyof Log, string, (value: unknown) => boolean])[] = [
  ['address', 'an address', value => isData(value) && value.length === 42],
  ['topics', 'at most four 32-byte words', isTopics],
  ['data', 'hexadecimal data', isData],
  ['blockNumber', 'a hexadecimal number', isNumber],
  ['blockHash', 'a 32-byte hash', isWord],
  ['transactionHash', 'a 32-byte hash', isWord],
  ['transactionIndex', 'a hexadecimal number', isNumber],
  ['logIndex', 'a hexadecimal number', isNumber],
]

/** Which field it was: looked for only when something is wrong. */
function fault(raw: RawLog): InvalidResponseError {
  const wrong = FIELDS.filter(([key, , holds]) => !holds(raw[key]))
  const issues = wrong.map(([key, expected]) => ({
    path: `log.${key}`,
    message: `expected ${expected}, got ${kindOf(raw[key])}`,
  }))
  return malformedIn('eth_getLogs', issues)
}
