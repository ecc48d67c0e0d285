/** ERC-20 `Transfer(address indexed from, address indexed to, uint256 value)` (EIP-20). */

import { quantity } from '../quantity.ts'
import type { Hex } from '../rpc/message.ts'
import type { Address } from './hex.ts'
import { type Position, type RawLog, readPosition } from './log.ts'

/** keccak256 of `Transfer(address,address,uint256)`. */
export const TRANSFER_TOPIC = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

/** One ERC-20 transfer. Addresses are lower case; `value` is in the token's smallest unit. */
export interface Transfer {
  /** The contract of the token, lower case. */
  readonly token: Address
  /** The sender, lower case; the zero address where tokens were minted. */
  readonly from: Address
  /** The receiver, lower case; the zero address where a token says that it was burnt. */
  readonly to: Address
  /** The amount, in the smallest unit of the token. */
  readonly value: bigint
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

/** A log as any library or node gives it: quantities hexadecimal, as numbers or as bigints. */
export interface LogLike {
  /** The contract, as hexadecimal text. */
  readonly address?: unknown
  /** The signature of the event and its indexed parameters, as hexadecimal words. */
  readonly topics?: unknown
  /** The other parameters, as hexadecimal text. */
  readonly data?: unknown
  /** Hexadecimal, a number or a bigint; this holds for the indices too. */
  readonly blockNumber?: unknown
  /** As hexadecimal text. */
  readonly blockHash?: unknown
  /** As hexadecimal text. */
  readonly transactionHash?: unknown
  /** The place of the transaction in its block, from 0. */
  readonly transactionIndex?: unknown
  /** The place of the log in its block, from 0. */
  readonly logIndex?: unknown
  /** Whether the block has left the chain. */
  readonly removed?: unknown
}

/** A 32-byte word that holds an address: twelve zero bytes before it. */
const ADDRESS_WORD = /^0x000000000000000000000000[\da-fA-F]{40}$/
const ONE_WORD = /^0x[\da-fA-F]{64}$/

/**
 * The transfer in a log; `undefined` where the log is no ERC-20 Transfer: another topic, an NFT's (four topics), a token
 * that indexes nothing, data that is not one word, dirty address padding.
 *
 * @example
 * for await (const log of await client.subscribe('logs', { address: token })) {
 *   const transfer = decodeTransfer(log)
 * }
 */
export function decodeTransfer(log: LogLike): Transfer | undefined {
  if (!isTransfer(log)) return undefined
  const blockNumber = numberIn(log.blockNumber)
  const transactionIndex = numberIn(log.transactionIndex)
  const logIndex = numberIn(log.logIndex)
  const { blockHash, transactionHash } = log
  if (blockNumber === undefined || transactionIndex === undefined || logIndex === undefined) return undefined
  if (typeof blockHash !== 'string' || typeof transactionHash !== 'string') return undefined
  const position = { blockNumber, blockHash: blockHash as Hex, transactionIndex, logIndex }
  return build(log, position, transactionHash as Hex, log.removed === true)
}

/**
 * The same for a log that a stream has asked for: what is malformed is an error, what is no transfer is undefined.
 *
 * @throws InvalidResponseError
 */
export function readTransfer(raw: RawLog): Transfer | undefined {
  const position = readPosition(raw)
  return isTransfer(raw) ? build(raw, position, raw.transactionHash as Hex, raw.removed === true) : undefined
}

interface TransferLog extends LogLike {
  readonly address: string
  readonly topics: readonly [string, string, string]
  readonly data: string
}

function isTransfer(log: LogLike): log is TransferLog {
  const { address, topics, data } = log
  return (
    Array.isArray(topics) &&
    topics.length === 3 &&
    topics[0] === TRANSFER_TOPIC &&
    ADDRESS_WORD.test(topics[1]) &&
    ADDRESS_WORD.test(topics[2]) &&
    typeof data === 'string' &&
    ONE_WORD.test(data) &&
    typeof address === 'string' &&
    address.length === 42
  )
}

function build(log: TransferLog, position: Position, transactionHash: Hex, removed: boolean): Transfer {
  const { blockNumber, blockHash, transactionIndex, logIndex } = position
  return {
    token: lowerCase(log.address),
    from: lowerCase(`0x${log.topics[1].slice(26)}`),
    to: lowerCase(`0x${log.topics[2].slice(26)}`),
    value: BigInt(log.data),
    blockNumber,
    blockHash,
    transactionHash,
    transactionIndex,
    logIndex,
    removed,
  }
}

function lowerCase(address: string): Address {
  return address.toLowerCase() as Address
}

function numberIn(value: unknown): number | undefined {
  if (typeof value === 'string') return quantity(value)
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}
