/** What the service knows, in SQLite: whose deposit addresses there are, what was credited, and where the chain was left. */

import { DatabaseSync } from 'node:sqlite'
import type { Page, Transfer } from 'holdfast'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS accounts (
    address TEXT PRIMARY KEY,
    customer TEXT NOT NULL,
    -- In the token's smallest unit; text, because SQLite's integers end at 2^63.
    balance TEXT NOT NULL DEFAULT '0'
  ) STRICT;
  CREATE TABLE IF NOT EXISTS deposits (
    block_number INTEGER NOT NULL,
    block_hash TEXT NOT NULL,
    log_index INTEGER NOT NULL,
    transaction_hash TEXT NOT NULL,
    address TEXT NOT NULL REFERENCES accounts,
    amount TEXT NOT NULL,
    -- The transaction alone is no identity: it may hold several transfers, and be mined again in another block.
    PRIMARY KEY (block_hash, log_index)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS deposits_by_block ON deposits (block_number);
  CREATE TABLE IF NOT EXISTS progress (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    cursor TEXT NOT NULL
  ) STRICT;
`

export interface Account {
  readonly address: string
  readonly customer: string
  readonly balance: bigint
}

/** What a page has changed. */
export interface Booking {
  readonly customer: string
  /** Negative where a reorg has taken a deposit back. */
  readonly amount: bigint
  readonly blockNumber: number
}

export class Ledger {
  readonly #database: DatabaseSync

  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000')
    this.#database.exec(SCHEMA)
  }

  /** Where to go on; undefined before the first page. */
  get cursor(): string | undefined {
    const row = this.#database.prepare('SELECT cursor FROM progress').get()
    return row === undefined ? undefined : String(row['cursor'])
  }

  get accounts(): readonly Account[] {
    const rows = this.#database
      .prepare('SELECT address, customer, balance FROM accounts ORDER BY customer')
      .all()
    return rows.map(row => ({
      address: String(row['address']),
      customer: String(row['customer']),
      balance: BigInt(String(row['balance'])),
    }))
  }

  get deposits(): number {
    return Number(this.#database.prepare('SELECT count(*) AS n FROM deposits').get()?.['n'])
  }

  addAccount(address: string, customer: string): void {
    this.#database
      .prepare('INSERT INTO accounts (address, customer) VALUES (?, ?)')
      .run(address.toLowerCase(), customer)
  }

  /**
   * Books a page: all of it, with its cursor, or nothing. That is what makes "exactly once" out of a stream that
   * may deliver a page again after a kill: the cursor that would ask for it again was stored with it.
   */
  book(page: Page<Transfer>): readonly Booking[] {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const undone = page.rollback === undefined ? [] : this.#undoAbove(page.rollback.blockNumber)
      const done = page.items.flatMap(transfer => this.#credit(transfer))
      this.#database
        .prepare('INSERT INTO progress VALUES (1, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor')
        .run(page.cursor)
      this.#database.exec('COMMIT')
      return [...undone, ...done]
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  close(): void {
    this.#database.close()
  }

  #credit({ to, value, blockNumber, blockHash, logIndex, transactionHash }: Transfer): readonly Booking[] {
    const customer = this.#add(to, value)
    if (customer === undefined) return []
    this.#database
      .prepare('INSERT INTO deposits VALUES (?, ?, ?, ?, ?, ?)')
      .run(blockNumber, blockHash, logIndex, transactionHash, to, value.toString())
    return [{ customer, amount: value, blockNumber }]
  }

  /** By what is stored, not by `page.removed`: that knows only what this process has seen. */
  #undoAbove(block: number): readonly Booking[] {
    const rows = this.#database
      .prepare('DELETE FROM deposits WHERE block_number > ? RETURNING block_number, address, amount')
      .all(block)
    return rows.map(row => {
      const amount = -BigInt(String(row['amount']))
      const customer = this.#add(String(row['address']), amount)
      if (customer === undefined) throw new Error('a deposit without an account')
      return { customer, amount, blockNumber: Number(row['block_number']) }
    })
  }

  /** @returns whose address it is; undefined for a stranger's */
  #add(address: string, amount: bigint): string | undefined {
    const row = this.#database
      .prepare('SELECT customer, balance FROM accounts WHERE address = ?')
      .get(address)
    if (row === undefined) return undefined
    const balance = BigInt(String(row['balance'])) + amount
    this.#database
      .prepare('UPDATE accounts SET balance = ? WHERE address = ?')
      .run(balance.toString(), address)
    return String(row['customer'])
  }
}
