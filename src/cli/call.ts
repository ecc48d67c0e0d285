/** `holdfast call`: one read of a token, in its own units; or any read, raw. */

import { parseArgs } from 'node:util'
import type { Client } from '../client.ts'
import type { BlockId } from '../eth/call.ts'
import type { Erc20 } from '../eth/erc20.ts'
import type { Address } from '../eth/hex.ts'
import type { Hex } from '../rpc/message.ts'
import { openClient } from './client-flags.ts'
import type { Command } from './command.ts'
import { DIAL_FLAGS, DIAL_HELP } from './dial-flags.ts'
import { EXIT, UsageError } from './exit-code.ts'
import { plain } from './terminal.ts'
import { amountIn, TokenUnits } from './token-units.ts'

/** Who asks once would rather know than wait for ever. */
const ATTEMPTS = '3'

export const call: Command = {
  summary: 'one read of a token, such as balanceOf, or any other',
  help: `holdfast call <url> <token> <function> [addresses] [options]
holdfast call <url> <address> --data 0x… [options]

Functions: name, symbol, decimals, totalSupply, balanceOf <account>,
allowance <owner> <spender>. Amounts are in the token’s units.

  --data 0x…          any call’s data; prints what comes back
  --block b           a number, a hash, or latest, pending, safe, finalized (latest)
  --json              print one JSON document; value is in the smallest unit
${DIAL_HELP.slice(1)}

Exit code: 0 read, 1 change something, 2 usage, 3 try again later.`,

  run: async (args, { out }) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...DIAL_FLAGS,
        data: { type: 'string' },
        block: { type: 'string' },
        json: { type: 'boolean' },
      },
      allowPositionals: true,
    })
    const [url, address, name, ...operands] = positionals
    if (url === undefined || address === undefined) throw new UsageError('expected a URL and an address')
    const read = readOf(address as Address, name, operands as Address[], values.data)
    const client = openClient(url, { ...values, attempts: ATTEMPTS })
    try {
      const answer = await read(client, { block: blockId(values.block) })
      out(values.json ? JSON.stringify(answer) : plain(inWords(answer)))
    } finally {
      await client.close()
    }
    return EXIT.ok
  },
}

/** `amount`, `symbol` and `decimals` only where the value is an amount; null where the token does not say. */
interface Answer {
  readonly value: string
  readonly amount?: string | null
  readonly symbol?: string | null
  readonly decimals?: number | null
}

type Read = (client: Client, options: { readonly block: BlockId }) => Promise<Answer>

/** @throws UsageError */
function readOf(
  address: Address,
  name: string | undefined,
  operands: readonly Address[],
  data: string | undefined,
): Read {
  if (data !== undefined) {
    if (name !== undefined) throw new UsageError('--data says it all: expected no function beside it')
    return async (client, options) => ({
      value: await client.call({ to: address, data: data as Hex }, options),
    })
  }
  const known = name !== undefined && Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (known === undefined)
    throw new UsageError(`expected one of ${Object.keys(FUNCTIONS).join(', ')}, or --data`)
  if (operands.length !== known.operands) {
    const noun = known.operands === 1 ? 'address' : 'addresses'
    throw new UsageError(`${name} takes ${known.operands} ${noun}, got ${operands.length}`)
  }
  return async (client, options) => {
    const value = await known.read(client.erc20(address), operands, options)
    if (typeof value !== 'bigint') return { value: String(value) }
    const units = await new TokenUnits(client).of(address)
    return {
      value: value.toString(),
      amount: amountIn(units, value) ?? null,
      symbol: units.symbol ?? null,
      decimals: units.decimals ?? null,
    }
  }
}

interface Function {
  readonly operands: number
  read(
    token: Erc20,
    operands: readonly Address[],
    options: { readonly block: BlockId },
  ): Promise<string | number | bigint>
}

const FUNCTIONS: Readonly<Record<string, Function>> = {
  name: { operands: 0, read: (token, _, options) => token.name(options) },
  symbol: { operands: 0, read: (token, _, options) => token.symbol(options) },
  decimals: { operands: 0, read: (token, _, options) => token.decimals(options) },
  totalSupply: { operands: 0, read: (token, _, options) => token.totalSupply(options) },
  balanceOf: { operands: 1, read: (token, [account = '0x'], options) => token.balanceOf(account, options) },
  allowance: {
    operands: 2,
    read: (token, [owner = '0x', spender = '0x'], options) => token.allowance(owner, spender, options),
  },
}

/** Whether it is one is for the client to say. */
function blockId(text = 'latest'): BlockId {
  return /^\d+$/.test(text) ? Number(text) : (text as BlockId)
}

function inWords({ value, amount, symbol }: Answer): string {
  if (amount === undefined) return value
  return amount === null
    ? `${value} units${symbol === null ? '' : ` of ${symbol}`}`
    : `${amount} ${symbol ?? ''}`.trim()
}
