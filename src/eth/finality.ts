/** What is deep enough: to be delivered, and to be forgotten. */

import { RateLimitedError, RpcError } from '../rpc/errors.ts'
import { BlockTagUnavailableError } from './errors.ts'
import { type Block, readBlock } from './header.ts'
import { toQuantity } from './hex.ts'
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
  /** The newest block that is final on our own branch, and the line that said so. */
  #final: { readonly number: number; readonly line: number } | undefined

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

  /**
   * Lets the window forget what is final, up to a block that is to be kept. What is final is asked for now and then, and
   * not waited for.
   */
  trim<T>(head: Block, window: Window<T>, kept: number, signal: AbortSignal): void {
    // From our own tip: the head may be on another branch.
    window.trim(Math.min(kept, this.settled(Math.min(head.number, window.tip.number)) + 1))
    if (Math.abs(head.number - this.#askedAt) < EVERY) return
    this.#askedAt = head.number
    void this.#look(window, signal)
  }

  /** The newest block that is never taken back, on a branch of that height. */
  settled(height: number): number {
    const { number = 0, line } = this.#final ?? {}
    const final = line === this.#requester.lines ? Math.min(number, height - SHALLOWEST - 1) : -1
    return Math.max(height - DEEPEST - 1, final)
  }

  /** The branch is another one: what was final is to be asked anew. */
  forget(): void {
    this.#final = undefined
    this.#askedAt = -EVERY
  }

  /** In one frame with a look at our own tip: it must be on the branch whose blocks are said to be final. */
  async #look<T>({ tip }: Window<T>, signal: AbortSignal): Promise<void> {
    const { lines: line } = this.#requester
    const tags = ['finalized', toQuantity(Math.max(0, tip.number))]
    const answers = await this.#requester.together(
      tags.map(tag => ['eth_getBlockByNumber', [tag, false]]),
      signal,
    )
    try {
      const [final, own] = answers.map(answer => {
        if ('error' in answer) throw answer.error
        return readBlock(answer.result, 'eth_getBlockByNumber')
      })
      if (final !== undefined && own !== undefined && isSameBlock(tip, own.hash)) {
        this.#final = { number: final.number, line }
      }
    } catch {
      // Without the tag nothing is forgotten before it is deeper than anything.
      return
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
