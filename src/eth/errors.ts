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
  /** The head of the chain as it is now. */
  declare readonly head: number
}

/** The node has pruned the blocks or logs that were asked for. */
export class HistoryUnavailableError extends ChainError {
  override get name() {
    return 'HistoryUnavailableError' as const
  }
  declare readonly code: 'HISTORY_UNAVAILABLE'
  /** The first block that was asked for. */
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
  /** `safe` or `finalized`. */
  declare readonly tag: string
}

/** There is no contract at the address: the answer is empty. */
export class NoContractError extends ChainError {
  override get name() {
    return 'NoContractError' as const
  }
  declare readonly code: 'NO_CONTRACT'
  /** Where it was looked for. */
  declare readonly address: string
}

/** A contract's answer is not of the type that was expected. */
export class AbiDecodingError extends ChainError {
  override get name() {
    return 'AbiDecodingError' as const
  }
  declare readonly code: 'ABI_DECODING'
  /** What the contract answered. */
  declare readonly data: Hex
}

/** The compiler's own reverts: an overflow, an index out of bounds, a failed `assert` … */
export interface Panic {
  /** As Solidity numbers them: `0x11` is an overflow. */
  readonly code: number
  /** What Solidity means by it, in words. */
  readonly meaning: string
}

/** What an ExecutionRevertedError is made with. */
export interface RevertFacts {
  /** The revert data. */
  readonly data: Hex
  /** The text of `Error(string)`. */
  readonly reason?: string | undefined
  /** `Panic(uint256)`, if that was it. */
  readonly panic?: Panic | undefined
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
  /** `Panic(uint256)`, if that was it. */
  declare readonly panic?: Panic
  /** The first four bytes of the revert data: of `Error`, `Panic`, or one of the contract's own errors. */
  declare readonly selector?: Hex
  /** `data` of the JSON-RPC error as the node sent it, but for known secrets. */
  declare readonly nodeData?: unknown
}
