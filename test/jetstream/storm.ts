/**
 * Three relays in processes of their own, one chain, one nats-server or a cluster; and everything that can happen to them, at random
 * moments: reorgs, cut lines, kill -9, SIGSTOP. At the end the stream must say what the chain says.
 */

import { pause } from '../../src/pause.ts'
import { startNatsCluster } from '../support/nats-cluster.ts'
import { transferSeed } from '../support/sim-chain.ts'
import { forkRelay, type RelayFork } from './relay-fork.ts'
import { Scene, STREAM } from './scene.ts'
import { transferIds } from './stream-fold.ts'

export interface StormReport {
  readonly seed: number
  readonly events: Readonly<Record<string, number>>
  readonly messages: number
  readonly removals: number
  readonly standing: number
  /** Milliseconds from the last event to the last message. */
  readonly settled: number
  /** What those relays said that ended by themselves. */
  readonly ended: readonly string[]
  /** What the stream says, and what the chain says. */
  readonly ids: readonly string[]
  readonly wanted: readonly string[]
}

const RELAYS = 3

/** @throws where a message is doubled, out of order or wrongly removed */
export async function storm(seed: number, steps: number, replicas = 1): Promise<StormReport> {
  const random = mulberry32(seed)
  const below = (n: number) => Math.floor(random() * n)
  const scene = await Scene.on(await startNatsCluster(replicas))
  const servers = [...scene.nats.servers.values()]
  const events: Record<string, number> = {}
  const relays: RelayFork[] = []
  const ended: string[] = []
  const kill = async (relay: RelayFork | undefined) => {
    if (relay?.end !== undefined) ended.push(relay.end)
    await relay?.kill()
  }
  const never = new AbortController().signal
  let amount = 0
  const seeds = () =>
    Array.from({ length: random() < 0.2 ? below(800) : below(6) }, () => transferSeed(++amount))
  const start = () =>
    forkRelay(scene.nodeUrl, scene.nats.url, STREAM, {
      inFlight: 1 + below(600),
      silence: 500,
      timeout: 1_000,
    })
  const stopped: (() => void)[] = []
  const deeds: Record<string, () => Promise<void> | void> = {
    mine: () => scene.node.mine(...Array.from({ length: 1 + below(4) }, seeds)),
    'mine on': () => scene.node.mine(seeds()),
    reorg: () => {
      scene.chain.reorg(1 + below(5), seeds, below(2))
      scene.node.announce()
    },
    'reorg and back': () => {
      const tip = scene.chain.head
      scene.chain.reorg(1 + below(3), seeds)
      scene.node.announce()
      if (random() < 0.5) return
      scene.chain.adopt(tip)
      scene.node.mine(seeds())
    },
    cut: () => scene.node.cut(),
    'kill a relay': async () => {
      const i = below(RELAYS)
      await kill(relays[i])
      relays[i] = start()
    },
    'pause a relay': () => {
      const relay = relays[below(RELAYS)]
      relay?.process.kill('SIGSTOP')
      stopped.push(() => relay?.process.kill('SIGCONT'))
    },
    'wake one': () => stopped.shift()?.(),
    'wake all': () => {
      for (const wake of stopped.splice(0)) wake()
    },
    'kill nats': async () => {
      const server = servers[below(servers.length)]
      await server?.kill()
      await server?.restart()
    },
    'pause nats': async () => {
      const server = servers[below(servers.length)]
      server?.pause()
      await pause(below(1_500), never)
      server?.resume()
    },
  }
  const weights = [
    'mine',
    'mine',
    'mine',
    'mine on',
    'mine on',
    'reorg',
    'reorg',
    'reorg and back',
    'wake one',
    'wake all',
  ]
  const names = [...weights, ...Object.keys(deeds)]
  try {
    await scene.addStream({ num_replicas: replicas })
    relays.push(...Array.from({ length: RELAYS }, start))
    for (let step = 0; step < steps; step++) {
      const name = names[below(names.length)] ?? 'mine'
      events[name] = (events[name] ?? 0) + 1
      await deeds[name]?.()
      await pause(below(random() < 0.1 ? 1_200 : 120), never)
    }
    deeds['wake all']?.()
    const lastly = performance.now()
    scene.node.mine([transferSeed(++amount)])
    // A connection that has seen none of it.
    const observer = await scene.connect()
    await scene.untilMessage(({ value, removed }) => value === String(amount) && !removed, observer)
    const settled = Math.round(performance.now() - lastly)
    const { ids, messages } = await scene.fold(observer)
    const removals = messages.filter(({ removed }) => removed).length
    const wanted = transferIds(scene.chain)
    return {
      seed,
      events,
      messages: messages.length,
      removals,
      standing: ids.length,
      settled,
      ended,
      ids,
      wanted,
    }
  } finally {
    for (const wake of stopped) wake()
    for (const relay of relays) await kill(relay)
    await scene.stop()
  }
}

/** A small seeded generator (Tommy Ettinger's mulberry32, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
