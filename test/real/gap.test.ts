/** A long gap over a real socket. */

import { expect, test } from 'vitest'
import { createClient } from '../../src/index.ts'
import { SimChain, TOKEN, transferSeed } from '../support/sim-chain.ts'
import { SimNode } from '../support/sim-node.ts'
import { serveSimNode } from '../support/sim-server.ts'

const BLOCKS = 5_000
const PER_BLOCK = 7

test('a gap of 5,000 blocks and 20 MB is filled, in order, and goes over into what is new', async () => {
  const node = new SimNode(new SimChain())
  node.latency = 0
  const server = await serveSimNode(node)
  const client = createClient(server.url, { reconnect: { maxDelay: 10 } })
  const values: number[] = []
  let seen = (_: number) => {}
  const until = (count: number) =>
    new Promise<void>((resolve, reject) => {
      seen = now => {
        if (now >= count) resolve()
      }
      reading.catch(reject)
    })
  const stream = client.transfers({ token: TOKEN as `0x${string}` })
  const reading = (async () => {
    for await (const { value, removed } of stream) {
      expect(removed).toBe(false)
      seen(values.push(Number(value)))
    }
  })()
  await stream.started
  node.mine([transferSeed(1)])
  await until(1)

  node.cut()
  for (let block = 0; block < BLOCKS; block++) {
    node.chain.extend(Array.from({ length: PER_BLOCK }, (_, i) => transferSeed(2 + PER_BLOCK * block + i)))
  }
  await until(1 + BLOCKS * PER_BLOCK)
  node.mine([transferSeed(2 + BLOCKS * PER_BLOCK)])
  await until(2 + BLOCKS * PER_BLOCK)

  expect(values).toEqual(Array.from({ length: 2 + BLOCKS * PER_BLOCK }, (_, i) => 1 + i))
  expect(client.stats.bytesIn).toBeGreaterThan(20_000_000)
  expect(client.stats).toMatchObject({ sockets: 2, duplicates: 0, removals: 0 })
  await client.close()
  await server.close()
}, 30_000)
