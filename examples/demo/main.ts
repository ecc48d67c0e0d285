/**
 * holdfast at work: a real node, a real token, transfers without pause, and a line that is cut four ways.
 *
 * Ends with 0 only when no transfer was lost, none came twice, and all came in order.
 */

import { createClient } from 'holdfast'
import { startAnvil } from '../local/anvil.ts'
import { startProxy } from '../local/cutting-proxy.ts'
import { deployToken } from '../local/token.ts'
import { cuts } from './cuts.ts'
import { printTable } from './table.ts'
import { Tally } from './tally.ts'
import { bold, createView } from './view.ts'

/** Shorter than the default (15 s and 5 s), so that the silent line is noticed while one watches. */
const HEARTBEAT = { interval: 1_500, timeout: 1_000 }
/** Delays are random up to this: by default, up to 10 s. */
const RECONNECT = { maxDelay: 4_000 }

/** The node mines when it is told to: left alone it falls behind a sender without pauses. */
const TRANSFERS_PER_BLOCK = 5

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`
const sleep = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds))

process.stdout.write(`${bold('holdfast demo')}: anvil → a proxy that cuts the line → holdfast\n`)
process.stdout.write(
  `Shorter than by default, so that this does not take long: the heartbeat (${seconds(HEARTBEAT.interval)} and ${seconds(HEARTBEAT.timeout)}), the longest delay (${seconds(RECONNECT.maxDelay)}).\n\n`,
)

const anvil = await startAnvil(['--no-mining'])
const token = await deployToken(anvil)
const proxy = await startProxy(anvil.port)
const client = createClient(`ws://127.0.0.1:${proxy.port}`, { heartbeat: HEARTBEAT, reconnect: RECONNECT })
const tally = new Tally()
const view = createView(tally, () => client.state)

client.on('state', ({ from, to }) => {
  if (from.status === 'open' && to.status !== 'open') tally.act?.noticed()
  if (to.status === 'open') tally.act?.reopened()
  if (to.status === 'waiting') view.error(to.error.name, to.error.message, to.error.hint)
})

const stream = client.transfers({ token: token.address })
const following = (async () => {
  for await (const { value, removed } of stream) {
    if (removed) throw new Error('the chain of the demo has no reorgs')
    tally.noteDelivered(Number(value))
  }
})()
await Promise.race([stream.started, following])

const sending = { now: true }
const sender = (async () => {
  const [, to] = token.accounts
  while (sending.now && to !== undefined) {
    for (let i = 0; i < TRANSFERS_PER_BLOCK; i++) await token.transfer(to, BigInt(tally.next()))
    await anvil.rpc('evm_mine')
  }
})()

await sleep(2_000)
for (const { title, run, calm } of cuts(proxy)) {
  const act = tally.begin(title)
  view.say(`${bold(title)}`)
  await run()
  act.usable()
  await sleep(calm)
  const noticed =
    act.noticedAfter === undefined ? 'not noticed' : `noticed after ${seconds(act.noticedAfter)}`
  const flowed =
    act.flowedAfter === undefined
      ? 'nothing flows'
      : `flowing ${seconds(act.flowedAfter)} after the line was back`
  view.say(`  ${noticed}, ${flowed}, gap of ${act.gap} transfers filled`)
}

sending.now = false
await sender
for (let patience = 0; tally.delivered < tally.sent && patience < 100; patience++) await sleep(100)
view.end()
await client.close()
await following
await proxy.close()
await anvil.stop()

process.exitCode = printTable(tally) ? 0 : 1
