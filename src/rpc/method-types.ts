/** What the methods of a node take and give, for types only; unknown methods stay possible. */

import type { Hex } from './message.ts'

/** Results of methods that are used most. Everything else is `unknown`. */
export interface MethodResults {
  eth_accounts: readonly Hex[]
  eth_blockNumber: Hex
  eth_call: Hex
  eth_chainId: Hex
  eth_estimateGas: Hex
  eth_gasPrice: Hex
  eth_getBalance: Hex
  eth_getCode: Hex
  eth_getStorageAt: Hex
  eth_getTransactionCount: Hex
  eth_maxPriorityFeePerGas: Hex
  eth_sendRawTransaction: Hex
  eth_sendTransaction: Hex
  eth_subscribe: Hex
  eth_unsubscribe: boolean
  net_listening: boolean
  net_version: string
  web3_clientVersion: string
  web3_sha3: Hex
}

export type Result<M extends string> = M extends keyof MethodResults ? MethodResults[M] : unknown

/** What a subscription of each kind gives: the node's own objects. */
export interface SubscriptionItems {
  newHeads: RpcHeader
  logs: RpcLog
  newPendingTransactions: Hex
  syncing: unknown
}

export type Item<K extends string> = K extends keyof SubscriptionItems ? SubscriptionItems[K] : unknown

/** A header as nodes send it: quantities in hexadecimal. */
export interface RpcHeader {
  readonly number: Hex
  readonly hash: Hex
  readonly parentHash: Hex
  readonly timestamp: Hex
  readonly logsBloom?: Hex
  readonly [field: string]: unknown
}

/** A log as nodes send it: quantities in hexadecimal. */
export interface RpcLog {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockNumber: Hex
  readonly blockHash: Hex
  readonly transactionHash: Hex
  readonly transactionIndex: Hex
  readonly logIndex: Hex
  readonly removed: boolean
}
