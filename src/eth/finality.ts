/** What is deep enough: to be delivered, and to be forgotten. */

import { RateLimitedError, RpcError } from '../rpc/errors.ts'
import { BlockTagUnavailableError } from './errors.ts'
import { type Block, readBlock } from './header.ts'
import type { Requester } from './requester.ts'
import { isSameBlock, type Window } from './window.ts'

/** A reorg deeper than this is not undone, even where nothing is known of finality. */
const DEEPEST = 4_096
/** However early a chain calls its blocks final, this many are remembered. */
const SHALLOWEST = 64
/** How often the finalized block is asked for, in blocks. */
const EVERY = 32

export type Confirmations = number | 'safe' | 'finalized'

export class Finality {
  readonly #requester: Requester
  readonly #confirmations: Confirmations
  #askedAt = -EVERY

  constructor(requester: Requester, confirmations: Confirmations) {
    this.#requester = requester
    this.#confirmations = confirmations
  }

  /** The newest block that may be delivered. @throws BlockTagUnavailableError */
  async confirmed(head: Block, signal: AbortSignal): Promise<number> {
    const confirmations = this.#confirmations
    if (typeof confirmations === 'number') return head.number - confirmations + 1
    return Math.min(head.number, (await this.#tagged(confirmations, signal)).number)
  }

  /** Now and then: lets the window forget what is finalized on its own branch. */
  async trim<T>(head: Block, window: Window<T>, signal: AbortSignal): Promise<void> {
    if (Math.abs(head.number - this.#askedAt) < EVERY) return
    this.#askedAt = head.number
    window.trim(head.number - DEEPEST)
    try {
      const { number, hash } = await this.#tagged('finalized', signal)
      const own = window.at(number)
      if (own !== undefined && isSameBlock(own, hash)) window.trim(Math.min(number, head.number - SHALLOWEST))
    } catch {
      // Without the tag there is only the trimming above.
      signal.throwIfAborted()
    }
  }

  async #tagged(tag: 'safe' | 'finalized', signal: AbortSignal): Promise<Block> {
    try {
      const raw = await this.#requester.request('eth_getBlockByNumber', [tag, false], { signal })
      if (raw !== null) return readBlock(raw, 'eth_getBlockByNumber')
    } catch (error) {
      if (!(error instanceof RpcError) || error instanceof RateLimitedError) throw error
    }
    const hint = 'Use a number of confirmations on this chain.'
    throw new BlockTagUnavailableError(`The node has no "${tag}" block.`, { tag, hint })
  }
}
