/** How amounts, addresses and times are written. */

import type { Address } from 'holdfast'

const AMOUNT = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 4 })
const COUNT = new Intl.NumberFormat('en')
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

/** In units of the token: 1500000 of a token with 6 decimals is "1.50". Exact up to the digits shown. */
export function amount(value: bigint, decimals: number): string {
  const digits = value.toString().padStart(decimals + 1, '0')
  const cut = digits.length - decimals
  return AMOUNT.format(`${digits.slice(0, cut)}.${digits.slice(cut) || '0'}` as Intl.StringNumericLiteral)
}

export const count = (number: number) => COUNT.format(number)

/** "1 block", "3 blocks". */
export const many = (number: number, thing: string) => `${count(number)} ${thing}${number === 1 ? '' : 's'}`

/** Blocks from one to another, inclusive. */
export const blocks = (from: number, to: number) => (from === to ? `block ${from}` : `blocks ${from}–${to}`)

export const short = (address: Address) => `${address.slice(0, 6)}…${address.slice(-4)}`

export const clock = (at: number) => CLOCK.format(at)

export const seconds = (milliseconds: number) => `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`
