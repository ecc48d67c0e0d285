/**
 * A transfer as a message of the stream, there and back.
 *
 * The last message of a page carries the page's cursor; before the first cursor every message says with which block the
 * stream began. So the end of the stream shows where to go on from, also where a page was published in part.
 */

import type { Transfer } from '../eth/transfer.ts'
import type { Hex } from '../rpc/message.ts'

/** The cursor, on the last message of a page. */
export const CURSOR_HEADER = 'Holdfast-Cursor'
/** On all messages before the first cursor: the first block of the stream. */
export const FROM_HEADER = 'Holdfast-From'

/** What is published of a change. */
export interface Change {
  readonly transfer: Transfer
  /** Whether it takes the transfer back. */
  readonly removed: boolean
}

/** A message as it lies in the stream. */
export interface Stored extends Change {
  readonly sequence: number
  readonly cursor: string | undefined
  readonly fromBlock: number | undefined
}

/** The part of nats.js' StoredMsg that is read. */
export interface RawStored {
  readonly seq: number
  readonly header: { get(name: string): string }
  string(): string
}

/** The body of a message, with its JSON names. */
export interface TransferMessage extends Omit<Transfer, 'value'> {
  /** The chain that it happened on. */
  readonly chainId: number
  /** A decimal number, in the token's smallest unit. */
  readonly value: string
}

/** Whether two are the same log: a re-mined one is another. */
export function isSame(a: Transfer, b: Transfer): boolean {
  return a.logIndex === b.logIndex && a.transactionIndex === b.transactionIndex && a.blockHash === b.blockHash
}

export function bodyOf({ transfer, removed }: Change, chainId: number): string {
  const message: TransferMessage = { chainId, ...transfer, value: String(transfer.value), removed }
  return JSON.stringify(message)
}

/**
 * Which log, added or removed, and which occurrence of that: the sequence it takes, written by whom. A log that leaves
 * and returns is thus never taken for a duplicate; and what a relay has on its way cannot attach to another's messages.
 */
export function messageId({ transfer, removed }: Change, sequence: number, writer: string): string {
  const { blockHash, transactionIndex, logIndex } = transfer
  return `${blockHash}:${transactionIndex}:${logIndex}:${removed ? 'removed' : 'added'}:${sequence}.${writer}`
}

/** Undefined for what no relay of that chain wrote. */
export function readStored(raw: RawStored, chainId: number): Stored | undefined {
  const cursor = raw.header.get(CURSOR_HEADER) || undefined
  const from = raw.header.get(FROM_HEADER)
  const body = parse(raw.string())
  if (body === undefined || body.chainId !== chainId) return undefined
  const { chainId: _, value, ...rest } = body
  return {
    transfer: { ...rest, value: BigInt(value), removed: false },
    removed: body.removed,
    sequence: raw.seq,
    cursor,
    fromBlock: from === '' ? undefined : Number(from),
  }
}

function parse(text: string): TransferMessage | undefined {
  try {
    const body: Partial<TransferMessage> | null = JSON.parse(text)
    if (body === null || typeof body.value !== 'string' || !/^\d+$/.test(body.value)) return undefined
    const isWhole =
      isHash(body.blockHash) &&
      [body.blockNumber, body.transactionIndex, body.logIndex].every(Number.isSafeInteger)
    return isWhole && typeof body.removed === 'boolean' ? (body as TransferMessage) : undefined
  } catch {
    return undefined
  }
}

function isHash(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[\da-f]{64}$/i.test(value)
}
