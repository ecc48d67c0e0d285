/** A chain with something of everything on it, for comparing what is read over different lines. */

import { encodeErrorResult, type Hex, parseAbi } from 'viem'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { deployToken, type Token } from '../../examples/local/token.ts'

export const tokenAbi = parseAbi([
  'function name() view returns (string)',
  'function symbol() view returns (string)',
  'function decimals() view returns (uint8)',
  'function totalSupply() view returns (uint256)',
  'function balanceOf(address) view returns (uint256)',
  'function allowance(address, address) view returns (uint256)',
  'function transfer(address, uint256) returns (bool)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
])

/** Reverts with whatever it is called with. */
export const ECHO_REVERTER: Hex = '0x00000000000000000000000000000000000ec40e'
/** Denies whatever it is asked. */
export const DENIER: Hex = '0x0000000000000000000000000000000000000bad'
export const denierAbi = parseAbi([
  'function ask(uint256) view returns (uint256)',
  'error Denied(address who, uint256 needed)',
])

export interface Chain {
  readonly anvil: Anvil
  readonly token: Token
  /** Hashes of the transfers that were made. */
  readonly transfers: readonly Hex[]
  stop(): Promise<void>
}

export const NOBODY: Hex = '0x000000000000000000000000000000000000dEaD'
export const MISSING: Hex = `0x${'ab'.repeat(32)}`

export async function startChain(): Promise<Chain> {
  const anvil = await startAnvil()
  const token = await deployToken(anvil)
  // CALLDATACOPY(0, 0, CALLDATASIZE) · REVERT(0, CALLDATASIZE)
  await anvil.rpc('anvil_setCode', [ECHO_REVERTER, '0x366000600037366000fd'])
  await anvil.rpc('anvil_setCode', [DENIER, always('fd', REVERTS.custom)])
  const transfers: Hex[] = []
  for (let value = 1n; value <= 5n; value++) {
    const hash = await token.transfer(token.accounts[1] ?? NOBODY, value)
    transfers.push(hash)
    // One block each: anvil answers before it has mined.
    while ((await anvil.rpc('eth_getTransactionReceipt', [hash])) === null);
  }
  return { anvil, token, transfers, stop: () => anvil.stop() }
}

/** Reverts, as calldata for the contract that echoes. */
export const REVERTS = {
  reason: `0x08c379a0${'20'.padStart(64, '0')}${'4'.padStart(64, '0')}${'6e6f7065'.padEnd(64, '0')}`,
  panic: `0x4e487b71${'11'.padStart(64, '0')}`,
  custom: encodeErrorResult({ abi: denierAbi, errorName: 'Denied', args: [NOBODY, 7n] }),
  empty: '0x',
} as const satisfies Record<string, Hex>

/** The code of a contract that gives the same data to every call: `f3` returns, `fd` reverts. */
export function always(opcode: 'f3' | 'fd', data: Hex): Hex {
  const size = ((data.length - 2) / 2).toString(16).padStart(2, '0')
  // CODECOPY(0, 12, size) · RETURN or REVERT(0, size)
  return `0x60${size}600c60003960${size}6000${opcode}${data.slice(2)}`
}

/** What came of an operation, as text that can be compared. */
export async function outcomeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    return show({ result: await run() })
  } catch (error) {
    return show({ error: describe(error) })
  }
}

/** An error with its causes; what names the request's number or its way is left out. */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, cause } = error
  const {
    stack: _,
    version: __,
    ...fields
  } = Object.fromEntries(Object.getOwnPropertyNames(error).map(key => [key, Reflect.get(error, key)]))
  return { ...fields, name, message, cause: describe(cause) }
}

function show(value: unknown): string {
  const text = JSON.stringify(
    value,
    (key, item) => {
      if (typeof item === 'bigint') return `${item}n`
      if (item instanceof Error) return describe(item)
      if (key === 'provider' || key === 'uid') return undefined
      return item
    },
    1,
  )
  return text.replace(/(\\?"id\\?": ?)\d+/g, '$1…')
}
