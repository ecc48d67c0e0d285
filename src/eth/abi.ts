/** The three codecs that ERC-20 needs: a number, an address, a text (Solidity, "Contract ABI Specification"). */

import type { Hex } from '../rpc/message.ts'
import { fromHex } from './hex.ts'

const WORD_DIGITS = 64

/** The 32-byte word at an offset in bytes as a number; undefined where the data is too short. */
export function wordAt(data: Hex, offset: number): bigint | undefined {
  const start = 2 + 2 * offset
  const digits = data.slice(start, start + WORD_DIGITS)
  return digits.length === WORD_DIGITS ? BigInt(`0x${digits}`) : undefined
}

export function encodeAddress(address: string): string {
  return address.slice(2).toLowerCase().padStart(WORD_DIGITS, '0')
}

/**
 * A text, as `string` or, as some early tokens have it (MKR), as `bytes32`; undefined for anything else.
 */
export function decodeText(data: Hex): string | undefined {
  return data.length === 2 + WORD_DIGITS ? decodeBytes32(data) : decodeString(data)
}

/** A `string` return value; undefined where the data is none. */
export function decodeString(data: Hex): string | undefined {
  // Even an empty text takes two words.
  const offset = wordAt(data, 32) === undefined ? undefined : sizeAt(data, 0)
  const length = offset === undefined ? undefined : sizeAt(data, offset)
  if (offset === undefined || length === undefined) return undefined
  const start = 2 + 2 * (offset + 32)
  const digits = data.slice(start, start + 2 * length)
  return digits.length === 2 * length ? decodeUtf8(digits) : undefined
}

/** An offset or a length that may lie within the data. */
function sizeAt(data: Hex, offset: number): number | undefined {
  const word = wordAt(data, offset)
  return word !== undefined && word <= data.length ? Number(word) : undefined
}

function decodeBytes32(data: Hex): string | undefined {
  const padding = /(00)*$/.exec(data.slice(2))?.[0].length ?? 0
  return decodeUtf8(data.slice(2, data.length - padding))
}

/** Bytes that are no UTF-8 read as the replacement character, as they do everywhere else. */
function decodeUtf8(digits: string): string {
  return new TextDecoder().decode(fromHex(digits))
}
