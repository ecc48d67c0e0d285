/** What the methods of a node take and give, for types only; unknown methods stay possible. */

import type { Hex } from './message.ts'

/** A block by its number, by a tag, or by its hash (EIP-1898). */
export type RpcBlockId =
  | Hex
  | 'latest'
  | 'pending'
  | 'safe'
  | 'finalized'
  | 'earliest'
  | { readonly blockHash: Hex; readonly requireCanonical?: boolean }
  | { readonly blockNumber: Hex }

/** A transaction as nodes take it: quantities in hexadecimal. */
export interface RpcTransactionRequest {
  readonly from?: Hex
  readonly to?: Hex | null
  readonly data?: Hex
  readonly input?: Hex
  readonly value?: Hex
  readonly gas?: Hex
  readonly gasPrice?: Hex
  readonly maxFeePerGas?: Hex
  readonly maxPriorityFeePerGas?: Hex
  readonly nonce?: Hex
  readonly [field: string]: unknown
}

/** The filter of `eth_getLogs`. */
export interface RpcLogFilter {
  readonly address?: Hex | readonly Hex[]
  readonly topics?: readonly (Hex | readonly Hex[] | null)[]
  readonly fromBlock?: Hex | 'latest' | 'pending' | 'safe' | 'finalized' | 'earliest'
  readonly toBlock?: Hex | 'latest' | 'pending' | 'safe' | 'finalized' | 'earliest'
  readonly blockHash?: Hex
}

/** A transaction as nodes send it. */
export interface RpcTransaction {
  readonly hash: Hex
  readonly from: Hex
  readonly to: Hex | null
  readonly value: Hex
  readonly nonce: Hex
  readonly input: Hex
  readonly gas: Hex
  readonly blockHash: Hex | null
  readonly blockNumber: Hex | null
  readonly transactionIndex: Hex | null
  readonly [field: string]: unknown
}

/** A receipt as nodes send it. */
export interface RpcReceipt {
  readonly transactionHash: Hex
  readonly transactionIndex: Hex
  readonly blockHash: Hex
  readonly blockNumber: Hex
  readonly from: Hex
  readonly to: Hex | null
  readonly contractAddress: Hex | null
  readonly gasUsed: Hex
  readonly logs: readonly RpcLog[]
  readonly status?: Hex
  readonly [field: string]: unknown
}

/** A block as nodes send it: its transactions whole or by their hashes, as was asked. */
export interface RpcBlock extends RpcHeader {
  readonly transactions: readonly Hex[] | readonly RpcTransaction[]
}

interface Method<P extends readonly unknown[], R> {
  readonly params: P
  readonly result: R
}

/** Parameters and result of each method (ethereum/execution-apis). What is not listed takes and gives anything. */
export interface Methods {
  eth_accounts: Method<[], readonly Hex[]>
  eth_blobBaseFee: Method<[], Hex>
  eth_blockNumber: Method<[], Hex>
  eth_call: Method<[tx: RpcTransactionRequest, block?: RpcBlockId, ...overrides: unknown[]], Hex>
  eth_chainId: Method<[], Hex>
  eth_coinbase: Method<[], Hex>
  eth_createAccessList: Method<
    [tx: RpcTransactionRequest, block?: RpcBlockId],
    { readonly accessList: readonly unknown[]; readonly gasUsed: Hex }
  >
  eth_estimateGas: Method<[tx: RpcTransactionRequest, block?: RpcBlockId, ...overrides: unknown[]], Hex>
  eth_feeHistory: Method<
    [blocks: Hex | number, newest: RpcBlockId, percentiles?: readonly number[]],
    {
      readonly oldestBlock: Hex
      readonly baseFeePerGas: readonly Hex[]
      readonly gasUsedRatio: readonly number[]
      readonly reward?: readonly (readonly Hex[])[]
    }
  >
  eth_gasPrice: Method<[], Hex>
  eth_getBalance: Method<[address: Hex, block?: RpcBlockId], Hex>
  eth_getBlockByHash: Method<[hash: Hex, whole: boolean], RpcBlock | null>
  eth_getBlockByNumber: Method<[block: RpcBlockId, whole: boolean], RpcBlock | null>
  eth_getBlockReceipts: Method<[block: RpcBlockId], readonly RpcReceipt[] | null>
  eth_getBlockTransactionCountByHash: Method<[hash: Hex], Hex | null>
  eth_getBlockTransactionCountByNumber: Method<[block: RpcBlockId], Hex | null>
  eth_getCode: Method<[address: Hex, block?: RpcBlockId], Hex>
  eth_getLogs: Method<[filter: RpcLogFilter], readonly RpcLog[]>
  eth_getProof: Method<[address: Hex, slots: readonly Hex[], block?: RpcBlockId], unknown>
  eth_getStorageAt: Method<[address: Hex, slot: Hex, block?: RpcBlockId], Hex>
  eth_getTransactionByBlockHashAndIndex: Method<[hash: Hex, index: Hex], RpcTransaction | null>
  eth_getTransactionByBlockNumberAndIndex: Method<[block: RpcBlockId, index: Hex], RpcTransaction | null>
  eth_getTransactionByHash: Method<[hash: Hex], RpcTransaction | null>
  eth_getTransactionCount: Method<[address: Hex, block?: RpcBlockId], Hex>
  eth_getTransactionReceipt: Method<[hash: Hex], RpcReceipt | null>
  eth_maxPriorityFeePerGas: Method<[], Hex>
  eth_sendRawTransaction: Method<[transaction: Hex], Hex>
  eth_sendTransaction: Method<[tx: RpcTransactionRequest], Hex>
  eth_subscribe: Method<[kind: string, ...params: unknown[]], Hex>
  eth_syncing: Method<[], unknown>
  eth_unsubscribe: Method<[id: Hex], boolean>
  net_listening: Method<[], boolean>
  net_peerCount: Method<[], Hex>
  net_version: Method<[], string>
  web3_clientVersion: Method<[], string>
  web3_sha3: Method<[data: Hex], Hex>
}

export type Result<M extends string> = M extends keyof Methods ? Methods[M]['result'] : unknown

/** What a method takes; open for the methods that are not listed. */
export type Params<M extends string> = M extends keyof Methods ? Readonly<Methods[M]['params']> : unknown

/** A call of `request`: `params` may be left out where the method needs none. */
export type Call<M extends string> = { readonly method: M } & (readonly [] extends Params<M>
  ? { readonly params?: Params<M> }
  : { readonly params: Params<M> })

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
