/** `eth_call`: reading a contract at a block. */

import { validate } from '#validation'
import { expecting, isRecord, kindOf, type Shape, show } from '../describe.ts'
import { SIGNAL, TIMEOUT } from '../option-checks.ts'
import { refuse } from '../refuse.ts'
import { malformed } from '../rpc/malformed.ts'
import type { Hex } from '../rpc/message.ts'
import type { RequestOptions } from '../rpc/request.ts'
import { type Address, isData, isWord, parseAddress, toQuantity } from './hex.ts'
import type { Requester } from './requester.ts'

/** What to call. Numbers and bigints are written as quantities. */
export interface CallRequest {
  /** The contract; left out where the data makes one. */
  readonly to?: Address
  /** Who calls. @default the zero address, by most nodes */
  readonly from?: Address
  /** The function and its parameters, ABI-encoded. */
  readonly data?: Hex
  /** Another name for `data`, which some nodes prefer. */
  readonly input?: Hex
  /** Wei to send along. */
  readonly value?: bigint | number | Hex
  /** Units of gas at most. @default what the node allows */
  readonly gas?: bigint | number | Hex
  /** Wei per unit of gas, as before EIP-1559. */
  readonly gasPrice?: bigint | number | Hex
  /** Wei per unit of gas at most (EIP-1559). */
  readonly maxFeePerGas?: bigint | number | Hex
  /** Wei per unit of gas for the proposer at most (EIP-1559). */
  readonly maxPriorityFeePerGas?: bigint | number | Hex
  /** How many transactions the caller has sent before. */
  readonly nonce?: bigint | number | Hex
  /** Addresses and storage keys that will be touched (EIP-2930), in the form of the node. */
  readonly accessList?: readonly unknown[]
}

/** Which block's state: a number, a hash (EIP-1898), or a tag. */
export type BlockId = number | bigint | Hex | 'latest' | 'pending' | 'safe' | 'finalized' | 'earliest'

/** Options of `call` and of every read of a token. */
export interface CallOptions extends RequestOptions {
  /** @default 'latest' */
  readonly block?: BlockId
  /** State overrides, in the node's own form (address → account). */
  readonly overrides?: Readonly<Record<Address, unknown>>
}

const anything = () => undefined
const OPTIONS: Shape = {
  block: anything,
  overrides: expecting('an object of accounts by address', isRecord, kindOf),
  timeout: TIMEOUT,
  signal: SIGNAL,
  replay: anything,
  transactionHash: anything,
}
const TAGS = ['latest', 'pending', 'safe', 'finalized', 'earliest']

/**
 * The return data of a call.
 *
 * @throws ExecutionRevertedError, ConfigurationError, and what every request throws
 */
export async function call(requester: Requester, tx: CallRequest, options: CallOptions = {}): Promise<Hex> {
  validate(OPTIONS, options, 'options')
  const { block = 'latest', overrides, ...rest } = options
  const params = [encodeTransaction(tx), encodeBlock(block), ...(overrides === undefined ? [] : [overrides])]
  const result = await requester.request('eth_call', params, rest)
  if (isData(result)) return result
  throw malformed('eth_call', 'result', 'hexadecimal data', result)
}

function encodeTransaction(tx: CallRequest): object {
  if (!isRecord(tx)) throw refuse('tx', `expected a transaction object, got ${kindOf(tx)}`)
  const { to, from, data, input } = tx as CallRequest
  if (to !== undefined) parseAddress(to, 'tx.to')
  if (from !== undefined) parseAddress(from, 'tx.from')
  for (const [key, value] of Object.entries({ data, input })) {
    if (value !== undefined && !isData(value))
      throw refuse(`tx.${key}`, `expected hexadecimal data, got ${show(value)}`)
  }
  const entries = Object.entries(tx).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, encodeField(key, value)]))
}

function encodeField(key: string, value: unknown): unknown {
  if (!isNumber(value)) return value
  if (value >= 0 && (typeof value === 'bigint' || Number.isSafeInteger(value))) return toQuantity(value)
  throw refuse(`tx.${key}`, `expected a whole number from 0 on, got ${show(value)}`)
}

function encodeBlock(block: BlockId): unknown {
  return isWord(block) ? { blockHash: block } : encodeBlockNumber(block)
}

/** What the methods that know no EIP-1898 take. */
export function encodeBlockNumber(block: BlockId): string {
  if (isNumber(block) && Number.isSafeInteger(Number(block)) && block >= 0) return toQuantity(block)
  if (typeof block === 'string' && TAGS.includes(block)) return block
  if (typeof block === 'string' && /^0x[\da-f]{1,16}$/i.test(block)) return toQuantity(BigInt(block))
  throw refuse('options.block', `expected a block number, hash or tag, got ${show(block)}`)
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}
