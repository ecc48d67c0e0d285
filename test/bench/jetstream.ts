/**
 * How fast, in how much memory and at what cost a relay fills a file-backed stream, all on this machine: node, relay and
 * each nats-server are one process. `npm run bench:relay -- [transfers in millions] [replicas: 1 or 3]`
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { jetstreamManager } from '@nats-io/jetstream'
import { createClient } from '../../src/create-client.ts'
import { relay } from '../../src/jetstream/index.ts'
import { connectTo } from '../jetstream/connect.ts'
import { forkRelay } from '../jetstream/relay-fork.ts'
import { Scene, STREAM, untilBlock } from '../jetstream/scene.ts'
import { startNatsCluster } from '../support/nats-cluster.ts'
import { transferSeed } from '../support/sim-chain.ts'

const millions = Number(process.argv[2] ?? 0.5)
const replicas = Number(process.argv[3] ?? 1)
const PER_BLOCK = 20
const blocks = Math.round((millions * 1e6) / PER_BLOCK)
const TICKS_PER_SECOND = 100

/** Gives the seconds of processor time that a process has used since. */
function processorTimeOf(pid: number | undefined): () => number {
  const before = processorTime(pid)
  return () => processorTime(pid) - before
}

/** Seconds of processor time that a process has used. */
function processorTime(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

async function throughput(): Promise<void> {
  const cluster = await startNatsCluster(replicas)
  const servers = [...cluster.servers.values()]
  const connection = await connectTo(cluster)
  const manager = await jetstreamManager(connection)
  const config = { subjects: ['transfers.>'], duplicate_window: 10e9, num_replicas: replicas }
  await manager.streams.add({ name: STREAM, ...config })
  const node = fork(new URL('jetstream-node.ts', import.meta.url), [String(blocks), String(PER_BLOCK)])
  const [port] = await once(node, 'message')
  const client = createClient(`ws://127.0.0.1:${port}`)
  const used = {
    relay: processorTimeOf(process.pid),
    node: processorTimeOf(node.pid),
    ...Object.fromEntries(
      servers.map((server, i) => [`nats-server ${i + 1}`, processorTimeOf(server.process.pid)]),
    ),
  }
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
    `memory of the relay, MB, at each tenth: ${memory.join(' ')}; of nats-server: ${servers.map(server => Math.round(server.memory() / 1e3)).join(' ')}`,
  )
  const perMillionOf = Object.entries(used).map(([name, time]) => [name, time() * perMillion] as const)
  for (const [name, time] of perMillionOf)
    console.log(`processor time per million transfers, ${name}: ${time.toFixed(1)} s`)
  const busiest = Math.max(...perMillionOf.map(([, time]) => time))
  console.log(`that is, with a core for the busiest: ${Math.round(1e6 / busiest)} per second`)
  console.log(`stream per million transfers: ${Math.round((state.bytes * perMillion) / 1e6)} MB`)
  console.log(
    `from the node per million transfers: ${Math.round((client.stats.bytesIn * perMillion) / 1e6)} MB`,
  )
  node.disconnect()
  await client.close()
  await connection.close()
  await cluster.stop()
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

/** From kill -9 of the server that leads the stream to the next leader, and on to the relay's next message; milliseconds. */
async function election(): Promise<readonly [number, number]> {
  const cluster = await startNatsCluster(replicas)
  const scene = await Scene.on(cluster)
  await scene.addStream({ num_replicas: replicas })
  const running = await scene.relay()
  scene.node.mine([transferSeed(1)])
  await untilBlock(running, 1)
  const info = await (await jetstreamManager(scene.connection)).streams.info(STREAM)
  const elected = new Promise<number>(resolve => {
    const callback = () => resolve(performance.now())
    scene.connection.subscribe(`$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.${STREAM}`, { callback })
  })
  await scene.connection.flush()
  const from = performance.now()
  await cluster.servers.get(info.cluster?.leader ?? '')?.kill()
  scene.node.mine([transferSeed(2)])
  const electedAt = await elected
  await untilBlock(running, 2)
  const took = performance.now() - electedAt
  await scene.stop()
  return [Math.round(electedAt - from), Math.round(took)]
}

await throughput()
if (replicas > 1) {
  const elections: (readonly [number, number])[] = []
  for (let i = 0; i < 10; i++) elections.push(await election())
  for (const [i, what] of [
    'kill -9 of the stream’s leader to the next',
    'that to the next message',
  ].entries())
    console.log(
      `from ${what}, ms: ${elections
        .map(each => each[i] ?? 0)
        .sort((a, b) => a - b)
        .join(' ')}`,
    )
  process.exit()
}
const takeovers: number[] = []
for (let i = 0; i < 10; i++) takeovers.push(await takeover())
console.log(`takeover after kill -9, ms: ${takeovers.sort((a, b) => a - b).join(' ')}`)
