/** Waiting for a transaction over everything that line and chain can do meanwhile. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Receipt } from '../../src/index.ts'
import { fakeClient } from '../support/fake-client.ts'
import { FakeWorld } from '../support/fake-line.ts'
import { hex, SimChain, word } from '../support/sim-chain.ts'
import { SimNode } from '../support/sim-node.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const HASH = word('the transaction') as `0x${string}`
const seed = { transaction: 'the transaction' }

/** A node that knows the receipt of whatever is canonical. */
function begin() {
  const chain = new SimChain()
  for (let i = 0; i < 5; i++) chain.extend()
  const node = new SimNode(chain)
  node.bend = ({ method }) => {
    if (method !== 'eth_getTransactionReceipt') return undefined
    const log = chain.logs(0, chain.head.number).find(({ transactionHash }) => transactionHash === HASH)
    if (log === undefined) return null
    const { blockNumber, blockHash, transactionIndex } = log
    return {
      transactionHash: HASH,
      transactionIndex,
      blockHash,
      blockNumber,
      from: log.address,
      to: log.address,
      contractAddress: null,
      status: '0x1',
      gasUsed: '0x5208',
      logs: [log],
    }
  }
  const { client } = fakeClient({ heartbeat: false }, new FakeWorld(node.accept))
  return { chain, node, client }
}

function watch(promise: Promise<Receipt>): { receipt: Receipt | undefined; error: unknown } {
  const seen: { receipt: Receipt | undefined; error: unknown } = { receipt: undefined, error: undefined }
  promise.then(
    receipt => Object.assign(seen, { receipt }),
    error => Object.assign(seen, { error }),
  )
  return seen
}
const soon = () => vi.advanceTimersByTimeAsync(500)

describe('waitForTransaction', () => {
  test('resolves with the block that holds it', async () => {
    const { chain, node, client } = begin()
    const seen = watch(client.waitForTransaction(HASH))
    await soon()
    expect(seen.receipt).toBeUndefined()

    node.mine([seed])
    await soon()

    expect(seen.receipt).toMatchObject({
      blockHash: chain.head.hash,
      blockNumber: 6,
      status: 'success',
      gasUsed: 21_000n,
    })
    await client.close()
  })

  test('mined while the line was down', async () => {
    const { chain, node, client } = begin()
    const seen = watch(client.waitForTransaction(HASH))
    await soon()

    node.cut()
    chain.extend([seed])
    await vi.advanceTimersByTimeAsync(2_000)

    expect(seen.receipt?.blockHash).toBe(chain.head.hash)
    await client.close()
  })

  test('mined, gone, and mined again elsewhere: it is the block where it stays', async () => {
    const { chain, node, client } = begin()
    const seen = watch(client.waitForTransaction(HASH, { confirmations: 3 }))
    await soon()
    node.mine([seed], [])
    await soon()
    expect(seen.receipt).toBeUndefined()

    chain.reorg(2, () => [], 1)
    node.announce()
    await soon()
    expect(seen.receipt).toBeUndefined()
    node.mine([seed], [], [])
    await soon()

    expect(seen.receipt).toMatchObject({ blockNumber: 9, blockHash: chain.blocks[9]?.hash })
    await client.close()
  })

  test('a node that lags behind its own receipt is waited for', async () => {
    const { chain, node, client } = begin()
    const seen = watch(client.waitForTransaction(HASH))
    await soon()
    const { bend } = node
    // Another machine behind the same address knows the receipt already, and this one not even the block.
    node.bend = request =>
      request.method === 'eth_getTransactionReceipt'
        ? {
            transactionHash: HASH,
            transactionIndex: '0x0',
            blockHash: word('later'),
            blockNumber: hex(chain.head.number + 1),
            from: '0x0',
            to: null,
            gasUsed: '0x1',
            logs: [],
          }
        : bend(request)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(seen).toEqual({ receipt: undefined, error: undefined })

    node.bend = bend
    node.mine([seed])
    await soon()

    expect(seen.receipt?.blockHash).toBe(chain.head.hash)
    await client.close()
  })

  test('ends with its signal, and leaves nothing behind', async () => {
    const { client } = begin()
    const controller = new AbortController()
    const seen = watch(client.waitForTransaction(HASH, { signal: controller.signal }))
    await soon()

    controller.abort('enough')
    await soon()
    expect(seen.error).toBe('enough')

    const closed = client.close()
    await soon()
    await closed
    expect(vi.getTimerCount()).toBe(0)
  })
})
