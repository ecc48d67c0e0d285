/** Amounts as people read them: each token is asked once how many decimals it has and what it calls itself. */

import type { Client } from '../client.ts'
import { AbiDecodingError, NoContractError } from '../eth/errors.ts'
import type { Address } from '../eth/hex.ts'
import { RpcError } from '../rpc/errors.ts'

/** What a token says of itself; undefined where it says nothing that can be used. */
export interface Units {
  readonly symbol: string | undefined
  readonly decimals: number | undefined
}

/** More decimals than a uint256 has digits are a joke, or an attack on whoever prints them. */
const MOST_DECIMALS = 77
const LONGEST_SYMBOL = 20
/** Of a chain's every token; the one asked first is forgotten first. */
const REMEMBERED = 10_000

export class TokenUnits {
  readonly #client: Client
  readonly #known = new Map<Address, Promise<Units>>()

  constructor(client: Client) {
    this.#client = client
  }

  /** Waits for the line for as long as it takes. */
  of(token: Address): Promise<Units> {
    const known = this.#known.get(token)
    if (known !== undefined) return known
    const asked = this.#ask(token)
    this.#known.set(token, asked)
    for (const [first] of this.#known) if (this.#known.size > REMEMBERED) this.#known.delete(first)
    return asked
  }

  async #ask(token: Address): Promise<Units> {
    const erc20 = this.#client.erc20(token)
    const [symbol, decimals] = await Promise.all([
      answerOf(erc20.symbol({ timeout: Infinity })),
      answerOf(erc20.decimals({ timeout: Infinity })),
    ])
    return {
      symbol: symbol === undefined ? undefined : cleanSymbol(symbol),
      decimals: decimals === undefined || decimals > MOST_DECIMALS ? undefined : decimals,
    }
  }
}

/** Undefined where the token itself does not answer; a node that cannot answer now is another matter. */
async function answerOf<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    const isTokens =
      error instanceof AbiDecodingError ||
      error instanceof NoContractError ||
      (error instanceof RpcError && !error.retryable)
    if (isTokens) return undefined
    throw error
  }
}

/** Anybody can name a token: nothing that moves a cursor, turns the direction of writing or hides gets through. */
function cleanSymbol(symbol: string): string | undefined {
  const visible = symbol.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return [...visible].slice(0, LONGEST_SYMBOL).join('').trim() || undefined
}

/** Without trailing zeros; undefined where the token has no decimals to go by. */
export function amountIn({ decimals }: Units, value: bigint): string | undefined {
  if (decimals === undefined) return undefined
  const digits = value.toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}
