/** Log blooms (yellow paper, section 4.3.1): 2,048 bits, three of them set for every address and topic of a block's logs. */

import { fromHex, isData } from './hex.ts'
import { keccak256 } from './keccak.ts'
import type { RawLog } from './log.ts'

const BITS = 2_048
/** A chance of being wrong below this makes a bloom evidence. */
const LIKELY = 0.01
/** How many entries' bits are kept. */
const REMEMBERED = 20_000

/** Where the three bits of an entry are: which hexadecimal digit of the bloom, and which bit of it. */
type Bits = readonly (readonly [digit: number, mask: number])[]

const known = new Map<string, Bits>()

/** What an `eth_getLogs` filter requires of a block: of each part at least one entry. */
export type Parts = readonly (readonly string[])[]

function holds(bloom: string, entry: string): boolean {
  return bitsOf(entry).every(([digit, mask]) => (digitAt(bloom, digit) & mask) !== 0)
}

/** Whether the bloom speaks for a log that fits. A filter without parts fits every log. */
export function speaksFor(bloom: string, parts: Parts): boolean {
  return isZero(bloom) ? false : parts.every(part => part.some(entry => holds(bloom, entry)))
}

/** Whether a bloom that speaks for a log can be taken at its word: the chance that it does so by accident is small. */
export function isTelling(bloom: string, parts: Parts): boolean {
  let set = 0
  for (let i = 0; i < BITS / 4; i++) for (let rest = digitAt(bloom, i); rest > 0; rest &= rest - 1) set++
  const accident = (set / BITS) ** 3
  return (
    parts.reduce((chance, { length }) => chance * (1 - (1 - accident) ** length), 1) < LIKELY || !parts.length
  )
}

export function isZero(bloom: string): boolean {
  return /^0x0*$/.test(bloom)
}

/** How a block's logs and its bloom fit: the bloom may speak of more than there is, or of less. */
export function compare(logs: readonly RawLog[], bloom: string): 'equal' | 'bloom-has-more' | 'bloom-lacks' {
  const digits = new Uint8Array(BITS / 4)
  for (const { address, topics } of logs) {
    for (const entry of [address, ...(Array.isArray(topics) ? topics : [])]) {
      if (isData(entry))
        for (const [digit, mask] of bitsOf(entry)) digits[digit] = (digits[digit] ?? 0) | mask
    }
  }
  if (digits.some((digit, i) => (digit & ~digitAt(bloom, i)) !== 0)) return 'bloom-lacks'
  return digits.every((digit, i) => digit === digitAt(bloom, i)) ? 'equal' : 'bloom-has-more'
}

function bitsOf(entry: string): Bits {
  const remembered = known.get(entry)
  if (remembered !== undefined) return remembered
  const hash = keccak256(fromHex(entry))
  const bits = [0, 2, 4].map(i => {
    const bit = (((hash[i] ?? 0) << 8) | (hash[i + 1] ?? 0)) % BITS
    return [BITS / 4 - 1 - (bit >> 2), 1 << (bit & 3)] as const
  })
  if (known.size >= REMEMBERED) known.clear()
  known.set(entry, bits)
  return bits
}

function digitAt(bloom: string, i: number): number {
  return Number.parseInt(bloom.charAt(i + 2), 16)
}
