/** Many followers, one head; and what catching up costs. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Page, Stream, Transfer } from '../../src/index.ts'
import type { ClientOptions } from '../../src/options.ts'
import { fakeClient } from '../support/fake-client.ts'
import { FakeWorld } from '../support/fake-line.ts'
import { addressWord, hex, SimChain, TOKEN, transferSeed } from '../support/sim-chain.ts'
import { type LogQuery, NO_ANSWER, SimCut, SimNode, SimRpcError } from '../support/sim-node.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const token = TOKEN as `0x${string}`
const CHARACTERS_OF_A_TRANSFER = 630
const account = (n: number) => `0x${addressWord(n).slice(26)}` as const

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function startNode(blocks: number) {
  const chain = new SimChain()
  while (chain.head.number < blocks) chain.extend([transferSeed(chain.blocks.length)])
  return new SimNode(chain)
}

function clientOf(node: SimNode, options: ClientOptions = {}) {
  return fakeClient({ heartbeat: false, ...options }, new FakeWorld(node.accept)).client
}

const run = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

/** Counts what comes, and reads on only as quickly as the test says. */
function read<T>(stream: Stream<T>, delay = 0) {
  const pages: Page<T>[] = []
  const ended: { error?: unknown } = {}
  void (async () => {
    try {
      for await (const page of stream.pages()) {
        pages.push(page)
        if (delay > 0) await new Promise(resolve => setTimeout(resolve, delay))
      }
    } catch (error) {
      ended.error = error
    }
  })()
  return { pages, ended, items: () => pages.flatMap(({ items }) => items) }
}

/** The methods of each frame that comes from now on. */
function framesOf(node: SimNode): (readonly string[])[] {
  const frames: (readonly string[])[] = []
  node.beforeFrame = requests => void frames.push(requests.map(({ method }) => method))
  return frames
}

describe('streams of one client', () => {
  test('cost one frame for each block: its header, once, and their queries', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const from = Array.from({ length: 2_500 }, (_, i) => account(1_000 + i))
    const readers = [
      read(client.transfers({ token })),
      read(client.transfers({ token })),
      read(client.logs({ address: token, topics: [null, addressWord(1) as `0x${string}`] })),
      // Three queries of 1,000 accounts each at most.
      read(client.transfers({ from })),
    ]
    const headers = read(client.blocks())
    await run(2_000)
    const [frames, requests] = [node.frames, node.requests.length]

    for (let n = 11; n <= 15; n++) {
      node.mine([transferSeed(n)])
      await run(2_000)
    }

    const DIFFERENT_QUERIES = 5
    expect(node.frames - frames).toBe(5)
    expect(node.requests.length - requests).toBe(5 * (1 + DIFFERENT_QUERIES))
    expect(readers.map(({ items }) => items().length)).toEqual([5, 5, 5, 0])
    expect(headers.items()).toHaveLength(5)
    await client.close()
  })

  test('share one subscription, and give it up with the last of them', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const [one, two] = [client.transfers({ token }).pages(), client.blocks().pages()].map(pages =>
      pages[Symbol.asyncIterator](),
    )
    void one?.next()
    void two?.next()
    await run(1_000)
    expect(node.count('eth_subscribe')).toBe(1)

    void one?.return?.()
    await run(1_000)
    expect(node.count('eth_unsubscribe')).toBe(0)
    void two?.return?.()
    await run(1_000)

    expect(node.count('eth_unsubscribe')).toBe(1)
    await client.close()
  })

  test('a stream that is left takes nothing from another that asked the same', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const left = client.transfers({ token })[Symbol.asyncIterator]()
    void left.next()
    const reader = read(client.transfers({ token }))
    await run(1_000)

    node.mine([transferSeed(11)])
    await run(node.latency / 2)
    void left.return?.()
    await run(1_000)

    expect(reader.items()).toHaveLength(1)
    await client.close()
  })
})

