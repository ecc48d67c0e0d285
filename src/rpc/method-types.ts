/** What the methods of a node take and give, for types only; unknown methods stay possible. */

import type { Hex } from './message.ts'
import type {
  RpcBlock,
  RpcBlockId,
  RpcHeader,
  RpcLog,
  RpcLogFilter,
  RpcReceipt,
  RpcTransaction,
  RpcTransactionRequest,
} from './node-objects.ts'

/** Parameters and result of one method. */
export interface Method<P extends readonly unknown[], R> {
  /** What it takes, in order. */
  readonly params: P
  /** What it gives. */
  readonly result: R
}

/** Parameters and result of each method (ethereum/execution-apis). What is not listed takes and gives anything. */
export interface Methods {
  /** Accounts that the node itself can sign for. */
  eth_accounts: Method<[], readonly Hex[]>
  /** Wei per unit of blob gas, for the next block. */
  eth_blobBaseFee: Method<[], Hex>
  /** The height of the head. */
  eth_blockNumber: Method<[], Hex>
  /** What a call gives at a block, without a transaction. */
  eth_call: Method<[tx: RpcTransactionRequest, block?: RpcBlockId, ...overrides: unknown[]], Hex>
  /** The chain that is served. */
  eth_chainId: Method<[], Hex>
  /** Where the node's own block rewards go. */
  eth_coinbase: Method<[], Hex>
  /** What a transaction would touch (EIP-2930). */
  eth_createAccessList: Method<
    [tx: RpcTransactionRequest, block?: RpcBlockId],
    {
      /** Addresses with their storage keys. */
      readonly accessList: readonly unknown[]
      /** Units of gas that the transaction would need with it. */
      readonly gasUsed: Hex
    }
  >
  /** Units of gas that a transaction would need. */
  eth_estimateGas: Method<[tx: RpcTransactionRequest, block?: RpcBlockId, ...overrides: unknown[]], Hex>
  /** Base fees and how full blocks were, of the last `blocks` blocks. */
  eth_feeHistory: Method<
    [blocks: Hex | number, newest: RpcBlockId, percentiles?: readonly number[]],
    {
      /** The first of the blocks. */
      readonly oldestBlock: Hex
      /** Wei per unit of gas, of each block and of the one after the last. */
      readonly baseFeePerGas: readonly Hex[]
      /** How full each block was, 0 to 1. */
      readonly gasUsedRatio: readonly number[]
      /** Priority fees of each block at the percentiles. */
      readonly reward?: readonly (readonly Hex[])[]
    }
  >
  /** Wei per unit of gas that the node suggests. */
  eth_gasPrice: Method<[], Hex>
  /** Wei of an account. */
  eth_getBalance: Method<[address: Hex, block?: RpcBlockId], Hex>
  /** A block, with its transactions whole or by their hashes; null where there is none. */
  eth_getBlockByHash: Method<[hash: Hex, whole: boolean], RpcBlock | null>
  /** The same by its number. */
  eth_getBlockByNumber: Method<[block: RpcBlockId, whole: boolean], RpcBlock | null>
  /** All receipts of a block; null where there is none. */
  eth_getBlockReceipts: Method<[block: RpcBlockId], readonly RpcReceipt[] | null>
  /** How many transactions a block holds; null where there is none. */
  eth_getBlockTransactionCountByHash: Method<[hash: Hex], Hex | null>
  /** The same by its number. */
  eth_getBlockTransactionCountByNumber: Method<[block: RpcBlockId], Hex | null>
  /** The code of a contract; `0x` where there is none. */
  eth_getCode: Method<[address: Hex, block?: RpcBlockId], Hex>
  /** Logs of one block or of a range. */
  eth_getLogs: Method<[filter: RpcLogFilter], readonly RpcLog[]>
  /** An account and some of its slots with their Merkle proofs (EIP-1186). */
  eth_getProof: Method<[address: Hex, slots: readonly Hex[], block?: RpcBlockId], unknown>
  /** One 32-byte slot of a contract. */
  eth_getStorageAt: Method<[address: Hex, slot: Hex, block?: RpcBlockId], Hex>
  /** A transaction by its place; null where there is none. */
  eth_getTransactionByBlockHashAndIndex: Method<[hash: Hex, index: Hex], RpcTransaction | null>
  /** The same by the number of its block. */
  eth_getTransactionByBlockNumberAndIndex: Method<[block: RpcBlockId, index: Hex], RpcTransaction | null>
  /** A transaction, pending ones too; null where there is none. */
  eth_getTransactionByHash: Method<[hash: Hex], RpcTransaction | null>
  /** How many transactions an account has sent: its next nonce. */
  eth_getTransactionCount: Method<[address: Hex, block?: RpcBlockId], Hex>
  /** What became of a transaction; null while it is not mined. */
  eth_getTransactionReceipt: Method<[hash: Hex], RpcReceipt | null>
  /** Wei per unit of gas for the proposer that the node suggests. */
  eth_maxPriorityFeePerGas: Method<[], Hex>
  /** Sends a signed transaction; gives its hash. */
  eth_sendRawTransaction: Method<[transaction: Hex], Hex>
  /** Has the node sign and send; gives the hash. */
  eth_sendTransaction: Method<[tx: RpcTransactionRequest], Hex>
  /** Begins a subscription; its items come as `'message'` events. `subscribe()` is the better way. */
  eth_subscribe: Method<[kind: string, ...params: unknown[]], Hex>
  /** `false`, or how far the node has come. */
  eth_syncing: Method<[], unknown>
  /** Ends a subscription; `false` where there was none. */
  eth_unsubscribe: Method<[id: Hex], boolean>
  /** Whether the node takes connections from others. */
  net_listening: Method<[], boolean>
  /** How many others the node is connected to. */
  net_peerCount: Method<[], Hex>
  /** The network's number as decimal text. */
  net_version: Method<[], string>
  /** Name and version of the node. */
  web3_clientVersion: Method<[], string>
  /** keccak256 of some bytes. */
  web3_sha3: Method<[data: Hex], Hex>
}

/** What a method gives; anything for the methods that are not listed. */
export type Result<M extends string> = M extends keyof Methods ? Methods[M]['result'] : unknown

/** What a method takes; open for the methods that are not listed. */
export type Params<M extends string> = M extends keyof Methods ? Readonly<Methods[M]['params']> : unknown

/** A call of `request`: `params` may be left out where the method needs none. */
export type Call<M extends string> = {
  /** Its name: `eth_getBalance`. */
  readonly method: M
} & (readonly [] extends Params<M> ? Partial<CallParameters<M>> : CallParameters<M>)

/** The parameters of a call. */
export interface CallParameters<M extends string> {
  /** In order; some nodes take an object too. */
  readonly params: Params<M>
}

/** What a subscription of each kind gives: the node's own objects. */
export interface SubscriptionItems {
  /** Headers of new heads. */
  newHeads: RpcHeader
  /** Logs that match the filter. */
  logs: RpcLog
  /** Hashes of transactions that the node has heard of. */
  newPendingTransactions: Hex
  /** Whether the node is catching up, in its own form. */
  syncing: unknown
}

/** What a subscription of a kind gives; anything for kinds that are not listed. */
export type Item<K extends string> = K extends keyof SubscriptionItems ? SubscriptionItems[K] : unknown
