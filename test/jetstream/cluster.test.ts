/** Three nats-servers that keep the stream in three replicas: a relay, and the server that leads the stream, are killed. */

import { jetstreamManager } from '@nats-io/jetstream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StreamMissingError } from '../../src/jetstream/index.ts'
import { natsMissing } from '../support/nats.ts'
import { type NatsCluster, startNatsCluster } from '../support/nats-cluster.ts'
import { transferSeed } from '../support/sim-chain.ts'
import { forkRelay } from './relay-fork.ts'
import { Scene, STREAM, untilBlock, untilState } from './scene.ts'
import { transferIds } from './stream-fold.ts'

let scene: Scene<NatsCluster>
beforeEach(async () => {
  scene = await Scene.on(await startNatsCluster())
  await scene.addStream({ num_replicas: 3 })
})
afterEach(async () => {
  await scene.stop()
})

/** Which server leads the stream, and a promise of the moment when the next one does. */
async function leadership(): Promise<{ leader: string; elected: Promise<number> }> {
  const { cluster } = await (await jetstreamManager(scene.connection)).streams.info(STREAM)
  const elected = new Promise<number>(resolve => {
    const callback = () => resolve(performance.now())
    scene.connection.subscribe(`$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.${STREAM}`, { callback })
  })
  await scene.connection.flush()
  return { leader: cluster?.leader ?? 'nobody', elected }
}

/** So many blocks of fifty transfers; gives the number of the last. */
function mine(blocks: number): number {
  const seeds = Array.from({ length: 50 }, (_, i) => transferSeed(i))
  scene.node.mine(...Array.from({ length: blocks }, () => seeds))
  return scene.chain.head.number
}

describe.skipIf(natsMissing() !== undefined)('a stream of three replicas', () => {
  test('lacks and doubles nothing when the leading relay is killed, and then the leading server', async () => {
    const first = forkRelay(scene.nodeUrl, scene.nats.url, STREAM)
    await first.until('leading')
    const standby = await scene.relay()
    await untilState(standby, 'following')
    const { leader, elected } = await leadership()

    mine(10)
    const killedAt = performance.now()
    await first.kill()
    await untilBlock(standby, mine(10))
    const tookOver = performance.now() - killedAt
    mine(10)
    await scene.nats.servers.get(leader)?.kill()
    const last = mine(10)
    const electedAt = await elected
    await untilBlock(standby, last)
    const wentOn = performance.now() - electedAt

    expect((await scene.fold()).ids).toEqual(transferIds(scene.chain))
    expect(tookOver).toBeLessThan(5_000)
    expect(wentOn).toBeLessThan(5_000)
  }, 60_000)

  test('is asked for again where no server knows of it, and not for ever', async () => {
    const running = await scene.relay({ fromBlock: 1 }, { stream: 'OTHER', silence: 200 })

    const { error } = await untilState(running, 'waiting')

    expect(error).toBeInstanceOf(StreamMissingError)
    await expect(running.started).rejects.toBeInstanceOf(StreamMissingError)
    await expect(running.done).rejects.toBeInstanceOf(StreamMissingError)
  }, 60_000)
})