describe('catching up', () => {
  test('the next range is asked for while the reader works on this one, and only that', async () => {
    const node = startNode(10_000)
    const client = clientOf(node)
    const reader = read(client.transfers({ token, fromBlock: 1 }), 60_000)

    await run(59_000)

    expect(reader.pages).toHaveLength(1)
    const ranges = node.requests.filter(({ method }) => method === 'eth_getLogs')
    // The one that is read, and the one ahead.
    expect(ranges).toHaveLength(2)
    await client.close()
  })

  test('a limit that one stream has learnt is known to the next', async () => {
    const node = startNode(2_000)
    let refused = 0
    node.bend = ({ method, params }) => {
      const { fromBlock, toBlock } = (params[0] ?? {}) as LogQuery
      if (method !== 'eth_getLogs' || Number(toBlock) - Number(fromBlock) < 100) return undefined
      refused++
      throw new SimRpcError(-32602, 'eth_getLogs is limited to a 100 range')
    }
    const client = clientOf(node)
    const first = read(client.transfers({ token, fromBlock: 1, toBlock: 1_000 }))
    await run(10_000)
    const second = read(client.transfers({ token, fromBlock: 1, toBlock: 1_000 }))
    await run(10_000)

    expect([first.items().length, second.items().length]).toEqual([1_000, 1_000])
    expect(refused).toBe(1)
    expect(client.stats.notices['limit-learnt']).toBe(1)
    await client.close()
  })

  test('a suggested range that fails as well is halved', async () => {
    const node = startNode(1_000)
    node.bend = ({ method, params }) => {
      const { fromBlock, toBlock } = (params[0] ?? {}) as LogQuery
      if (method !== 'eth_getLogs' || Number(toBlock) - Number(fromBlock) < 20) return undefined
      throw new SimRpcError(
        -32602,
        `Log response size exceeded. this block range should work: [${fromBlock}, 0xff]`,
      )
    }
    const client = clientOf(node)
    const reader = read(client.transfers({ token, fromBlock: 1, toBlock: 900 }))

    await run(60_000)

    expect(reader.items()).toHaveLength(900)
    await client.close()
  })

  test('a range at whose answer the line falls is asked in smaller ones', async () => {
    const node = startNode(200)
    node.bend = ({ method, params }) => {
      const { fromBlock, toBlock } = Object(params[0]) as LogQuery
      if (method === 'eth_getLogs' && Number(toBlock) - Number(fromBlock) > 20) throw new SimCut(1009)
      return undefined
    }
    const client = clientOf(node)
    const reader = read(client.transfers({ token, fromBlock: 1, toBlock: 200 }))

    await run(120_000)

    expect(reader.ended.error).toBeUndefined()
    expect(reader.items()).toHaveLength(200)
    await client.close()
  })

  test('a chain of 200,000 blocks from the first on, most of them empty', async () => {
    const chain = new SimChain()
    while (chain.head.number < 200_000) {
      const number = chain.blocks.length
      chain.extend(number % 1_000 === 0 ? [transferSeed(number)] : [])
    }
    const node = new SimNode(chain)
    const client = clientOf(node)
    const stream = client.transfers({ token, fromBlock: 0, toBlock: 200_000 })
    const reader = read(stream)

    await run(30_000)

    expect(reader.items()).toHaveLength(200)
    expect(stream.progress).toEqual({ from: 0, block: 200_000, head: 200_000 })
    expect(reader.pages.length).toBeLessThan(60)
    await client.close()
  }, 60_000)

  test('what lies deeper than any reorg is not held, also before anything is known of finality', async () => {
    const node = startNode(6_000)
    node.finality = undefined
    const client = clientOf(node)
    const transfers: WeakRef<Transfer>[] = []
    void (async () => {
      for await (const { items } of client.transfers({ token, fromBlock: 1, toBlock: 1_500 }).pages()) {
        for (const item of items) transfers.push(new WeakRef(item))
        await new Promise(resolve => setTimeout(resolve, 1_000))
      }
    })()

    await run(60_000)

    expect(transfers).toHaveLength(1_500)
    collectGarbage()
    expect(transfers.filter(each => each.deref() !== undefined)).toEqual([])
    await client.close()
  })

  test.each(['items', 'pages'] as const)('%s that were read are not held until more is there', async way => {
    const node = startNode(6_000)
    // The third range is never answered.
    node.bend = ({ method, params }) =>
      method === 'eth_getLogs' && Number((params[0] as LogQuery).fromBlock) > 40 ? NO_ANSWER : undefined
    const client = clientOf(node)
    const stream = client.transfers({ token, fromBlock: 1 })
    const iterator = (way === 'items' ? stream : stream.pages())[Symbol.asyncIterator]()
    const transfers: WeakRef<Transfer>[] = []
    // No loop: its variable would hold the last one.
    const next = async (): Promise<boolean> => {
      const { done, value } = await iterator.next()
      if (done) return false
      for (const each of 'items' in value ? value.items : [value]) transfers.push(new WeakRef(each))
      return true
    }
    void (async () => {
      while (await next());
    })()

    await run(10_000)

    expect(transfers).toHaveLength(40)
    collectGarbage()
    expect(transfers.filter(each => each.deref() !== undefined)).toEqual([])
    await client.close()
  })

  test('ranges grow until an answer is large enough, and are smaller where there is more', async () => {
    const DENSE = 2_500
    const chain = new SimChain()
    while (chain.head.number < 5_000) {
      const number = chain.blocks.length
      chain.extend(Array.from({ length: number > DENSE ? 20 : 1 }, (_, i) => transferSeed(20 * number + i)))
    }
    const client = clientOf(new SimNode(chain))
    const reader = read(client.transfers({ token, fromBlock: 1, toBlock: 4_900 }))

    await run(10_000)

    const lengths = reader.pages.map(({ fromBlock, toBlock }) => toBlock - fromBlock + 1)
    expect(lengths.slice(0, 4)).toEqual([8, 32, 128, 512])
    // Those that come to where there is more are too large; those after them are not.
    const first = reader.pages.findIndex(({ toBlock }) => toBlock > DENSE)
    const sizes = reader.pages.slice(first + 2).map(({ items }) => CHARACTERS_OF_A_TRANSFER * items.length)
    expect(sizes.length).toBeGreaterThan(20)
    expect(Math.max(...sizes)).toBeLessThan(1_000_000)
    expect(reader.items()).toHaveLength(DENSE + 20 * (4_900 - DENSE))
    await client.close()
  }, 30_000)

  test('what a stream asks ahead leaves before its reader goes on', async () => {
    const node = startNode(2_000)
    const world = new FakeWorld(node.accept)
    const { client } = fakeClient({ heartbeat: false }, world)
    const left: number[] = []
    void (async () => {
      for await (const { toBlock } of client.transfers({ token, fromBlock: 1 }).pages()) {
        for (let turn = 0; turn < 100; turn++) await undefined
        const range = JSON.stringify({ fromBlock: hex(toBlock + 1) }).slice(1, -1)
        if (world.last.socket.left.some(frame => frame.includes(range))) left.push(toBlock)
      }
    })()

    await run(5_000)

    expect(left.slice(0, 3)).toEqual([8, 40, 168])
    await client.close()
  })

  test('a gap of 5,000 blocks and 20 MB is filled, in order', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const reader = read(client.transfers({ token }))
    await run(1_000)

    node.cut()
    for (let n = 11; n <= 5_010; n++) {
      node.chain.extend(Array.from({ length: 10 }, (_, i) => transferSeed(10 * n + i)))
    }
    await run(60_000)

    const values = reader.items().map(({ value }) => Number(value))
    expect(values).toEqual(Array.from({ length: 50_000 }, (_, i) => 110 + i))
    expect(client.stats.bytesIn).toBeGreaterThan(20_000_000)
    await client.close()
  }, 60_000)
})

