/**
 * Credits ERC-20 deposits exactly once. This is the part to copy.
 *
 * Kill it at any moment, cut its line, reorganise the chain: started again it goes on, and the balances equal the chain.
 *
 *     ENDPOINT=wss://… TOKEN=0x… DATABASE=payments.db FROM_BLOCK=19000000 node service.ts
 */

import { createClient } from 'holdfast'
import { Ledger } from './ledger.ts'

const {
  ENDPOINT = '',
  TOKEN = '',
  DATABASE = 'payments.db',
  FROM_BLOCK = '0',
  CONFIRMATIONS = '12',
} = process.env

const ledger = new Ledger(DATABASE)
const client = createClient(ENDPOINT)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void client.close())

client.on('state', ({ to }) => {
  if (to.status === 'waiting') process.stdout.write(`line: ${to.error.name}: ${to.error.message}\n`)
  if (to.status === 'open') process.stdout.write(`line: open (${to.endpoint})\n`)
})

// All transfers of the token, and not only those to our addresses: a cursor belongs to its filter, and addresses are
// added every day. Which of them are ours the database knows.
const stream = client.transfers({
  token: TOKEN as `0x${string}`,
  confirmations: Number(CONFIRMATIONS),
  ...(ledger.cursor === undefined ? { fromBlock: Number(FROM_BLOCK) } : { after: ledger.cursor }),
})

for await (const page of stream.pages()) {
  for (const { customer, amount, blockNumber } of ledger.book(page)) {
    const what = amount < 0n ? 'took back' : 'credited'
    process.stdout.write(`${what} ${customer} ${amount} of block ${blockNumber}\n`)
  }
  process.stdout.write(`booked up to block ${page.toBlock}\n`)
}
ledger.close()
