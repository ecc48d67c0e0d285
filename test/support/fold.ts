/** What a consumer holds after applying what a stream delivered, and whether every step of it was allowed. */

import type { Page } from '../../src/eth/page.ts'

interface Positioned {
  readonly blockNumber: number
  readonly blockHash: string
  readonly transactionIndex: number
  readonly logIndex: number
  readonly removed: boolean
}

const identity = ({ blockHash, transactionIndex, logIndex }: Positioned) =>
  `${blockHash}/${transactionIndex}/${logIndex}`

export class Fold<T extends Positioned> {
  #items: T[] = []
  /** The last block covered, once a page said so. */
  block: number | undefined

  get items(): readonly T[] {
    return this.#items
  }

  get ids(): readonly string[] {
    return this.#items.map(identity)
  }

  /** A single item; throws where the promise is broken. */
  apply(item: T): void {
    const last = this.#items.at(-1)
    if (item.removed) {
      if (last === undefined || identity(last) !== identity(item)) {
        throw new Error(
          `removed ${identity(item)} (block ${item.blockNumber}), but the newest is ${last && identity(last)}`,
        )
      }
      this.#items.pop()
      return
    }
    if (this.#items.some(each => identity(each) === identity(item)))
      throw new Error(`twice: ${identity(item)}`)
    if (last !== undefined && compare(last, item) >= 0) {
      throw new Error(
        `out of order: ${identity(item)} of block ${item.blockNumber} after block ${last.blockNumber}`,
      )
    }
    this.#items.push(item)
  }

  /** A page of the process that is alive: what it takes back must be what was delivered. */
  applyPage(page: Page<T>): void {
    if (page.rollback !== undefined) {
      for (const item of page.removed) this.apply({ ...item, removed: true })
      this.discardAbove(page.rollback.blockNumber)
    }
    this.#append(page)
  }

  /** A page after a restart: only `rollback` speaks of what another process stored. */
  applyResumed(page: Page<T>): void {
    if (page.rollback !== undefined) this.discardAbove(page.rollback.blockNumber)
    this.#append(page)
  }

  discardAbove(number: number): void {
    this.#items = this.#items.filter(({ blockNumber }) => blockNumber <= number)
    this.block = number
  }

  #append({ items, fromBlock, toBlock, head }: Page<T>): void {
    if (this.block !== undefined && fromBlock !== this.block + 1) {
      throw new Error(`a page from ${fromBlock} after block ${this.block}`)
    }
    if (head < toBlock) throw new Error(`a page to ${toBlock} with head ${head}`)
    for (const item of items) {
      if (item.blockNumber < fromBlock || item.blockNumber > toBlock)
        throw new Error('an item outside of its page')
      this.apply(item)
    }
    this.block = toBlock
  }
}

function compare(a: Positioned, b: Positioned): number {
  return a.blockNumber - b.blockNumber || a.transactionIndex - b.transactionIndex || a.logIndex - b.logIndex
}
