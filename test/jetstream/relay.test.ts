/** The relay on a real nats-server. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { natsMissing } from '../support/nats.ts'
import { TOKEN, transferSeed } from '../support/sim-chain.ts'
import { Scene, untilBlock } from './scene.ts'
import { transferIds } from './stream-fold.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.start()
})
afterEach(async () => {
  await scene.stop()
})

describe.skipIf(natsMissing() !== undefined)('a relay', () => {
  test('writes every transfer as one message, with the cursor on the last of a page', async () => {
    await scene.addStream()
    scene.chain.extend([transferSeed(2 ** 53, 7, 8), transferSeed(2)])
    scene.chain.extend()
    scene.chain.extend([transferSeed(3)])

    const running = await scene.relay({ fromBlock: 1, toBlock: 3 })
    await running.done

    const { raw, messages, ids } = await scene.fold()
    expect(ids).toEqual(transferIds(scene.chain))
    expect(messages[0]).toEqual({
      chainId: 1,
      token: TOKEN,
      from: `0x${'7'.padStart(40, '0')}`,
      to: `0x${'8'.padStart(40, '0')}`,
      value: '9007199254740992',
      blockNumber: 1,
      blockHash: scene.chain.blocks[1]?.hash,
      transactionHash: scene.chain.blocks[1]?.logs[0]?.transactionHash,
      transactionIndex: 0,
      logIndex: 0,
      removed: false,
    })
    expect(raw.map(({ subject }) => subject)).toEqual(Array(3).fill(`transfers.1.${TOKEN}`))
    expect(raw.map(({ header }) => header.has('Holdfast-Cursor'))).toEqual([false, false, true])
    expect(running.stats).toMatchObject({ published: 3, removals: 0, onTheWay: 0, sequence: 3, terms: 1 })
    expect(running.state).toEqual({ status: 'closed' })
  })

  test('writes removals, newest first, where a reorg undoes blocks', async () => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)], [transferSeed(2), transferSeed(3)])
    const running = await scene.relay()
    await untilBlock(running, 2)

    scene.chain.reorg(1, () => [transferSeed(4)], 1)
    scene.node.announce()
    await untilBlock(running, 3)

    const { messages, ids } = await scene.fold()
    expect(ids).toEqual(transferIds(scene.chain))
    expect(messages.map(({ value, removed }) => `${removed ? '-' : '+'}${value}`)).toEqual([
      '+1',
      '+2',
      '+3',
      '-3',
      '-2',
      '+4',
      '+4',
    ])
    expect(running.stats.removals).toBe(2)
  })

  test('that starts later goes on behind the last message, and begins nothing anew', async () => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)], [transferSeed(2)])
    const first = await scene.relay()
    await untilBlock(first, 2)
    await first.close()

    scene.chain.reorg(1, () => [transferSeed(3)], 2)
    const second = await scene.relay()
    await untilBlock(second, 4)

    const { ids, messages } = await scene.fold()
    expect(ids).toEqual(transferIds(scene.chain))
    expect(messages).toHaveLength(6)
  })
})
