/**
 * Where a stream stands, as a text that outlives the process: which chain and filter it belongs to, what was delivered
 * last, and hashes of blocks below it, at growing depth, by which a later process finds where the chain has forked.
 *
 * Fields, separated by dots, numbers to the base 36: version · filter · chain id · fromBlock · tip number · doubt · one
 * `depth-hash` for each ancestor · the start of the keccak of all that.
 */

import { InvalidCursorError } from './errors.ts'
import { toHex } from './hex.ts'
import { keccak256 } from './keccak.ts'

/** What a cursor says. */
export interface Bookmark {
  readonly chainId: number
  /** Which filter it belongs to: 16 hexadecimal digits. */
  readonly filter: string
  /** The first block of the stream. */
  readonly fromBlock: number
  /** The last block delivered, and blocks below it; newest first, never none. */
  readonly ancestors: readonly Ancestor[]
  /** How many of the last blocks were delivered on weak evidence, and not looked at again: who resumes takes them back. */
  readonly doubt: number
}

export interface Ancestor {
  readonly number: number
  /** The first 8 bytes of the block's hash, without `0x`. */
  readonly hashPrefix: string
}

const VERSION = '1'
const CHECK_DIGITS = 8
const PREFIX_DIGITS = 16
/** With the longest numbers, 14 ancestors make 390 characters. */
const MOST_ANCESTORS = 14
const LONGEST = 400

export function encodeCursor({ chainId, filter, fromBlock, ancestors, doubt }: Bookmark): string {
  const tip = ancestors[0]?.number ?? 0
  const numbers = [chainId, fromBlock, tip + 1, doubt].map(number => number.toString(36))
  const hashes = thinOut(ancestors).map(
    ({ number, hashPrefix }) => `${(tip - number).toString(36)}-${hashPrefix}`,
  )
  const body = [VERSION, filter, ...numbers, ...hashes].join('.')
  return `${body}.${checkOf(body)}`
}

/** @throws InvalidCursorError for anything that `encodeCursor` did not write */
export function decodeCursor(cursor: string): Bookmark {
  const [, body = '', check] = /^(.+)\.(\w+)$/.exec(cursor.slice(0, LONGEST)) ?? []
  if (checkOf(body) !== check) throw invalidCursor('it is damaged')
  const [version, filter = '', ...rest] = body.split('.')
  if (version !== VERSION)
    throw invalidCursor(`its version ${version} is unknown to this version of holdfast`)
  const [chainId = 0, fromBlock = 0, next = 0, doubt = 0] = rest
    .slice(0, 4)
    .map(digits => Number.parseInt(digits, 36))
  const ancestors = rest.slice(4).map(each => {
    const [depth = '', hashPrefix = ''] = each.split('-')
    return { number: next - 1 - Number.parseInt(depth, 36), hashPrefix }
  })
  const bookmark = { chainId, filter, fromBlock, ancestors, doubt }
  // A text with the right check that we would not have written was forged: its fields are not to be trusted.
  if (!isSound(bookmark) || encodeCursor(bookmark) !== cursor)
    throw invalidCursor('its fields contradict each other')
  return bookmark
}

export function hashPrefix(hash: string): string {
  return hash.slice(2, 2 + PREFIX_DIGITS).toLowerCase()
}

export function invalidCursor(why: string): InvalidCursorError {
  const hint =
    'Pass the cursor exactly as a page gave it, to a stream with the same filter on the same chain.'
  return new InvalidCursorError(`The cursor cannot be used: ${why}.`, { hint })
}

function isSound({ chainId, filter, fromBlock, ancestors, doubt }: Bookmark): boolean {
  const isDescending = ancestors.every(({ number }, i) => number < (ancestors[i - 1]?.number ?? Infinity))
  const isWritten = ancestors.every(
    ({ number, hashPrefix }) => number >= -1 && /^[\da-f]{16}$/.test(hashPrefix),
  )
  const [tip] = ancestors
  const numbers = [chainId, fromBlock, tip?.number, doubt]
  return isDescending && isWritten && numbers.every(Number.isSafeInteger) && /^[\da-f]{16}$/.test(filter)
}

/** The nearest at or below each depth of 0, 1, 2, 4, 8 …, so that few hashes reach far back; the oldest always. */
function thinOut(ancestors: readonly Ancestor[]): readonly Ancestor[] {
  const tip = ancestors[0]?.number ?? 0
  const oldest = ancestors.at(-1)
  let depth = 0
  const chosen = ancestors.filter(ancestor => {
    const { number } = ancestor
    if (tip - number < depth && ancestor !== oldest) return false
    depth = Math.max(1, 2 * (tip - number))
    return true
  })
  return chosen.length <= MOST_ANCESTORS
    ? chosen
    : [...chosen.slice(0, MOST_ANCESTORS - 1), ...chosen.slice(-1)]
}

function checkOf(body: string): string {
  return toHex(keccak256(new TextEncoder().encode(body))).slice(0, CHECK_DIGITS)
}
