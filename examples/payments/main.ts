/**
 * The payments service at work: a real node, a real token, deposits without pause, while the service is killed, its
 * line is cut and the chain is reorganised.
 *
 * Ends with 0 only when every balance equals what the token itself says, and every deposit was booked once.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAnvil } from '../local/anvil.ts'
import { startProxy } from '../local/cutting-proxy.ts'
import { type ServiceProcess, startService } from '../local/service-process.ts'
import { deployToken } from '../local/token.ts'
import { Ledger } from './ledger.ts'

const CONFIRMATIONS = 2
const CUSTOMERS = ['Ada', 'Blaise', 'Carl']

const say = (line: string) => process.stdout.write(`${line}\n`)
const anvil = await startAnvil(['--no-mining'])
const token = await deployToken(anvil)
const proxy = await startProxy(anvil.port)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-payments-'))
const database = join(folder, 'payments.db')
const ledger = new Ledger(database)
const [, stranger = '0x', ...addresses] = token.accounts
for (const [i, customer] of CUSTOMERS.entries()) ledger.addAccount(addresses[i] ?? '0x', customer)

const start = (): ServiceProcess =>
  startService(new URL('service.ts', import.meta.url), {
    ENDPOINT: `ws://127.0.0.1:${proxy.port}`,
    TOKEN: token.address,
    DATABASE: database,
    FROM_BLOCK: '1',
    CONFIRMATIONS: String(CONFIRMATIONS),
  })
let service = start()
let sent = 0n

/** Blocks with deposits to all customers, and a transfer that is nobody's. */
async function deposit(blocks: number): Promise<void> {
  for (let i = 0; i < blocks; i++) {
    for (const address of [...addresses.slice(0, CUSTOMERS.length), stranger])
      await token.transfer(address, ++sent)
    await anvil.rpc('evm_mine')
  }
}
const confirmed = async () => Number(await anvil.rpc('eth_blockNumber')) - CONFIRMATIONS + 1
const booked = async () => service.prints(`booked up to block ${await confirmed()}\n`)
async function kill(): Promise<void> {
  await service.kill('SIGKILL')
  say('  kill −9')
}

say('deposits while everything is well')
await deposit(5)
await booked()

say('killed in the middle of its work, four times')
for (let i = 0; i < 4; i++) {
  await deposit(4)
  await service.prints('credited', 1 + i)
  await kill()
  await deposit(2)
  service = start()
}
await booked()

say('the line is cut, and is down while deposits come in')
proxy.reset()
await deposit(2)
await proxy.down()
await deposit(3)
await proxy.up()
await booked()

say('a reorg takes back what was credited')
await anvil.rpc('anvil_reorg', [4, []])
await deposit(2)
await service.prints('took back')
await booked()

say('a reorg while the service is dead')
await kill()
await anvil.rpc('anvil_reorg', [3, []])
await deposit(3)
service = start()
await service.prints('took back')
await booked()

await service.kill('SIGTERM')
say('')
const isRight = await settle()
ledger.close()
await proxy.close()
await anvil.stop()
rmSync(folder, { recursive: true })
process.exitCode = isRight ? 0 : 1

/** Compares the books with the token's own, which the service has never asked. */
async function settle(): Promise<boolean> {
  const block = `0x${(await confirmed()).toString(16)}`
  const logs = await anvil.rpc<{ topics: string[] }[]>('eth_getLogs', [
    { address: token.address, fromBlock: '0x1', toBlock: block },
  ])
  const ours = ledger.accounts.map(({ address }) => address.slice(2))
  const deposits = logs.filter(({ topics }) => ours.includes(topics[2]?.slice(26) ?? '')).length
  const rows = await Promise.all(
    ledger.accounts.map(async ({ customer, address, balance }) => {
      const data = `0x70a08231${address.slice(2).padStart(64, '0')}`
      const onChain = BigInt(await anvil.rpc<string>('eth_call', [{ to: token.address, data }, block]))
      say(
        `  ${customer.padEnd(8)} booked ${String(balance).padStart(6)}   on the chain ${String(onChain).padStart(6)}`,
      )
      return balance === onChain
    }),
  )
  say(`  deposits booked ${ledger.deposits}, on the chain ${deposits}`)
  const isRight = rows.every(each => each) && ledger.deposits === deposits && deposits > 0
  say(isRight ? 'Every deposit was credited exactly once.' : 'THE BOOKS ARE WRONG.')
  return isRight
}
