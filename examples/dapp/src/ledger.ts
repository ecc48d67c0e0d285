/** What was delivered: every page of the stream is applied here, and nowhere else. */

import type { Page, Transfer } from 'holdfast'

/** `filled`: mined while the line was down. `struck`: its block left the chain. */
export type Fate = 'live' | 'filled' | 'struck'

export interface Row {
  /** Counts from 1; a transfer that comes back after a reorg is a new row. */
  readonly key: number
  readonly transfer: Transfer
  readonly fate: Fate
}

export interface Block {
  readonly number: number
  readonly origin: 'live' | 'filled'
  /** The identities of its transfers. */
  readonly ids: readonly string[]
  /** Transfers of blocks that stood here before and left the chain. */
  readonly struck: number
}

/** A log is present or absent, never twice: this says which log it is. */
export const idOf = ({ blockHash, transactionIndex, logIndex }: Transfer) =>
  `${blockHash}/${transactionIndex}/${logIndex}`

const NO_GAP = { from: 0, to: -1 }
const MOST_ROWS = 200
const MOST_BLOCKS = 120

export class Ledger {
  delivered = 0
  removed = 0
  /** The last block covered. */
  tip: number | undefined
  /** Newest first, with those that were taken back; only the newest are kept. */
  rows: readonly Row[] = []
  #blocks = new Map<number, Block>()
  #gap = NO_GAP

  /** In the order of the chain; only the newest are kept. */
  get blocks(): readonly Block[] {
    return [...this.#blocks.values()].sort((a, b) => a.number - b.number)
  }

  apply({ rollback, removed, items, fromBlock, toBlock }: Page<Transfer>): void {
    if (rollback !== undefined) this.#takeBack(rollback.blockNumber, removed)
    const ids = new Map<number, string[]>()
    for (const transfer of items) {
      const { blockNumber } = transfer
      ids.set(blockNumber, [...(ids.get(blockNumber) ?? []), idOf(transfer)])
    }
    for (let number = Math.max(fromBlock, toBlock - MOST_BLOCKS + 1); number <= toBlock; number++) {
      const struck = this.#blocks.get(number)?.struck ?? 0
      this.#blocks.set(number, { number, origin: this.originOf(number), ids: ids.get(number) ?? [], struck })
    }
    for (const { number } of this.blocks.slice(0, -MOST_BLOCKS)) this.#blocks.delete(number)
    const rows = items.map((transfer, i) => ({
      key: this.delivered + i + 1,
      transfer,
      fate: this.originOf(transfer.blockNumber),
    }))
    this.rows = [...rows.reverse(), ...this.rows].slice(0, MOST_ROWS)
    this.delivered += items.length
    this.tip = toBlock
  }

  /** These blocks, inclusive, were missed, and come next. */
  noteGap(from: number, to: number): void {
    this.#gap = { from, to }
  }

  /** How many transfers stand in these blocks, inclusive. */
  count(from: number, to: number): number {
    const within = this.blocks.filter(({ number }) => number >= from && number <= to)
    return within.reduce((sum, { ids }) => sum + ids.length, 0)
  }

  /** Whether this block is, or was, part of the gap. */
  originOf(number: number): Block['origin'] {
    return number >= this.#gap.from && number <= this.#gap.to ? 'filled' : 'live'
  }

  #takeBack(above: number, transfers: readonly Transfer[]): void {
    this.removed += transfers.length
    const gone = new Set(transfers.map(idOf))
    this.rows = this.rows.map(row => (gone.has(idOf(row.transfer)) ? { ...row, fate: 'struck' } : row))
    for (const block of this.#blocks.values()) {
      if (block.number <= above) continue
      const struck = block.struck + block.ids.length
      this.#blocks.set(block.number, { ...block, ids: [], struck })
    }
    // What is delivered above the fork from now on was not missed: it is new.
    if (this.#gap.to > above && this.#gap.from <= (this.tip ?? 0)) this.#gap = NO_GAP
  }
}
