/**
 * One client, three nodes of one chain: one is killed, and one stops following the chain while it goes on answering.
 *
 * Ends with 0 only when every transfer was delivered once and in order, and the client left both nodes.
 */

import { createClient } from 'holdfast'
import { Replicas } from './replicas.ts'

const PER_BLOCK = 5
/** Milliseconds until this gives up. */
const PATIENCE = 40_000

const say = (line: string) => process.stdout.write(`${line}\n`)
const replicas = await Replicas.start(3)
const client = createClient(
  replicas.urls.map((url, i) => ({ url, name: `node ${i + 1}` })),
  { chainId: 31_337 },
)
client.on('state', ({ to }) => {
  if (to.status === 'open') say(`  open: ${to.endpoint}`)
  if (to.status === 'waiting') say(`  ${to.endpoint}: ${to.error.name}: ${to.error.message}`)
})
client.on('notice', ({ kind, message }) => say(`  ${kind}: ${message}`))
const serving = () => replicas.urls[Number(client.state.endpoint?.slice('node '.length)) - 1] ?? ''

const delivered: bigint[] = []
let wake = () => {}
const stream = client.transfers({ token: replicas.token })
const following = (async () => {
  for await (const { value, removed } of stream) {
    if (removed) throw new Error('nothing left the chain')
    delivered.push(value)
    wake()
  }
})()
await Promise.race([stream.started, following])

let sent = 0n
async function mine(blocks: number): Promise<void> {
  for (let i = 0; i < blocks; i++) await replicas.mine(Array.from({ length: PER_BLOCK }, () => ++sent))
}
/** Resolves when everything that was sent has come. */
async function arrival(): Promise<void> {
  while (delivered.length < Number(sent)) {
    const next = new Promise<void>(resolve => {
      wake = resolve
    })
    await Promise.race([next, following, late])
  }
}
const late = new Promise<never>((_, reject) => {
  const giveUp = () => reject(new Error(`${delivered.length} of ${sent} transfers after ${PATIENCE} ms`))
  setTimeout(giveUp, PATIENCE).unref()
})
const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`

say('all three follow the chain')
await mine(4)
await arrival()
const first = client.state.endpoint

say(`${first} is killed`)
const killedAt = performance.now()
await replicas.kill(serving())
await mine(4)
await arrival()
const second = client.state.endpoint
say(`  everything is there, ${seconds(killedAt)} after the kill`)

const lagging = serving()
say(`${second} stops following the chain, and goes on answering`)
const laggedAt = performance.now()
replicas.lag(lagging)
await mine(4)
await arrival()
const third = client.state.endpoint
say(`  everything is there, ${seconds(laggedAt)} after it stopped`)

say(`${second} follows again; the client stays where it is served well`)
await replicas.recover(lagging)
await mine(4)
await arrival()
const last = client.state.endpoint

await client.close()
await following
await replicas.stop()

const isRight = delivered.length === Number(sent) && delivered.every((value, i) => value === BigInt(i + 1))
const hasMoved = new Set([first, second, third]).size === 3 && last === third
say('')
say(
  `${sent} transfers sent, ${delivered.length} delivered; served by ${first}, then ${second}, then ${third}`,
)
say(isRight && hasMoved ? 'Nothing lost, nothing twice, all in order.' : 'THE PROMISE IS BROKEN.')
process.exitCode = isRight && hasMoved ? 0 : 1
