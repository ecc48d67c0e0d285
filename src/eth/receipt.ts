/** Waiting until a transaction is in the chain, whatever the line and the chain do meanwhile. */

import { validate } from '#validation'
import { type Shape, show } from '../describe.ts'
import { COUNT, SIGNAL } from '../option-checks.ts'
import { onAbort } from '../pause.ts'
import { quantity } from '../quantity.ts'
import { refuse } from '../refuse.ts'
import { malformed } from '../rpc/malformed.ts'
import type { Hex } from '../rpc/message.ts'
import type { AbortSignalLike } from '../rpc/request.ts'
import type { Heads } from './heads.ts'
import { type Address, isWord } from './hex.ts'
import { type Log, type RawLog, readLog } from './log.ts'
import type { Requester } from './requester.ts'
import { lookUp } from './source.ts'
import { Trouble } from './trouble.ts'

/** What became of a transaction. */
export interface Receipt {
  /** The hash of the transaction. */
  readonly transactionHash: Hex
  /** The place of the transaction in its block, from 0. */
  readonly transactionIndex: number
  /** The block that holds it; canonical when the receipt was given. */
  readonly blockHash: Hex
  /** The height of that block. */
  readonly blockNumber: number
  /** The sender, lower case. */
  readonly from: Address
  /** Null where the transaction made a contract. */
  readonly to: Address | null
  /** The contract that the transaction made, lower case; null where it made none. */
  readonly contractAddress: Address | null
  /** Undefined before the Byzantium fork. */
  readonly status: 'success' | 'reverted' | undefined
  /** Units of gas, of this transaction alone. */
  readonly gasUsed: bigint
  /** What it emitted, in order. */
  readonly logs: readonly Log[]
  /** The receipt as the node sent it. */
  readonly raw: unknown
}

/** Options of `waitForTransaction`. */
export interface WaitOptions {
  /** How deep: `head − block + 1 ≥ n`. @default 1 */
  readonly confirmations?: number
  /** Ends the waiting; it then rejects with `signal.reason`. */
  readonly signal?: AbortSignalLike
}

const OPTIONS: Shape = { confirmations: COUNT, signal: SIGNAL }

export interface WaitParts {
  readonly requester: Requester
  readonly heads: Heads
  /** Milliseconds. */
  readonly stallTimeout: number
}

/**
 * The receipt, once its block is canonical and deep enough. Survives lost lines and reorgs: a transaction that is mined,
 * gone and mined again elsewhere is waited for until it stays.
 */
export async function waitForTransaction(
  parts: WaitParts,
  hash: Hex,
  options: WaitOptions = {},
): Promise<Receipt> {
  if (!isWord(hash)) throw refuse('hash', `expected a transaction hash, got ${show(hash)}`)
  validate(OPTIONS, options, 'options')
  const { confirmations = 1, signal } = options
  const stop = new AbortController()
  const stopListening = onAbort(signal, () => stop.abort(signal?.reason))
  const release = parts.heads.use()
  try {
    return await look(parts, hash, confirmations, stop.signal)
  } finally {
    release()
    stopListening()
  }
}

/** Looks at every head. */
async function look(
  { requester, heads, stallTimeout }: WaitParts,
  hash: Hex,
  confirmations: number,
  signal: AbortSignal,
): Promise<Receipt> {
  const trouble = new Trouble(requester, stallTimeout)
  for (;;) {
    const head = await heads.next(undefined, Infinity, signal)
    let patience = Infinity
    try {
      const receipt = await askReceipt(requester, hash, signal)
      const isDeep = receipt !== undefined && (head?.number ?? 0) - receipt.blockNumber + 1 >= confirmations
      if (isDeep && (await isCanonical(requester, receipt, signal))) return receipt
      trouble.over()
    } catch (error) {
      signal.throwIfAborted()
      patience = trouble.judge(error, 0)
    }
    await heads.next(head, patience, signal)
  }
}

async function askReceipt(
  requester: Requester,
  hash: Hex,
  signal: AbortSignal,
): Promise<Receipt | undefined> {
  const raw = await requester.request('eth_getTransactionReceipt', [hash], { signal })
  return raw === null ? undefined : readReceipt(raw)
}

async function isCanonical(requester: Requester, receipt: Receipt, signal: AbortSignal): Promise<boolean> {
  const [block] = await lookUp(requester, [receipt.blockNumber], signal)
  return block?.hash === receipt.blockHash
}

/** @throws InvalidResponseError with the path of what is malformed */
function readReceipt(raw: unknown): Receipt {
  const fields = Object(raw) as Record<string, unknown>
  const blockNumber = quantity(fields['blockNumber'])
  const transactionIndex = quantity(fields['transactionIndex'])
  const gasUsed = quantity(fields['gasUsed'])
  const { blockHash, transactionHash, logs, status } = fields
  const isWhole = blockNumber !== undefined && transactionIndex !== undefined && gasUsed !== undefined
  if (!isWhole || !isWord(blockHash) || !isWord(transactionHash) || !Array.isArray(logs)) {
    throw malformed('eth_getTransactionReceipt', 'result', 'a receipt', raw)
  }
  return {
    transactionHash,
    transactionIndex,
    blockHash,
    blockNumber,
    from: String(fields['from']).toLowerCase() as Address,
    to: addressOrNull(fields['to']),
    contractAddress: addressOrNull(fields['contractAddress']),
    status: status === '0x1' ? 'success' : status === '0x0' ? 'reverted' : undefined,
    gasUsed: BigInt(gasUsed),
    logs: logs.map((log: RawLog) => readLog(log)),
    raw,
  }
}

function addressOrNull(value: unknown): Address | null {
  return typeof value === 'string' ? (value.toLowerCase() as Address) : null
}
