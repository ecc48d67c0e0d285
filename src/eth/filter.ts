/** What is followed: checked at the door, then turned into the queries that a node is asked, and that answers must match. */

import { validate } from '#validation'
import { expecting, kindOf, type Shape } from '../describe.ts'
import { SIGNAL } from '../option-checks.ts'
import { refuse } from '../refuse.ts'
import type { Hex } from '../rpc/message.ts'
import type { AbortSignalLike } from '../rpc/request.ts'
import { encodeAddress } from './abi.ts'
import { type Address, faultInAddress, isWord, toHex } from './hex.ts'
import { keccak256 } from './keccak.ts'
import { TRANSFER_TOPIC } from './transfer.ts'

/** From where, to where, how deep and how sure: what every stream takes. */
export interface StreamOptions {
  /** The first block. @default 'latest': from the next block on, pinned at the first pull */
  readonly fromBlock?: number | bigint | 'latest'
  /** Ends the stream once covered; `'latest'` is pinned at the first pull. @default never */
  readonly toBlock?: number | bigint | 'latest'
  /** A cursor to go on from; excludes `fromBlock`; for `pages()` only. */
  readonly after?: string
  /** How deep a block must be: `head − block + 1 ≥ n`. With `'finalized'` nothing is ever taken back. @default 1 */
  readonly confirmations?: number | 'safe' | 'finalized'
  /** How hard answers are checked: against evidence that is at hand, or every block against its bloom. @default 'evidence' */
  readonly verify?: 'evidence' | 'full'
  /** Ends the stream by throwing `signal.reason`. */
  readonly signal?: AbortSignalLike
}

/** Which transfers. An empty array is refused: it would mean "none" to some and "all" to others. */
export interface TransferFilter extends StreamOptions {
  /** @default every ERC-20 of the chain */
  readonly token?: Address | readonly Address[]
  /** Sent by any of these. @default anybody */
  readonly from?: Address | readonly Address[]
  /** Received by any of these. @default anybody */
  readonly to?: Address | readonly Address[]
  /** From *or* to; each transfer once. Excludes `from` and `to`. */
  readonly account?: Address | readonly Address[]
}

/** Which logs, as in `eth_getLogs`: `null` for any topic, an array for one of several. */
export interface LogFilter extends StreamOptions {
  /** Emitted by any of these contracts. @default any */
  readonly address?: Address | readonly Address[]
  /** By position, at most four: a word, several of which one must match, or `null`. @default any */
  readonly topics?: readonly (Hex | readonly Hex[] | null)[]
}

/** What one `eth_getLogs` asks, besides the blocks. */
export interface LogQuery {
  readonly address?: readonly Address[]
  readonly topics?: readonly (readonly Hex[] | null)[]
}

/** What a stream follows. */
export interface Subject {
  /** A log that matches any of them is wanted, once. None: blocks themselves are followed. */
  readonly queries: readonly LogQuery[]
  /** Binds a cursor: 16 hexadecimal digits, the same for every spelling of the same filter. */
  readonly id: string
}

/** geth refuses more than 1,000 addresses, or topics in one position, in one query. */
const MOST_PER_QUERY = 1_000

const isBlockNumber = (value: unknown) =>
  value === 'latest' ||
  ((typeof value === 'number' || typeof value === 'bigint') &&
    Number.isSafeInteger(Number(value)) &&
    Number(value) >= 0)

const blockNumber = expecting("a block number from 0 on, or 'latest'", isBlockNumber)

const streamShape: Shape = {
  fromBlock: blockNumber,
  toBlock: blockNumber,
  after: expecting('a cursor', value => typeof value === 'string', kindOf),
  confirmations: expecting("a whole number of at least 1, 'safe' or 'finalized'", isDepth),
  verify: expecting("'evidence' or 'full'", value => value === 'evidence' || value === 'full'),
  signal: SIGNAL,
}
const transferShape: Shape = {
  ...streamShape,
  token: faultInAddresses,
  from: faultInAddresses,
  to: faultInAddresses,
  account: faultInAddresses,
}
const logShape: Shape = {
  ...streamShape,
  address: faultInAddresses,
  topics: expecting('at most four topics: 32-byte words, arrays of them, or null', isTopicFilter, kindOf),
}