describe('outages and waiting', () => {
  test('an outage of an hour does not end a stream', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const reader = read(client.transfers({ token }))
    await run(1_000)

    node.isUp = false
    node.cut()
    await run(3_600_000)
    node.chain.extend([transferSeed(11)])
    node.isUp = true
    await run(60_000)

    expect(reader.ended.error).toBeUndefined()
    expect(reader.items()).toHaveLength(1)
    await client.close()
  })

  test('a provider that wants fewer requests for ten minutes is obeyed', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const reader = read(client.transfers({ token }))
    await run(1_000)
    let asked = 0
    node.bend = ({ method }) => {
      if (method !== 'eth_getLogs') return undefined
      asked++
      throw new SimRpcError(-32005, 'daily request count exceeded, request rate limited')
    }

    node.mine([transferSeed(11)])
    await run(600_000)
    node.bend = () => undefined
    await run(60_000)

    expect(reader.items()).toHaveLength(1)
    // Ten seconds between two questions on average, each asked again within its own time-out.
    expect(asked).toBeLessThan(120)
    await client.close()
  })

  test('what belongs together is asked again together, where the provider wants fewer requests', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const reader = read(client.transfers({ token }))
    await run(1_000)
    let refusals = 1
    node.bend = ({ method }) => {
      if (method !== 'eth_getBlockByHash' || refusals-- <= 0) return undefined
      throw new SimRpcError(429, 'too many requests')
    }
    const frames = framesOf(node)

    node.mine([transferSeed(11)])
    await run(5_000)

    const asked = ['eth_getBlockByHash', 'eth_getLogs']
    expect(frames.filter(frame => frame.includes('eth_getLogs'))).toEqual([asked, asked])
    expect(reader.items()).toHaveLength(1)
    await client.close()
  })

  test('what had to wait for the provider leaves in one frame all the same', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const reader = read(client.transfers({ token }))
    await run(1_000)
    let refusals = 1
    node.bend = ({ method }) => {
      if (method !== 'eth_gasPrice') return undefined
      if (refusals-- > 0) throw new SimRpcError(429, 'too many requests')
      return '0x1'
    }
    const frames = framesOf(node)

    const price = client.request({ method: 'eth_gasPrice' })
    await run(100)
    node.mine([transferSeed(11)])
    await run(5_000)

    expect(await price).toBe('0x1')
    expect(frames.filter(frame => frame.includes('eth_getLogs'))).toEqual([
      ['eth_getBlockByHash', 'eth_getLogs'],
    ])
    expect(reader.items()).toHaveLength(1)
    await client.close()
  })

  test('a first block above the head is waited for', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const reader = read(client.transfers({ token, fromBlock: 13 }))
    await run(600_000)

    node.mine([transferSeed(11)], [transferSeed(12)], [transferSeed(13)])
    await run(1_000)

    expect(reader.items().map(({ value }) => Number(value))).toEqual([13])
    await client.close()
  })

  test('a cursor above the head waits, however long that takes', async () => {
    const node = startNode(20)
    const first = clientOf(node)
    const before = read(first.transfers({ token, fromBlock: 15, toBlock: 20 }))
    await run(5_000)
    const cursor = before.pages.at(-1)?.cursor ?? ''
    await first.close()
    const gone = node.chain.rollback(5)

    const client = clientOf(node, { stallTimeout: 10_000 })
    const reader = read(client.transfers({ token, after: cursor }))
    await run(600_000)
    expect(reader.pages).toEqual([])
    node.chain.blocks.push(...gone)
    node.mine([transferSeed(21)])
    await run(5_000)

    expect(reader.items().map(({ value }) => Number(value))).toEqual([21])
    await client.close()
  })

  test('what is final is forgotten, however slow the reader is', async () => {
    const node = startNode(10)
    node.finality = 2
    const client = clientOf(node)
    const transfers: WeakRef<Transfer>[] = []
    void (async () => {
      for await (const { items } of client.transfers({ token }).pages()) {
        for (const item of items) transfers.push(new WeakRef(item))
        await new Promise(resolve => setTimeout(resolve, 3_000))
      }
    })()
    await run(1_000)

    // Ten minutes of a block a second; the reader takes three seconds for a page.
    for (let n = 11; n <= 610; n++) {
      node.mine(Array.from({ length: 20 }, (_, i) => transferSeed(20 * n + i)))
      await run(1_000)
    }
    await run(60_000)

    expect(transfers).toHaveLength(12_000)
    collectGarbage()
    const held = transfers.filter(each => each.deref() !== undefined).length
    // 64 blocks in which reorgs are looked for, and what came since finality was asked for last.
    expect(held).toBeLessThanOrEqual(20 * (64 + 48))
    expect(node.requests.filter(({ params }) => params[0] === 'finalized').length).toBeLessThan(30)
    await client.close()
  })
})

test('a head that the node has forgotten in silence is given up for the one that it has', async () => {
  const node = startNode(10)
  const client = clientOf(node, { stallTimeout: 3_000 })
  const reader = read(client.transfers({ token }))
  await run(1_000)
  node.bend = ({ method, params }) =>
    method === 'eth_getBlockByHash' && params[0] === lost?.hash ? null : undefined

  node.mine([transferSeed(11)])
  const lost = node.chain.head
  node.chain.reorg(1, () => [transferSeed(111)])
  await run(3_500)

  expect(reader.ended.error).toBeUndefined()
  expect(reader.items().map(({ value }) => Number(value))).toEqual([111])
  await client.close()
})
