/** Quantities and addresses (EIP-1474, EIP-55): checked on the way in, lower case on the way out. */

import { show } from '../describe.ts'
import { refuse } from '../refuse.ts'
import type { Hex } from '../rpc/message.ts'
import { keccak256 } from './keccak.ts'

/** A 20-byte address with its `0x`. */
export type Address = Hex

export function toQuantity(number: number | bigint): Hex {
  return `0x${number.toString(16)}`
}

/** 32 bytes in hexadecimal: a hash, a topic, a word. */
export function isWord(value: unknown): value is Hex {
  return typeof value === 'string' && value.length === 66 && /^0x[\da-f]{64}$/i.test(value)
}

export function isData(value: unknown): value is Hex {
  return typeof value === 'string' && value.length % 2 === 0 && /^0x[\da-f]*$/i.test(value)
}

/** What is wrong with an address; undefined where nothing is. Mixed case must carry the right checksum (EIP-55). */
export function faultInAddress(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^0x[\da-f]{40}$/i.test(value))
    return `expected a 20-byte address, got ${show(value)}`
  const digits = value.slice(2)
  const isPlain = digits === digits.toLowerCase() || digits === digits.toUpperCase()
  return isPlain || value === checksum(digits.toLowerCase())
    ? undefined
    : `has a bad checksum (EIP-55): ${value}`
}

/** The address in lower case. @throws ConfigurationError */
export function parseAddress(value: unknown, path: string): Address {
  const fault = faultInAddress(value)
  if (fault !== undefined) throw refuse(path, fault)
  return String(value).toLowerCase() as Address
}

function checksum(lowerCase: string): string {
  const hash = toHex(keccak256(new TextEncoder().encode(lowerCase)))
  return `0x${[...lowerCase].map((digit, i) => (Number.parseInt(hash.charAt(i), 16) >= 8 ? digit.toUpperCase() : digit)).join('')}`
}

/** Without `0x`. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** From hexadecimal with or without `0x`; the text must have been checked. */
export function fromHex(hex: string): Uint8Array {
  const digits = hex.startsWith('0x') ? hex.slice(2) : hex
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  )
}
