/**
 * How fast, in how much memory and at what cost a relay fills a file-backed stream, all on this machine: node, relay and
 * nats-server are one process each. `node test/bench/jetstream.ts [transfers in millions]`
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { jetstreamManager } from '@nats-io/jetstream'
import { createClient } from '../../src/create-client.ts'
import { relay } from '../../src/jetstream/index.ts'
import { connectTo } from '../jetstream/connect.ts'
import { forkRelay } from '../jetstream/relay-fork.ts'
import { Scene, STREAM } from '../jetstream/scene.ts'
import { startNats } from '../support/nats.ts'
import { transferSeed } from '../support/sim-chain.ts'

const millions = Number(process.argv[2] ?? 0.5)
const PER_BLOCK = 20
const blocks = Math.round((millions * 1e6) / PER_BLOCK)
const TICKS_PER_SECOND = 100

/** Seconds of processor time that a process has used. */
function processorTime(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

async function throughput(): Promise<void> {
  const nats = await startNats()
  const connection = await connectTo(nats)
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: STREAM, subjects: ['transfers.>'], duplicate_window: 10e9 })
  const node = fork(new URL('jetstream-node.ts', import.meta.url), [String(blocks), String(PER_BLOCK)])
  const [port] = await once(node, 'message')
  const client = createClient(`ws://127.0.0.1:${port}`)
  const pids = { relay: process.pid, node: node.pid, 'nats-server': nats.process.pid }
  const before = Object.values(pids).map(processorTime)
  const running = relay(client, { fromBlock: 1, toBlock: blocks }, { connection, stream: STREAM })
  const memory: number[] = []
  let next = 0
  running.on('page', ({ sequence }) => {
    if (sequence < next) return
    memory.push(Math.round(process.memoryUsage().rss / 1e6))
    next += (blocks * PER_BLOCK) / 10
  })
  const from = performance.now()
  await running.done
  const seconds = (performance.now() - from) / 1_000
  const { state } = await manager.streams.info(STREAM)
  const perMillion = 1e6 / state.messages
  console.log(
    `${state.messages} transfers in ${seconds.toFixed(1)} s: ${Math.round(state.messages / seconds)} per second`,
  )
  console.log(
    `memory of the relay, MB, at each tenth: ${memory.join(' ')}; of nats-server: ${Math.round(nats.memory() / 1e3)}`,
  )
  const used = Object.values(pids).map((pid, i) => (processorTime(pid) - (before[i] ?? 0)) * perMillion)
  for (const [i, name] of Object.keys(pids).entries())
    console.log(`processor time per million transfers, ${name}: ${used[i]?.toFixed(1)} s`)
  console.log(`that is, with a core for the busiest: ${Math.round(1e6 / Math.max(...used))} per second`)
  console.log(`stream per million transfers: ${Math.round((state.bytes * perMillion) / 1e6)} MB`)
  console.log(
    `from the node per million transfers: ${Math.round((client.stats.bytesIn * perMillion) / 1e6)} MB`,
  )
  node.disconnect()
  await client.close()
  await connection.close()
  await nats.stop()
}

/** From kill -9 of the leader to the standby's first message, milliseconds. */
async function takeover(): Promise<number> {
  const scene = await Scene.start()
  await scene.addStream()
  const leader = forkRelay(scene.nodeUrl, scene.nats.url, STREAM)
  await leader.until('leading')
  const standby = forkRelay(scene.nodeUrl, scene.nats.url, STREAM)
  await standby.until('following')
  scene.node.mine([transferSeed(1)])
  await scene.untilMessage(({ value }) => value === '1')
  const from = performance.now()
  leader.process.kill('SIGKILL')
  scene.node.mine([transferSeed(2)])
  await scene.untilMessage(({ value }) => value === '2')
  const took = performance.now() - from
  await standby.kill()
  await scene.stop()
  return Math.round(took)
}

await throughput()
const takeovers: number[] = []
for (let i = 0; i < 10; i++) takeovers.push(await takeover())
console.log(`takeover after kill -9, ms: ${takeovers.sort((a, b) => a - b).join(' ')}`)
