/** What a reader of pages gets. */

import type { Hex } from '../rpc/message.ts'
import type { Course } from './course.ts'
import { encodeCursor } from './cursor.ts'
import type { Block } from './header.ts'

/** What changed from one cursor to the next. */
export interface Page<T> {
  /** First: discard everything above this block, whichever process stored it. */
  readonly rollback?: {
    /** The last block that still counts; −1 where nothing does. */
    readonly blockNumber: number
    /** Its hash. */
    readonly blockHash: Hex
  }
  /** What this process had delivered above it, newest first. */
  readonly removed: readonly T[]
  /** Then: additions, in the order of the chain. */
  readonly items: readonly T[]
  /** The first of the whole blocks that this page covers. */
  readonly fromBlock: number
  /** The last of them, inclusive; `fromBlock − 1` where it covers none. */
  readonly toBlock: number
  /** The head at that moment; at least `toBlock`. */
  readonly head: number
  /** The state after this page: store it together with the page. */
  readonly cursor: string
}

/** What a step has changed. */
export interface Change<T> extends Pick<Page<T>, 'items' | 'fromBlock' | 'rollback'> {
  readonly removed?: readonly T[]
  readonly head: Block
}

/**
 * @param filter what binds the cursor
 * @param doubt how many of the last blocks are to be looked at again
 */
export function toPage<T>(course: Course<T>, filter: string, doubt: number, change: Change<T>): Page<T> {
  const { chainId, from, window } = course
  const { head, fromBlock, items, removed = [], rollback } = change
  const ancestors = window.ancestors.filter(each => each.hashPrefix !== '')
  let cursor: string | undefined
  const toBlock = window.tip.number
  return {
    ...(rollback && { rollback }),
    removed,
    items,
    fromBlock,
    toBlock,
    // One backend may have shown a block that another, which told of the head, has not heard of.
    head: Math.max(toBlock, head.number),
    // Who reads single items never looks at it.
    get cursor() {
      cursor ??= encodeCursor({ chainId, filter, fromBlock: from, ancestors, doubt })
      return cursor
    },
  }
}