/** @throws ConfigurationError */
export function transferSubject(filter: TransferFilter): Subject {
  validate(transferShape, filter, 'filter')
  const { token, from, to, account } = filter
  refuseBoth(filter)
  if (account !== undefined && (from !== undefined || to !== undefined)) {
    throw refuse('filter.account', 'means from or to; it cannot stand beside either')
  }
  const topic: readonly Hex[] = [TRANSFER_TOPIC]
  const ends = account === undefined ? [[words(from), words(to)]] : [[words(account)], [null, words(account)]]
  return subject(
    'transfers',
    list(token),
    ends.map(([first = null, second = null]) => [topic, first, second]),
  )
}

/** @throws ConfigurationError */
export function logSubject(filter: LogFilter): Subject {
  validate(logShape, filter, 'filter')
  const { address, topics = [] } = filter
  refuseBoth(filter)
  const normal = topics.map(topic =>
    topic === null ? null : [topic].flat().map(word => word.toLowerCase() as Hex),
  )
  return subject('logs', list(address), [normal])
}

/** @throws ConfigurationError */
export function blockSubject(options: StreamOptions): Subject {
  validate(streamShape, options, 'options')
  refuseBoth(options)
  return { queries: [], id: identify('blocks', null, []) }
}

function refuseBoth({ after, fromBlock }: StreamOptions): void {
  if (after === undefined || fromBlock === undefined) return
  throw refuse('filter.after', 'a cursor knows where to go on; it excludes fromBlock')
}

type Topics = readonly (readonly Hex[] | null)[]

function subject(kind: string, address: readonly Address[] | null, alternatives: readonly Topics[]): Subject {
  const trimmed = alternatives.map(topics =>
    topics.slice(0, topics.findLastIndex(topic => topic !== null) + 1),
  )
  const queries = trimmed.flatMap(topics =>
    chunks(address).flatMap(part =>
      combinations(topics).map(each => ({
        ...(part !== null && { address: part }),
        ...(each.length > 0 && { topics: each }),
      })),
    ),
  )
  return { queries, id: identify(kind, address, trimmed) }
}

/** Every way to choose one chunk of each topic. */
function combinations(topics: Topics): readonly Topics[] {
  return topics.reduce<readonly Topics[]>(
    (sofar, topic) => sofar.flatMap(chosen => chunks(topic).map(part => [...chosen, part])),
    [[]],
  )
}

function chunks<T>(all: readonly T[] | null): readonly (readonly T[] | null)[] {
  if (all === null) return [null]
  return Array.from({ length: Math.ceil(all.length / MOST_PER_QUERY) }, (_, i) =>
    all.slice(i * MOST_PER_QUERY, (i + 1) * MOST_PER_QUERY),
  )
}

function identify(kind: string, address: readonly Address[] | null, alternatives: readonly Topics[]): string {
  const sorted = alternatives.map(topics => topics.map(topic => topic && [...topic].sort()))
  const text = JSON.stringify([kind, address && [...address].sort(), sorted])
  return toHex(keccak256(new TextEncoder().encode(text)).subarray(0, 8))
}

/** Lower case, each once. */
function list(address: Address | readonly Address[] | undefined): readonly Address[] | null {
  if (address === undefined) return null
  return [...new Set([address].flat().map(each => each.toLowerCase() as Address))]
}

/** Addresses as the 32-byte words of indexed parameters. */
function words(address: Address | readonly Address[] | undefined): readonly Hex[] | null {
  return list(address)?.map(each => `0x${encodeAddress(each)}` as const) ?? null
}

function faultInAddresses(value: unknown): string | undefined {
  if (!Array.isArray(value)) return faultInAddress(value)
  if (value.length === 0) return 'expected an address or a non-empty array of them, got an empty array'
  return value.map(faultInAddress).find(fault => fault !== undefined)
}

function isDepth(value: unknown): boolean {
  return value === 'safe' || value === 'finalized' || (Number.isSafeInteger(value) && Number(value) >= 1)
}

function isTopicFilter(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > 4) return false
  return value.every(
    topic =>
      topic === null || isWord(topic) || (Array.isArray(topic) && topic.length > 0 && topic.every(isWord)),
  )
}
