/**
 * One client, three nodes of one chain: one is killed, and one stops following the chain while it goes on answering.
 *
 * Ends with 0 only when every transfer was delivered once and in order.
 */

import { createClient } from 'holdfast'
import { Replicas } from './replicas.ts'

/** Shorter than by default (a minute): how long a node's head may stand still while others go on. */
const STALL_TIMEOUT = 4_000
const PER_BLOCK = 5

const say = (line: string) => process.stdout.write(`${line}\n`)
const replicas = await Replicas.start(3)
const client = createClient(
  replicas.urls.map((url, i) => ({ url, name: `node ${i + 1}` })),
  { chainId: 31_337, stallTimeout: STALL_TIMEOUT },
)
client.on('state', ({ to }) => {
  if (to.status === 'open') say(`  open: ${to.endpoint}`)
  if (to.status === 'waiting') say(`  ${to.endpoint}: ${to.error.name}`)
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
/** @returns whether everything has come within the time */
async function arrives(patience: number): Promise<boolean> {
  const timer = setTimeout(() => wake(), patience)
  const until = performance.now() + patience
  while (delivered.length < Number(sent) && performance.now() < until) {
    await new Promise<void>(resolve => {
      wake = resolve
    })
  }
  clearTimeout(timer)
  return delivered.length === Number(sent)
}
const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`

say('all three follow the chain')
await mine(4)
await arrives(10_000)

say(`${client.state.endpoint} is killed`)
const killedAt = performance.now()
await replicas.kill(serving())
await mine(4)
if (await arrives(10_000)) say(`  everything is there, ${seconds(killedAt)} after the kill`)

const lagging = serving()
const name = client.state.endpoint
say(`${name} stops following the chain`)
const laggedAt = performance.now()
replicas.lag(lagging)
await mine(4)
const hasMoved = await arrives(3 * STALL_TIMEOUT)
if (hasMoved) say(`  everything is there, ${seconds(laggedAt)} after it stopped`)
else say(`  the client has stayed with ${name} for ${seconds(laggedAt)}: it waits for it to go on`)

say(`${name} follows again`)
await replicas.recover(lagging)
await mine(4)
await arrives(10_000)

await client.close()
await following
await replicas.stop()

const isRight = delivered.length === Number(sent) && delivered.every((value, i) => value === BigInt(i + 1))
say('')
say(`${sent} transfers sent, ${delivered.length} delivered`)
say(isRight ? 'Nothing lost, nothing twice, all in order.' : 'THE PROMISE IS BROKEN.')
process.exitCode = isRight ? 0 : 1
