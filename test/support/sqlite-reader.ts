/**
 * A process that stores the transfers of a token in SQLite, each page in one transaction with its cursor, until it is
 * killed: `node sqlite-reader.ts <url> <token> <file>`. Prints for each page that is stored
 * whether it goes on or back, and its last block.
 */

import { DatabaseSync } from 'node:sqlite'
import { createClient } from '../../src/index.ts'

const [url = '', token = '', file = ''] = process.argv.slice(2)
const database = new DatabaseSync(file)
database.exec(`
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS transfers (block INTEGER, hash TEXT, tx INTEGER, log INTEGER, value TEXT, PRIMARY KEY (hash, tx, log));
  CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), cursor TEXT);`)
const stored = database.prepare('SELECT cursor FROM state').get() as { cursor: string } | undefined
const discard = database.prepare('DELETE FROM transfers WHERE block > ?')
const add = database.prepare('INSERT INTO transfers VALUES (?, ?, ?, ?, ?)')
const remember = database.prepare('INSERT OR REPLACE INTO state VALUES (1, ?)')

const client = createClient(url, { stallTimeout: 2_000 })
const start = stored === undefined ? { fromBlock: 0 } : { after: stored.cursor }
for await (const page of client.transfers({ token: token as `0x${string}`, ...start }).pages()) {
  database.exec('BEGIN')
  if (page.rollback !== undefined) discard.run(page.rollback.blockNumber)
  for (const { blockNumber, blockHash, transactionIndex, logIndex, value } of page.items) {
    add.run(blockNumber, blockHash, transactionIndex, logIndex, String(value))
  }
  remember.run(page.cursor)
  database.exec('COMMIT')
  console.log(page.rollback === undefined ? 'on' : 'back', page.toBlock)
}
