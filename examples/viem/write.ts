/** A write that a falling line can neither lose nor double. */

import { type HoldfastTransport, holdfast } from 'holdfast/viem'
import {
  type Account,
  type Chain,
  createWalletClient,
  type Hex,
  keccak256,
  type PublicClient,
  type TransactionReceipt,
} from 'viem'

type Client = PublicClient<HoldfastTransport, Chain>

/** Signed before it is sent, its hash is known whatever becomes of the line. */
export async function sign(client: Client, account: Account, call: { to: Hex; data: Hex }): Promise<Hex> {
  const transport = holdfast(client.transport.client)
  const wallet = createWalletClient({ account, chain: client.chain, transport })
  return wallet.signTransaction(await wallet.prepareTransactionRequest(call))
}

/** Sent again when the line falls under it: a node that has it already says so, and that is success. */
export async function send(client: Client, signed: Hex): Promise<TransactionReceipt> {
  const transactionHash = keccak256(signed)
  await client.transport.client.request(
    { method: 'eth_sendRawTransaction', params: [signed] },
    { replay: true, transactionHash },
  )
  return client.waitForTransactionReceipt({ hash: transactionHash })
}
