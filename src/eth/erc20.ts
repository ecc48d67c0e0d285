/** ERC-20 (EIP-20): six reads, and the transfers. */

import { kindOf, show } from '../describe.ts'
import { refuse } from '../refuse.ts'
import type { Hex } from '../rpc/message.ts'
import { decodeText, encodeAddress, wordAt } from './abi.ts'
import { type CallOptions, call } from './call.ts'
import { AbiDecodingError, NoContractError } from './errors.ts'
import type { TransferFilter } from './filter.ts'
import { type Address, parseAddress } from './hex.ts'
import { atOneBlock } from './one-block.ts'
import type { Requester } from './requester.ts'
import type { Stream } from './stream.ts'
import type { Transfer } from './transfer.ts'

/** The first four bytes of the keccak of each function's signature. */
const NAME = '0x06fdde03'
const SYMBOL = '0x95d89b41'
const DECIMALS = '0x313ce567'
const TOTAL_SUPPLY = '0x18160ddd'
const BALANCE_OF = '0x70a08231'
const ALLOWANCE = '0xdd62ed3e'

/** How many calls of `balancesOf` are under way at once. */
const AT_ONCE = 100

/** What a token says of itself, at one block. */
export interface TokenMetadata {
  /** The name in full: `USD Coin`. */
  readonly name: string
  /** The short name: `USDC`. */
  readonly symbol: string
  /** By how many places amounts are shifted for people, 0 to 255. */
  readonly decimals: number
  /** In the smallest unit. */
  readonly totalSupply: bigint
}

/**
 * One token. Amounts are in its smallest unit; addresses are lower case on the way out.
 *
 * Every read throws NoContractError for an empty answer, AbiDecodingError for a malformed one,
 * ExecutionRevertedError, and what every request throws.
 */
export interface Erc20 {
  /** The contract, lower case. */
  readonly address: Address
  /** Also of tokens that give it as `bytes32`. */
  name(options?: CallOptions): Promise<string>
  /** Also of tokens that give it as `bytes32`. */
  symbol(options?: CallOptions): Promise<string>
  /** By how many places amounts are shifted for people, 0 to 255. */
  decimals(options?: CallOptions): Promise<number>
  /** All that there is, in the smallest unit. */
  totalSupply(options?: CallOptions): Promise<bigint>
  /** What an account holds, in the smallest unit. @throws ConfigurationError for an address that is none */
  balanceOf(account: Address, options?: CallOptions): Promise<bigint>
  /** What `spender` may still take from `owner`, in the smallest unit. @throws ConfigurationError for an address that is none */
  allowance(owner: Address, spender: Address, options?: CallOptions): Promise<bigint>
  /** All four at one and the same block. */
  metadata(options?: CallOptions): Promise<TokenMetadata>
  /** All at one and the same block; in the order given, lower case, each once. */
  balancesOf(accounts: readonly Address[], options?: CallOptions): Promise<Map<Address, bigint>>
  /** `client.transfers()` of this token. @throws ConfigurationError, InvalidCursorError */
  transfers(filter?: Omit<TransferFilter, 'token'>): Stream<Transfer>
}

export function createErc20(
  requester: Requester,
  token: Address,
  transfers: (filter: TransferFilter) => Stream<Transfer>,
): Erc20 {
  const address = parseAddress(token, 'token')
  const read = async <T>(
    selector: Hex,
    accounts: object,
    decode: (data: Hex) => T,
    options?: CallOptions,
  ): Promise<T> => {
    const words = Object.entries(accounts).map(([path, account]) =>
      encodeAddress(parseAddress(account, path)),
    )
    const answer = await call(requester, { to: address, data: `${selector}${words.join('')}` }, options)
    if (answer === '0x') throw noContract(address)
    return decode(answer)
  }
  const erc20: Erc20 = {
    address,
    name: options => read(NAME, {}, textIn, options),
    symbol: options => read(SYMBOL, {}, textIn, options),
    decimals: options => read(DECIMALS, {}, uint8In, options),
    totalSupply: options => read(TOTAL_SUPPLY, {}, uint256In, options),
    balanceOf: (account, options) => read(BALANCE_OF, { account }, uint256In, options),
    allowance: (owner, spender, options) => read(ALLOWANCE, { owner, spender }, uint256In, options),
    metadata: options =>
      atOneBlock(requester, options, async pinned => {
        const { name, symbol, decimals, totalSupply } = erc20
        const reads = [name(pinned), symbol(pinned), decimals(pinned), totalSupply(pinned)] as const
        const [n, s, d, t] = await Promise.all(reads)
        return { name: n, symbol: s, decimals: d, totalSupply: t }
      }),
    balancesOf: async (accounts, options) => {
      if (!Array.isArray(accounts))
        throw refuse('accounts', `expected an array of addresses, got ${kindOf(accounts)}`)
      const each = [...new Set(accounts.map((account, i) => parseAddress(account, `accounts[${i}]`)))]
      if (each.length === 0) return new Map()
      return atOneBlock(requester, options, pinned => balances(erc20, each, pinned))
    },
    transfers: (filter = {}) => transfers({ ...filter, token: address }),
  }
  return erc20
}

async function balances(
  erc20: Erc20,
  accounts: readonly Address[],
  options: CallOptions,
): Promise<Map<Address, bigint>> {
  const found = new Map<Address, bigint>()
  for (let from = 0; from < accounts.length; from += AT_ONCE) {
    const some = accounts.slice(from, from + AT_ONCE)
    const amounts = await Promise.all(
      some.map(async account => [account, await erc20.balanceOf(account, options)] as const),
    )
    for (const [account, amount] of amounts) found.set(account, amount)
  }
  return found
}

function uint256In(data: Hex): bigint {
  return wordAt(data, 0) ?? undecodable('uint256', data)
}

function uint8In(data: Hex): number {
  const word = wordAt(data, 0)
  return word === undefined || word > 255n ? undecodable('uint8', data) : Number(word)
}

function textIn(data: Hex): string {
  return decodeText(data) ?? undecodable('string or bytes32', data)
}

function undecodable(expected: string, data: Hex): never {
  const hint = 'The contract may not keep to ERC-20; use call() and decode the answer yourself.'
  throw new AbiDecodingError(`The contract's answer is no ${expected}: ${show(data)}.`, { data, hint })
}

function noContract(address: Address): NoContractError {
  const hint =
    'Check the address and the chain; it may not exist yet at that block, or not have this function.'
  return new NoContractError(`There is no contract at ${address} that answers this call.`, { address, hint })
}
