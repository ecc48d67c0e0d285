/** A real ERC-20 on a local node: OpenZeppelin's preset, with the whole supply at the node's first account. */

import { createRequire } from 'node:module'
import type { Anvil } from './anvil.ts'

type Hex = `0x${string}`

export interface Token {
  readonly address: Hex
  /** Holds the supply; the node signs for it. */
  readonly owner: Hex
  readonly accounts: readonly Hex[]
  /** Sends one transfer, by default from the owner; gives the transaction's hash. */
  transfer(to: Hex, value: bigint, from?: Hex): Promise<Hex>
}

export const SUPPLY = 10n ** 27n

export async function deployToken(anvil: Anvil, name = 'Holdfast Demo', symbol = 'HOLD'): Promise<Token> {
  const accounts = await anvil.rpc<Hex[]>('eth_accounts')
  const [owner] = accounts
  if (owner === undefined) throw new Error('the node has no accounts')
  const { bytecode } = createRequire(import.meta.url)(
    '@openzeppelin/contracts/build/contracts/ERC20PresetFixedSupply.json',
  ) as { bytecode: Hex }
  const data = bytecode + encodeConstructor(name, symbol, SUPPLY, owner)
  const hash = await anvil.rpc<Hex>('eth_sendTransaction', [{ from: owner, data, gas: '0x1e8480' }])
  const receipt = await receiptOf(anvil, hash)
  const address = receipt.contractAddress
  return {
    address,
    owner,
    accounts,
    transfer: (to, value, from = owner) =>
      anvil.rpc('eth_sendTransaction', [
        { from, to: address, data: `0xa9059cbb${word(to)}${word(value)}`, gas: '0x186a0' },
      ]),
  }
}

async function receiptOf(anvil: Anvil, hash: Hex): Promise<{ contractAddress: Hex }> {
  for (;;) {
    const receipt = await anvil.rpc<{ contractAddress: Hex } | null>('eth_getTransactionReceipt', [hash])
    if (receipt !== null) return receipt
    await anvil.rpc('evm_mine')
  }
}

/** `constructor(string name, string symbol, uint256 supply, address owner)` (Solidity, "Contract ABI Specification"). */
function encodeConstructor(name: string, symbol: string, supply: bigint, owner: Hex): string {
  const texts = [encodeText(name), encodeText(symbol)]
  const [first = ''] = texts
  const head = 4 * 32
  return (
    word(BigInt(head)) + word(BigInt(head + first.length / 2)) + word(supply) + word(owner) + texts.join('')
  )
}

function encodeText(text: string): string {
  const hex = Buffer.from(text).toString('hex')
  return word(BigInt(hex.length / 2)) + hex.padEnd(Math.ceil(hex.length / 64) * 64, '0')
}

function word(value: Hex | bigint): string {
  return (typeof value === 'bigint' ? value.toString(16) : value.slice(2)).padStart(64, '0')
}
