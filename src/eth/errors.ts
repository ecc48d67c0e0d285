/** What can go wrong with the chain itself: its history, its node's word, its contracts. */

import { type ErrorCategory, HoldfastError } from '../errors.ts'
import { RpcError } from '../rpc/errors.ts'
import type { Hex } from '../rpc/message.ts'

/** Something is wrong with the chain itself: its history, its node’s word, its contracts. */
abstract class ChainError extends HoldfastError {
  override get category(): ErrorCategory {
    return 'chain'
  }
}

/** A cursor that is damaged, of another chain, or of another filter. */
export class InvalidCursorError extends ChainError {
  override get name() {
    return 'InvalidCursorError' as const
  }
  declare readonly code: 'INVALID_CURSOR'
}

/** The chain left the branch that was delivered below everything that can be taken back. */
export class ReorgTooDeepError extends ChainError {
  override get name() {
    return 'ReorgTooDeepError' as const
  }
  declare readonly code: 'REORG_TOO_DEEP'
  /** The oldest block that was still compared; data at and above it is in doubt. */
  declare readonly safeBlock: number
  declare readonly head: number
}

/** The node has pruned the blocks or logs that were asked for. */
export class HistoryUnavailableError extends ChainError {
  override get name() {
    return 'HistoryUnavailableError' as const
  }
  declare readonly code: 'HISTORY_UNAVAILABLE'
  declare readonly fromBlock: number
}

/** The node contradicted itself: for longer than `stallTimeout`, or at every try of reads that belong together. */
export class NodeInconsistentError extends ChainError {
  override get name() {
    return 'NodeInconsistentError' as const
  }
  declare readonly code: 'NODE_INCONSISTENT'
  /** What contradicted what, in words. */
  declare readonly evidence: string
}

/** The node does not know the block tag that `confirmations` names. */
export class BlockTagUnavailableError extends ChainError {
  override get name() {
    return 'BlockTagUnavailableError' as const
  }
  declare readonly code: 'BLOCK_TAG_UNAVAILABLE'
  declare readonly tag: string
}

/** There is no contract at the address: the answer is empty. */
export class NoContractError extends ChainError {
  override get name() {
    return 'NoContractError' as const
  }
  declare readonly code: 'NO_CONTRACT'
  declare readonly address: string
}

/** A contract's answer is not of the type that was expected. */
export class AbiDecodingError extends ChainError {
  override get name() {
    return 'AbiDecodingError' as const
  }
  declare readonly code: 'ABI_DECODING'
  declare readonly data: Hex
}

export interface RevertFacts {
  /** The revert data. */
  readonly data: Hex
  /** The text of `Error(string)`. */
  readonly reason?: string | undefined
  /** The code of `Panic(uint256)` and what Solidity means by it. */
  readonly panic?: { readonly code: number; readonly meaning: string } | undefined
  /** The first four bytes of the revert data. */
  readonly selector?: Hex | undefined
  /** `data` of the JSON-RPC error as the node sent it. */
  readonly nodeData?: unknown
}

/** The contract reverted. */
export class ExecutionRevertedError extends RpcError {
  override get name() {
    return 'ExecutionRevertedError' as const
  }
  declare readonly code: 'EXECUTION_REVERTED'
  /** The revert data, wherever the node put it; `0x` where it gave none. */
  declare readonly data: Hex
  /** The text of `Error(string)`, or what the node's own text says where it gave no data. */
  declare readonly reason?: string
  /** The code of `Panic(uint256)` and what Solidity means by it. */
  declare readonly panic?: { readonly code: number; readonly meaning: string }
  /** The first four bytes of the revert data: of `Error`, `Panic`, or one of the contract's own errors. */
  declare readonly selector?: Hex
  /** `data` of the JSON-RPC error as the node sent it, but for known secrets. */
  declare readonly nodeData?: unknown
}
