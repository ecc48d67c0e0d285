/** A block header as nodes send it → what following needs of it. */

import { quantity } from '../quantity.ts'
import { malformed } from '../rpc/malformed.ts'
import type { Hex } from '../rpc/message.ts'
import { isWord } from './hex.ts'

/** A canonical block header. */
export interface Header {
  /** Its height. */
  readonly number: number
  /** What identifies it. */
  readonly hash: Hex
  /** The hash of the block below it. */
  readonly parentHash: Hex
  /** Seconds since 1970. */
  readonly timestamp: number
  /** The block has left the chain. */
  readonly removed: boolean
  /** The header as the node sent it. */
  readonly raw: unknown
}

/** A block's place in the chain, and the bloom over its logs where the node gives one. */
export interface Block {
  readonly number: number
  readonly hash: Hex
  readonly parentHash: Hex
  readonly timestamp: number
  readonly logsBloom: string | undefined
  readonly raw: unknown
}

/** Just enough of a block to find it again. */
export interface BlockRef {
  readonly number: number
  readonly hash: Hex
}

/** @throws InvalidResponseError with the path of what is malformed */
export function readBlock(raw: unknown, method: string): Block {
  const { number, hash, parentHash, timestamp, logsBloom } = Object(raw) as Record<string, unknown>
  const height = quantity(number)
  const time = quantity(timestamp)
  if (height === undefined) throw malformed(method, 'block.number', 'a hexadecimal number', number)
  if (time === undefined) throw malformed(method, 'block.timestamp', 'a hexadecimal number', timestamp)
  if (!isWord(hash)) throw malformed(method, 'block.hash', 'a 32-byte hash', hash)
  if (!isWord(parentHash)) throw malformed(method, 'block.parentHash', 'a 32-byte hash', parentHash)
  const bloom = typeof logsBloom === 'string' && logsBloom.length === 514 ? logsBloom : undefined
  return { number: height, hash, parentHash, timestamp: time, logsBloom: bloom, raw }
}
