/** What the code blocks of the documentation take for granted. A page declares more in `<!-- snippet: … -->` before a block. */

/// <reference path="./web3.d.ts" />

import type { Address, Client, Page, Transfer } from 'holdfast'

declare global {
  const client: Client
  const token: Address
  const account: Address
  /** The cursor of an earlier run. */
  const saved: string | undefined
  const database: {
    transaction(run: (tx: Transaction) => Promise<void>): Promise<void>
  }
  interface Transaction {
    deleteTransfersAbove(blockNumber: number): Promise<void>
    insertTransfers(items: Page<Transfer>['items']): Promise<void>
    saveCursor(cursor: string): Promise<void>
  }
}
