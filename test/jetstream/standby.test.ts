/** Several relays of one stream: one leads, the others stand by. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { natsMissing } from '../support/nats.ts'
import { transferSeed } from '../support/sim-chain.ts'
import { forkRelay, type RelayFork } from './relay-fork.ts'
import { Scene, STREAM, untilBlock, untilState } from './scene.ts'
import { transferIds } from './stream-fold.ts'

let scene: Scene
const forks: RelayFork[] = []
beforeEach(async () => {
  scene = await Scene.start()
  await scene.addStream()
})
afterEach(async () => {
  for (const each of forks.splice(0)) await each.kill()
  await scene.stop()
})
function fork(options = {}): RelayFork {
  const made = forkRelay(scene.nodeUrl, scene.nats.url, STREAM, options)
  forks.push(made)
  return made
}

describe.skipIf(natsMissing() !== undefined)('a standby', () => {
  test('asks nothing of the chain’s logs while another leads, and takes over when that one closes', async () => {
    const first = await scene.relay()
    await untilState(first, 'leading')
    const second = await scene.relay()
    await untilState(second, 'following')
    scene.node.mine([transferSeed(1)])
    await untilBlock(first, 1)
    const asked = scene.node.count('eth_getLogs')

    await first.close()
    await untilState(second, 'leading')
    scene.node.mine([transferSeed(2)])
    await untilBlock(second, 2)

    expect(asked).toBe(1)
    expect((await scene.fold()).ids).toEqual(transferIds(scene.chain))
    expect(second.stats).toMatchObject({ published: 1, terms: 1, fenced: 0 })
  })

  test.each(['SIGKILL', 'SIGSTOP'] as const)(
    'takes over within 5 s when the leader falls silent by %s',
    async how => {
      const leader = fork()
      await leader.until('leading')
      const standby = fork()
      await standby.until('following')
      scene.node.mine([transferSeed(1)])
      await scene.untilMessage(({ value }) => value === '1')

      const silentAt = performance.now()
      leader.process.kill(how)
      scene.node.mine([transferSeed(2)])
      await scene.untilMessage(({ value }) => value === '2')
      const took = performance.now() - silentAt

      expect(took).toBeLessThan(5_000)
      expect(standby.status).toBe('leading')
    },
  )

  test('that was paused as leader follows when it wakes, and doubles nothing', async () => {
    const paused = fork({ silence: 300 })
    await paused.until('leading')
    const standby = fork({ silence: 300 })
    await standby.until('following')
    scene.node.mine([transferSeed(1)])
    await scene.untilMessage(({ value }) => value === '1')

    paused.process.kill('SIGSTOP')
    await standby.until('leading')
    scene.node.mine([transferSeed(2)])
    await scene.untilMessage(({ value }) => value === '2')
    paused.process.kill('SIGCONT')
    await paused.until('following')
    scene.node.mine([transferSeed(3)])
    await scene.untilMessage(({ value }) => value === '3')

    const { messages } = await scene.fold()
    expect(messages.map(({ value, removed }) => [value, removed])).toEqual([
      ['1', false],
      ['2', false],
      ['3', false],
    ])
  })

  test('is not wanted with standby: false; the relay then ends where another leads', async () => {
    const first = await scene.relay()
    await untilState(first, 'leading')

    const second = await scene.relay({ fromBlock: 1 }, { standby: false })

    await expect(second.done).rejects.toMatchObject({ name: 'RelayFencedError' })
    expect(first.state.status).toBe('leading')
  })
})
