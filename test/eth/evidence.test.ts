/** What an answer is worth: each way in which nodes were seen to answer wrongly, and what tells. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { compare, isTelling, speaksFor } from '../../src/eth/bloom.ts'
import type { Stream, Transfer } from '../../src/index.ts'
import type { ClientOptions } from '../../src/options.ts'
import { fakeClient } from '../support/fake-client.ts'
import { FakeWorld } from '../support/fake-line.ts'
import { Fold } from '../support/fold.ts'
import {
  addressWord,
  type BloomStyle,
  SimChain,
  type SimLog,
  TOKEN,
  TRANSFER,
  transferSeed,
} from '../support/sim-chain.ts'
import { type LogQuery, SimNode, SimRpcError } from '../support/sim-node.ts'

const token = TOKEN as `0x${string}`
const account = (n: number) => `0x${addressWord(n).slice(26)}` as const

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function startNode(blocks: number, bloomStyle: BloomStyle = 'good') {
  const chain = new SimChain()
  chain.bloomStyle = bloomStyle
  while (chain.head.number < blocks) chain.extend([transferSeed(chain.blocks.length)])
  return new SimNode(chain)
}

function clientOf(node: SimNode, options: ClientOptions = {}) {
  return fakeClient({ heartbeat: false, ...options }, new FakeWorld(node.accept)).client
}

function follow(stream: Stream<Transfer>) {
  const fold = new Fold<Transfer>()
  const ended: { error?: unknown } = {}
  void (async () => {
    try {
      for await (const item of stream) fold.apply(item)
    } catch (error) {
      ended.error = error
    }
  })()
  return { fold, ended, values: () => fold.items.map(({ value }) => Number(value)) }
}

const run = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
const isByHash = (method: string, params: readonly unknown[]) =>
  method === 'eth_getLogs' && (params[0] as LogQuery).blockHash !== undefined
/** The logs of these blocks are not found so many times. */
function hideLogs(node: SimNode, times: number, numbers: readonly number[]): void {
  const left = new Map(numbers.map(number => [number, times]))
  node.bend = ({ method, params }) => {
    if (!isByHash(method, params)) return undefined
    const { number = -1 } = node.chain.byHash(String((params[0] as LogQuery).blockHash)) ?? {}
    const times = left.get(number) ?? 0
    left.set(number, times - 1)
    return times > 0 ? [] : undefined
  }
}

describe('a bloom', () => {
  const logs: readonly SimLog[] = new SimChain().extend([transferSeed(1, 5, 6)]).logs
  const chain = new SimChain()
  const bloom = chain.extend([transferSeed(1, 5, 6)]).logsBloom ?? ''

  test('speaks for what is in it, and not for the rest', () => {
    expect(speaksFor(bloom, [[TOKEN], [TRANSFER]])).toBe(true)
    expect(speaksFor(bloom, [[`0x${'99'.repeat(20)}`], [TRANSFER]])).toBe(false)
    expect(speaksFor(bloom, [[TOKEN], [TRANSFER], [addressWord(7), addressWord(5)]])).toBe(true)
    expect(speaksFor(bloom, [])).toBe(true)
    expect(speaksFor(`0x${'0'.repeat(512)}`, [])).toBe(false)
  })

  test('is evidence as long as it is not too full', () => {
    expect(isTelling(bloom, [[TOKEN], [TRANSFER]])).toBe(true)
    expect(isTelling(`0x${'f'.repeat(512)}`, [[TOKEN], [TRANSFER]])).toBe(false)
    expect(isTelling(`0x${'1'.repeat(512)}`, [[TOKEN]])).toBe(false)
    expect(isTelling(`0x${'1'.repeat(512)}`, [[TOKEN], [TRANSFER]])).toBe(true)
  })

  test('is compared with all logs of its block', () => {
    expect(compare(logs, bloom)).toBe('equal')
    expect(compare([], bloom)).toBe('bloom-has-more')
    expect(compare(logs, `0x${'0'.repeat(512)}`)).toBe('bloom-lacks')
  })
})

