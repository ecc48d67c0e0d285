/** What a reader of pages gets. */

import type { Hex } from '../rpc/message.ts'

/** What changed from one cursor to the next. */
export interface Page<T> {
  /** First: discard everything above this block, whichever process stored it. */
  readonly rollback?: { readonly blockNumber: number; readonly blockHash: Hex }
  /** What this process had delivered above it, newest first. */
  readonly removed: readonly T[]
  /** Then: additions, in the order of the chain. */
  readonly items: readonly T[]
  /** Whole blocks covered by this page, inclusive; none where `toBlock` is `fromBlock − 1`. */
  readonly fromBlock: number
  readonly toBlock: number
  /** The head at that moment; at least `toBlock`. */
  readonly head: number
  /** The state after this page: store it together with the page. */
  readonly cursor: string
}
