/** What nodes take and give (ethereum/execution-apis), as types: quantities in hexadecimal, nothing checked. */

import type { Hex } from './message.ts'

/** A block by its number, by a tag, or by its hash (EIP-1898). */
export type RpcBlockId =
  | Hex
  | 'latest'
  | 'pending'
  | 'safe'
  | 'finalized'
  | 'earliest'
  | {
      /** The hash of the block. */
      readonly blockHash: Hex
      /** Whether a block that has left the chain is refused. @default false */
      readonly requireCanonical?: boolean
    }
  | {
      /** The height of the block. */
      readonly blockNumber: Hex
    }

/** A transaction as nodes take it: quantities in hexadecimal. */
export interface RpcTransactionRequest {
  /** Who sends it. */
  readonly from?: Hex
  /** Who receives it; null or left out where the data makes a contract. */
  readonly to?: Hex | null
  /** The function and its parameters, ABI-encoded. */
  readonly data?: Hex
  /** Another name for `data`. */
  readonly input?: Hex
  /** Wei. */
  readonly value?: Hex
  /** Units of gas at most. */
  readonly gas?: Hex
  /** Wei per unit of gas, as before EIP-1559. */
  readonly gasPrice?: Hex
  /** Wei per unit of gas at most. */
  readonly maxFeePerGas?: Hex
  /** Wei per unit of gas for the proposer at most. */
  readonly maxPriorityFeePerGas?: Hex
  /** How many transactions the sender has sent before. */
  readonly nonce?: Hex
  readonly [field: string]: unknown
}

/** The filter of `eth_getLogs`. */
export interface RpcLogFilter {
  /** Emitted by any of these contracts. */
  readonly address?: Hex | readonly Hex[]
  /** By position: a word, several of which one must match, or null for any. */
  readonly topics?: readonly (Hex | readonly Hex[] | null)[]
  /** The first block. @default the head, by most nodes */
  readonly fromBlock?: Hex | 'latest' | 'pending' | 'safe' | 'finalized' | 'earliest'
  /** The last block, inclusive. @default the head, by most nodes */
  readonly toBlock?: Hex | 'latest' | 'pending' | 'safe' | 'finalized' | 'earliest'
  /** One block, by its hash (EIP-234); excludes `fromBlock` and `toBlock`. */
  readonly blockHash?: Hex
}

/** A transaction as nodes send it. */
export interface RpcTransaction {
  /** What identifies it. */
  readonly hash: Hex
  /** Who has sent it. */
  readonly from: Hex
  /** Who received it; null where it made a contract. */
  readonly to: Hex | null
  /** Wei. */
  readonly value: Hex
  /** How many transactions the sender had sent before. */
  readonly nonce: Hex
  /** The function and its parameters, ABI-encoded. */
  readonly input: Hex
  /** Units of gas at most. */
  readonly gas: Hex
  /** The block that holds it; null while it is pending. */
  readonly blockHash: Hex | null
  /** The height of that block; null while it is pending. */
  readonly blockNumber: Hex | null
  /** Its place in the block; null while it is pending. */
  readonly transactionIndex: Hex | null
  readonly [field: string]: unknown
}

/** A receipt as nodes send it. */
export interface RpcReceipt {
  /** The hash of the transaction. */
  readonly transactionHash: Hex
  /** Its place in the block. */
  readonly transactionIndex: Hex
  /** The block that holds it. */
  readonly blockHash: Hex
  /** The height of that block. */
  readonly blockNumber: Hex
  /** Who has sent it. */
  readonly from: Hex
  /** Who received it; null where it made a contract. */
  readonly to: Hex | null
  /** The contract that it made, or null. */
  readonly contractAddress: Hex | null
  /** Units of gas, of this transaction alone. */
  readonly gasUsed: Hex
  /** What it emitted, in order. */
  readonly logs: readonly RpcLog[]
  /** `0x1` success, `0x0` reverted; none before the Byzantium fork. */
  readonly status?: Hex
  readonly [field: string]: unknown
}

/** A block as nodes send it: its transactions whole or by their hashes, as was asked. */
export interface RpcBlock extends RpcHeader {
  /** Whole, or their hashes, as was asked. */
  readonly transactions: readonly Hex[] | readonly RpcTransaction[]
}

/** A header as nodes send it: quantities in hexadecimal. */
export interface RpcHeader {
  /** The height. */
  readonly number: Hex
  /** What identifies the block. */
  readonly hash: Hex
  /** The hash of the block below it. */
  readonly parentHash: Hex
  /** Seconds since 1970. */
  readonly timestamp: Hex
  /** 2,048 bits: which addresses and topics its logs may hold. */
  readonly logsBloom?: Hex
  readonly [field: string]: unknown
}

/** A log as nodes send it: quantities in hexadecimal. */
export interface RpcLog {
  /** The contract that emitted it. */
  readonly address: Hex
  /** The signature of the event, then its indexed parameters. */
  readonly topics: readonly Hex[]
  /** The parameters that are not indexed, ABI-encoded. */
  readonly data: Hex
  /** The block that holds it. */
  readonly blockNumber: Hex
  /** The hash of that block. */
  readonly blockHash: Hex
  /** The transaction that emitted it. */
  readonly transactionHash: Hex
  /** The place of the transaction in its block. */
  readonly transactionIndex: Hex
  /** The place of the log in its block. */
  readonly logIndex: Hex
  /** The block has left the chain. */
  readonly removed: boolean
}