describe('a node that does not find the logs of a new block yet (op-geth, reth, erigon)', () => {
  test('is not believed where the bloom speaks of them', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const reader = follow(client.transfers({ token }))
    await run(1_000)
    hideLogs(node, 4, [11])

    node.mine([transferSeed(11)])
    await run(1_000)

    expect(reader.values()).toEqual([11])
    expect(client.stats.removals).toBe(0)
    await client.close()
  })

  test('for one side of an account, is asked again where the other side explains the bloom', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const reader = follow(client.transfers({ account: account(7) }))
    await run(1_000)
    let hidden = 1
    node.bend = ({ method, params }) => {
      const { topics = [] } = (params[0] ?? {}) as LogQuery
      return method === 'eth_getLogs' && topics.length === 3 && hidden-- > 0 ? [] : undefined
    }

    node.mine([transferSeed(11, 8, 7), transferSeed(12, 7, 8)])
    await run(node.latency)
    const early = reader.values()
    await run(2_000)
    node.mine([])
    await run(1_000)

    expect(early).toEqual([12])
    expect(reader.values()).toEqual([11, 12])
    await client.close()
  })

  test('and never does, ends the stream with the evidence', async () => {
    const node = startNode(10)
    const client = clientOf(node, { stallTimeout: 5_000 })
    const reader = follow(client.transfers({ token }))
    await run(1_000)
    hideLogs(node, Infinity, [11])
    // By number it has none either.
    const byHash = node.bend
    node.bend = request => {
      const { fromBlock } = (request.params[0] ?? {}) as LogQuery
      return request.method === 'eth_getLogs' && fromBlock === '0xb' ? [] : byHash(request)
    }

    node.mine([transferSeed(11)])
    await run(20_000)

    expect(reader.ended.error).toMatchObject({
      name: 'NodeInconsistentError',
      evidence: 'the bloom of block 11 speaks of logs that the node does not give',
    })
    await client.close()
  })

  test.each<BloomStyle>(['full', 'none', 'zero'])(
    'is asked again at the next head where blooms are %s, and what was late is put in its place',
    async style => {
      const node = startNode(10, style)
      const client = clientOf(node)
      const reader = follow(client.transfers({ token }))
      await run(1_000)
      hideLogs(node, 1, [11])

      node.mine([transferSeed(11)])
      await run(2_000)
      node.mine([transferSeed(12)])
      await run(5_000)

      expect(reader.values()).toEqual([11, 12])
      await client.close()
    },
  )

  test('late logs come with a rollback to before them', async () => {
    const node = startNode(10, 'full')
    const client = clientOf(node)
    const pages: unknown[] = []
    void (async () => {
      for await (const { rollback, removed, items, fromBlock, toBlock } of client
        .transfers({ token })
        .pages()) {
        const values = (list: readonly Transfer[]) => list.map(({ value }) => Number(value))
        pages.push([rollback?.blockNumber, values(removed), values(items), fromBlock, toBlock])
      }
    })()
    await run(1_000)
    hideLogs(node, 1, [11])

    node.mine([transferSeed(11)], [transferSeed(12)])
    await run(5_000)

    expect(pages).toEqual([
      [undefined, [], [12], 11, 12],
      [10, [12], [11], 11, 11],
      [undefined, [], [12], 12, 12],
    ])
    await client.close()
  })

  test('a stream that ends looks once more before it does', async () => {
    const node = startNode(10, 'full')
    hideLogs(node, 1, [10])
    const client = clientOf(node)
    const values: number[] = []
    let isDone = false
    void (async () => {
      for await (const { value } of client.transfers({ token, fromBlock: 9, toBlock: 10 }))
        values.push(Number(value))
      isDone = true
    })()

    await run(5_000)

    expect(values).toEqual([9, 10])
    expect(isDone).toBe(true)
    await client.close()
  })
})

test('two endpoints that contradict themselves by turns end the stream as one does', async () => {
  const nodes = [startNode(10), startNode(10)] as const
  const world = new FakeWorld(dial => {
    nodes[String(dial.endpoint.url).startsWith('wss://one') ? 0 : 1].accept(dial)
  })
  const { client } = fakeClient({ heartbeat: false, stallTimeout: 20_000 }, world, [
    'wss://one.test',
    'wss://two.test',
  ])
  for (const node of nodes) node.bend = ({ method }) => (method === 'eth_getLogs' ? [] : undefined)
  const reader = follow(client.transfers({ token, fromBlock: 1 }))

  await run(60_000)

  expect(client.stats.sockets).toBeGreaterThan(1)
  expect(reader.ended.error).toMatchObject({ name: 'NodeInconsistentError' })
  await client.close()
})

describe('blooms that are wrong (Polygon, some rollups)', () => {
  test('are caught by logs that they do not speak of, and trusted no more', async () => {
    const node = startNode(10, 'good')
    const client = clientOf(node)
    const notices: string[] = []
    client.on('notice', ({ kind }) => notices.push(kind))
    const reader = follow(client.transfers({ token }))
    await run(1_000)
    node.mine([transferSeed(11)])
    await run(1_000)
    node.chain.bloomStyle = 'zero'
    hideLogs(node, 1, [12, 14])

    // Block 12 is believed to be empty until block 13 shows that blooms are worth nothing.
    node.mine([transferSeed(12)])
    await run(12_000)
    expect(reader.values()).toEqual([11])
    node.mine([transferSeed(13)])
    await run(12_000)
    node.mine([transferSeed(14)])
    await run(12_000)
    node.mine([])
    await run(12_000)

    expect(reader.values()).toEqual([11, 12, 13, 14])
    expect(notices).toContain('inconsistent')
    await client.close()
  })

  test('that speak of more than there is do not stop the stream', async () => {
    const node = startNode(10, 'wrong')
    const client = clientOf(node)
    const reader = follow(client.transfers({ token }))
    await run(1_000)

    node.mine([transferSeed(11)], [], [transferSeed(13)])
    await run(30_000)

    expect(reader.values()).toEqual([11, 13])
    await client.close()
  })
})

describe('a node that cannot ask by block hash (lotus, XDC)', () => {
  test.each([
    [
      'refuses',
      () => {
        throw new SimRpcError(-32602, 'blockHash is not supported in eth_getLogs filter')
      },
    ],
    ['ignores the hash', (node: SimNode) => node.chain.head.logs],
  ])('and %s is asked by number, between two looks at the header, and learnt once', async (_, answer) => {
    const node = startNode(10)
    node.bend = ({ method, params }) => (isByHash(method, params) ? answer(node) : undefined)
    const client = clientOf(node)
    const reader = follow(client.transfers({ token, fromBlock: 5 }))
    await run(5_000)
    // What was asked by hash before is asked once more.
    node.mine([])
    await run(5_000)
    const learnt = node.requests.length

    node.mine([transferSeed(11)])
    await run(1_000)

    expect(reader.values()).toEqual([5, 6, 7, 8, 9, 10, 11])
    expect(node.requests.slice(learnt).map(({ method }) => method)).toEqual([
      'eth_getBlockByNumber',
      'eth_getLogs',
      'eth_getBlockByNumber',
    ])
    await client.close()
  })
})

test('a node that does not look at the hash is found out where no bloom speaks', async () => {
  const node = startNode(10, 'none')
  // The logs of the latest block, whatever the hash.
  node.bend = ({ method, params }) => (isByHash(method, params) ? node.chain.head.logs : undefined)
  const client = clientOf(node)
  const reader = follow(client.transfers({ token }))
  await run(1_000)

  node.chain.extend([transferSeed(11)])
  node.mine([])
  await run(5_000)
  node.mine([])
  await run(5_000)

  expect(reader.values()).toEqual([11])
  await client.close()
})

describe('gateways', () => {
  test('that answer [] for a block that their backend has not heard of are asked until it has', async () => {
    const node = startNode(10, 'full')
    const client = clientOf(node)
    const reader = follow(client.transfers({ token }))
    await run(1_000)
    let isBehind = true
    node.bend = ({ method, params }) => {
      if (!isBehind) return undefined
      if (method === 'eth_getBlockByHash') return null
      return isByHash(method, params) ? [] : undefined
    }

    node.mine([transferSeed(11)])
    await run(3_000)
    expect(reader.values()).toEqual([])
    isBehind = false
    await run(3_000)

    expect(reader.values()).toEqual([11])
    expect(client.stats.removals).toBe(0)
    await client.close()
  })

  test.each(['refused', 'singly'] as const)('to which batches are %s serve as well', async batches => {
    const node = startNode(100)
    node.batches = batches
    const client = clientOf(node)
    const reader = follow(client.transfers({ token, fromBlock: 1 }))

    await run(5_000)
    node.mine([transferSeed(101)])
    await run(1_000)

    expect(reader.values()).toHaveLength(101)
    await client.close()
  })
})

describe("verify: 'full'", () => {
  test('finds a list that lacks a log, near the head and far from it', async () => {
    const node = startNode(0)
    for (let n = 1; n <= 150; n++) node.chain.extend([transferSeed(n, 8), transferSeed(n + 1_000, 9)])
    const lacking = new Set([20, 140])
    node.bend = ({ method, params }) => {
      if (method !== 'eth_getLogs') return undefined
      const { blockHash, fromBlock } = params[0] as LogQuery
      const block = node.chain.byHash(String(blockHash)) ?? node.chain.blocks[Number(fromBlock)]
      return block !== undefined && lacking.delete(block.number) ? block.logs.slice(1) : undefined
    }
    const client = clientOf(node)
    const reader = follow(client.transfers({ token, fromBlock: 1, verify: 'full' }))

    await run(30_000)

    expect(reader.values()).toHaveLength(300)
    expect(lacking.size).toBe(0)
    await client.close()
  })
})
