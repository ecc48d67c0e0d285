/** Recovered subscriptions: a simulated chain behind a line that falls. */

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../src/client.ts'
import type { RpcHeader, RpcLog, Subscription } from '../../src/index.ts'
import type { ClientOptions } from '../../src/options.ts'
import { fakeClient } from '../support/fake-client.ts'
import { FakeWorld } from '../support/fake-line.ts'
import { SimChain, type SimLog, TOKEN, transferSeed } from '../support/sim-chain.ts'
import { type LogQuery, SimNode, SimRpcError } from '../support/sim-node.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

interface Stage {
  readonly client: Client
  readonly chain: SimChain
  readonly node: SimNode
  readonly gaps: string[]
}

async function begin(options: ClientOptions = {}): Promise<Stage> {
  const chain = new SimChain()
  for (let i = 0; i < 10; i++) chain.extend([transferSeed(i)])
  const node = new SimNode(chain)
  const { client } = fakeClient({ heartbeat: false, ...options }, new FakeWorld(node.accept))
  const gaps: string[] = []
  client.on('notice', ({ kind, message }) => {
    if (kind === 'gap') gaps.push(message)
  })
  return { client, chain, node, gaps }
}

/** Awaits it while time passes. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(100)
  return promise
}

/** One block with a log, told live: head first, or logs first. */
function mineLive({ node, chain }: Stage, amount: number, order: 'head' | 'logs' = 'logs'): void {
  const block = chain.extend([transferSeed(amount)])
  if (order === 'head') node.announce()
  node.push(block.logs)
  if (order === 'logs') node.announce()
}

async function outage({ node }: Pick<Stage, 'node'>, meanwhile: () => void): Promise<void> {
  node.cut()
  meanwhile()
  await vi.advanceTimersByTimeAsync(2_000)
}

interface Reading<T> {
  readonly items: T[]
  readonly end: Promise<unknown>
}

function read<T>(subscription: AsyncIterable<T>): Reading<T> {
  const items: T[] = []
  const end = (async () => {
    try {
      for await (const item of subscription) items.push(item)
      return 'done'
    } catch (error) {
      return error
    }
  })()
  return { items, end }
}

const amounts = (logs: readonly RpcLog[]) =>
  logs.map(({ data, removed }) => (removed ? -1 : 1) * Number(data))
/**
 * Applies removals; throws where an item comes twice, or is taken back that was not given.
 *
 * @param live whether removals may pass as the node sends them: also of what would have been fetched later
 */
function fold(logs: readonly RpcLog[], live = false): string[] {
  const held = new Set<string>()
  for (const { blockHash, logIndex, removed } of logs) {
    const id = `${blockHash}/${logIndex}`
    if (held.has(id) !== removed && !(live && removed))
      throw new Error(`${removed ? 'taken back, but not given' : 'twice'}: ${id}`)
    if (removed) held.delete(id)
    else held.add(id)
  }
  return [...held]
}
const idsOf = (logs: readonly SimLog[]) => logs.map(({ blockHash, logIndex }) => `${blockHash}/${logIndex}`)

type Step =
  | { readonly kind: 'mine'; readonly logs: number; readonly headFirst: boolean }
  | { readonly kind: 'cut' | 'wait'; readonly wait: number }
  | { readonly kind: 'silent'; readonly logs: number; readonly depth: number }
  /** Told live; as geth does it, removals may come after the replacements. */
  | { readonly kind: 'fork'; readonly logs: number; readonly depth: number; readonly removals: Removals }

type Removals = 'first' | 'last'

const mine = (logs: number, headFirst: boolean): Step => ({ kind: 'mine', logs, headFirst })
const silent = (logs: number, depth: number): Step => ({ kind: 'silent', logs, depth })
/** What random steps have found, each of which has been a fault: a fork between two answers of one recovery, and a trail with old blocks in it. */
const FOUND: [Step[], number, boolean][] = [
  [
    [
      mine(1, true),
      mine(0, true),
      mine(0, false),
      mine(1, false),
      mine(2, true),
      { kind: 'cut', wait: 617 },
      silent(0, 1),
      mine(2, false),
      { kind: 'wait', wait: 20 },
      mine(0, false),
    ],
    146,
    true,
  ],
  [
    [
      mine(1, true),
      mine(2, true),
      { kind: 'cut', wait: 1262 },
      mine(2, false),
      { kind: 'cut', wait: 157 },
      silent(2, 2),
      { kind: 'cut', wait: 947 },
      { kind: 'wait', wait: 257 },
      { kind: 'cut', wait: 823 },
      mine(2, true),
    ],
    72,
    true,
  ],
  [
    [
      mine(1, false),
      mine(2, true),
      mine(2, false),
      mine(1, true),
      { kind: 'wait', wait: 674 },
      silent(0, 2),
      silent(2, 1),
      mine(2, false),
    ],
    115,
    true,
  ],
]

describe('logs', () => {
  const subscribe = (client: Client) => soon(client.subscribe('logs', { address: TOKEN }))

  test.each(['head', 'logs'] as const)(
    'missed while the line was down come next, once, in order (%s first)',
    async order => {
      const stage = await begin()
      const { items } = read(await subscribe(stage.client))
      mineLive(stage, 100, order)

      await outage(stage, () => {
        for (const n of [101, 102, 103]) stage.chain.extend([transferSeed(n), transferSeed(n)])
      })
      mineLive(stage, 104, order)
      await vi.advanceTimersByTimeAsync(100)

      expect(amounts(items)).toEqual([100, 101, 101, 102, 102, 103, 103, 104])
      expect(stage.gaps).toEqual([])
      await stage.client.close()
    },
  )

  test('of a block whose logs had come in part are completed', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    const block = stage.chain.extend([transferSeed(100), transferSeed(101)])
    stage.node.announce()
    stage.node.push(block.logs.slice(0, 1))

    await outage(stage, () => {})

    expect(amounts(items)).toEqual([100, 101])
    await stage.client.close()
  })

  test('of blocks that left the chain meanwhile are taken back, newest first, before their replacements', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    for (const n of [100, 101, 102]) mineLive(stage, n)

    await outage(stage, () => stage.chain.reorg(2, number => [transferSeed(200 + number)], 1))

    const [, , , ...healed] = amounts(items)
    expect(healed.slice(0, 2)).toEqual([-102, -101])
    expect(fold(items)).toEqual(idsOf(stage.chain.logs(11, stage.chain.head.number)))
    await stage.client.close()
  })

  test('of blocks that left the chain are taken back, even where they lie beyond maxBlocks', async () => {
    const stage = await begin()
    const recover = { maxBlocks: 3 }
    const { items } = read(await soon(stage.client.subscribe('logs', { address: TOKEN }, { recover })))
    for (const n of [100, 101]) mineLive(stage, n)

    await outage(stage, () => stage.chain.reorg(1, number => [transferSeed(number)], 9))

    expect(amounts(items)).toEqual([100, 101, -101, 19, 20, 21])
    expect(stage.gaps).toEqual(['Blocks 13 to 18 are more than recover.maxBlocks ago.'])
    await stage.client.close()
  })

  test.each(['every head', 'the last head'])(
    'of a branch that began below the first head are taken back when the chain leaves it: %s was told',
    async told => {
      const { client, chain, node, gaps } = await begin()
      const { items } = read(await subscribe(client))
      const tip = chain.head
      chain.reorg(4, number => [transferSeed(200 + number)], 1)
      for (const block of chain.branchOf(chain.head).filter(({ number }) => number > 6)) {
        if (told === 'every head' || block === chain.head) node.announce(block)
        node.push(block.logs)
      }

      await outage({ node }, () => {
        chain.adopt(tip)
        for (const amount of [300, 301]) chain.extend([transferSeed(amount)])
      })

      expect(amounts(items).slice(5, 10)).toEqual([-211, -210, -209, -208, -207])
      expect(fold(items)).toEqual(idsOf(chain.logs(7, 12)))
      expect(gaps).toEqual([])
      await client.close()
    },
  )

  test('taken back while the line was down are not taken back twice', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    mineLive(stage, 100)
    const { logs } = stage.chain.head
    await outage(stage, () => stage.chain.reorg(1, () => [transferSeed(200)], 1))

    stage.node.push(logs.map(log => ({ ...log, removed: true })))
    await vi.advanceTimersByTimeAsync(100)

    expect(fold(items)).toEqual(idsOf(stage.chain.logs(11, stage.chain.head.number)))
    expect(stage.client.stats).toMatchObject({ removals: 1, duplicates: 1 })
    await stage.client.close()
  })

  test.each(['before', 'after'])(
    'live removals pass as the node sends them, %s the replacements',
    async when => {
      const stage = await begin()
      const { items } = read(await subscribe(stage.client))
      mineLive(stage, 100)
      const removed = stage.chain.head.logs.map(log => ({ ...log, removed: true }))
      stage.chain.reorg(1, () => [transferSeed(200)])

      if (when === 'before') stage.node.push(removed)
      stage.node.push(stage.chain.head.logs)
      if (when === 'after') stage.node.push(removed)
      await vi.advanceTimersByTimeAsync(100)

      expect(fold(items)).toEqual(idsOf(stage.chain.head.logs))
      await stage.client.close()
    },
  )

  test('a reorg during the outage of which this filter had seen nothing is asked for too', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    for (let i = 0; i < 5; i++) stage.node.mine([])
    await vi.advanceTimersByTimeAsync(100)

    await outage(stage, () => stage.chain.reorg(4, number => [transferSeed(number)]))

    expect(amounts(items)).toEqual([12, 13, 14, 15])
    await stage.client.close()
  })

  test('what comes by itself while older ones are asked for comes after them, once', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    mineLive(stage, 100)
    stage.node.cut()
    stage.chain.extend([transferSeed(101)])
    stage.node.latency = 300
    await vi.advanceTimersByTimeAsync(900)
    mineLive(stage, 102)
    await vi.advanceTimersByTimeAsync(300)
    mineLive(stage, 103)

    await vi.advanceTimersByTimeAsync(10_000)

    expect(amounts(items)).toEqual([100, 101, 102, 103])
    await stage.client.close()
  })

  test('a line that falls again while it recovers loses nothing either', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    mineLive(stage, 100)
    stage.node.latency = 200
    for (let n = 101; n < 106; n++) {
      stage.node.cut()
      stage.chain.extend([transferSeed(n)])
      await vi.advanceTimersByTimeAsync(800)
    }

    await vi.advanceTimersByTimeAsync(10_000)

    expect(amounts(items)).toEqual([100, 101, 102, 103, 104, 105])
    await stage.client.close()
  })

  test('a node that lags behind after the outage is no reorg', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    for (const n of [100, 101, 102]) mineLive(stage, n)
    const blocks = [...stage.chain.blocks]

    await outage(stage, () => stage.chain.blocks.splice(-2))
    await vi.advanceTimersByTimeAsync(10_000)
    stage.chain.blocks.splice(0, Infinity, ...blocks)
    stage.chain.extend([transferSeed(103)])
    await vi.advanceTimersByTimeAsync(10_000)

    expect(amounts(items)).toEqual([100, 101, 102, 103])
    await stage.client.close()
  })

  test('a node that knows a block, but not its logs yet, neither hides them nor takes them back', async () => {
    const stage = await begin()
    const { chain, node } = stage
    const { items } = read(await subscribe(stage.client))
    for (const n of [100, 101]) mineLive(stage, n)
    let asked = 0
    node.bend = ({ method, params }) => {
      if (method !== 'eth_getLogs' || ++asked > 2) return undefined
      const isIndexed = ({ blockNumber }: SimLog) => Number(blockNumber) < 12
      return node.getLogs(params[0] as LogQuery).filter(isIndexed)
    }

    await outage(stage, () => chain.extend([transferSeed(102)]))
    await vi.advanceTimersByTimeAsync(5_000)

    expect(amounts(items)).toEqual([100, 101, 102])
    await stage.client.close()
  })

  test.each([1, 4])(
    'a chain that was wound back, and has %i blocks since: what left is taken back',
    async blocks => {
      const stage = await begin()
      const { items } = read(await subscribe(stage.client))
      for (const n of [100, 101, 102, 103, 104, 105]) mineLive(stage, n)

      await outage(stage, () => {
        stage.chain.blocks.splice(-5)
        for (let n = 0; n < blocks; n++) stage.chain.extend([transferSeed(200 + n)])
      })
      mineLive(stage, 300)
      await vi.advanceTimersByTimeAsync(5_000)

      expect(amounts(items).slice(6, 11)).toEqual([-105, -104, -103, -102, -101])
      expect(fold(items)).toEqual(idsOf(stage.chain.logs(11, stage.chain.head.number)))
      expect(stage.gaps).toEqual([])
      await stage.client.close()
    },
  )

  test('a node that begins another chain: that is a gap, and what comes then passes', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    for (const n of [100, 101]) mineLive(stage, n)

    await outage(stage, () => stage.chain.blocks.splice(1))
    await vi.advanceTimersByTimeAsync(70_000)
    mineLive(stage, 300)
    await vi.advanceTimersByTimeAsync(5_000)

    expect(amounts(items)).toEqual([100, 101, -101, -100, 300])
    expect(stage.gaps).toHaveLength(1)
    await stage.client.close()
  })

  test('a reader that does not read fetches nothing, however long the gap', async () => {
    const stage = await begin()
    const subscription = await subscribe(stage.client)
    await outage(stage, () => {
      for (let n = 0; n < 50; n++) stage.chain.extend([transferSeed(n)])
    })
    expect(stage.node.count('eth_getLogs')).toBe(0)

    const { items } = read(subscription)
    await vi.advanceTimersByTimeAsync(1_000)

    expect(items).toHaveLength(50)
    await stage.client.close()
  })

  test('a slow reader loses nothing and ends with nothing: the surplus is fetched later', async () => {
    const stage = await begin({ limits: { buffer: 5 } })
    const subscription = await subscribe(stage.client)
    for (let n = 0; n < 40; n++) mineLive(stage, n)

    const { items } = read(subscription)
    await vi.advanceTimersByTimeAsync(5_000)
    mineLive(stage, 40)
    await vi.advanceTimersByTimeAsync(1_000)

    expect(amounts(items)).toEqual(Array.from({ length: 41 }, (_, n) => n))
    await stage.client.close()
  })

  test('a range that is too wide for the node is asked for in parts', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    stage.node.bend = ({ method, params }) => {
      const { fromBlock, toBlock } = (params[0] ?? {}) as LogQuery
      if (method === 'eth_getLogs' && Number(toBlock) - Number(fromBlock) >= 7)
        throw new SimRpcError(-32005, 'block range is too wide')
      return undefined
    }

    await outage(stage, () => {
      for (let n = 0; n < 30; n++) stage.chain.extend([transferSeed(n)])
    })
    await vi.advanceTimersByTimeAsync(5_000)

    expect(amounts(items)).toEqual(Array.from({ length: 30 }, (_, n) => n))
    await stage.client.close()
  })

  test('history that the node has pruned is an error, not silence', async () => {
    const stage = await begin()
    const { end } = read(await subscribe(stage.client))
    stage.node.bend = ({ method }) => {
      if (method === 'eth_getLogs') throw new SimRpcError(4444, 'pruned history unavailable')
      return undefined
    }

    await outage(stage, () => stage.chain.extend([transferSeed(1)]))

    expect(await end).toMatchObject({ name: 'HistoryUnavailableError' })
    await stage.client.close()
  })

  test('a fork deeper than is remembered of a busy filter is a gap notice', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    for (let block = 0; block < 8; block++) {
      stage.node.mine(Array.from({ length: 1_000 }, (_, n) => transferSeed(n)))
      stage.node.push(stage.chain.head.logs)
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(items).toHaveLength(8_000)

    await outage(stage, () => stage.chain.reorg(7, () => [transferSeed(1)]))

    expect(stage.gaps).toEqual(['The chain left what was delivered at block 11, deeper than is remembered.'])
    await stage.client.close()
  })

  test('with recover: false what was missed is a gap notice', async () => {
    const stage = await begin()
    const { items } = read(await soon(stage.client.subscribe('logs', { address: TOKEN }, { recover: false })))

    await outage(stage, () => stage.chain.extend([transferSeed(1)]))

    expect(items).toEqual([])
    expect(stage.gaps).toHaveLength(1)
    await stage.client.close()
  })

  test('a listener is told everything as well, and so is request(eth_subscribe)', async () => {
    const stage = await begin()
    const heard: RpcLog[] = []
    const messages: RpcLog[] = []
    const subscription = await subscribe(stage.client)
    subscription.on('data', log => heard.push(log))
    stage.client.on('message', ({ data }) => messages.push(data.result as RpcLog))
    await soon(stage.client.request({ method: 'eth_subscribe', params: ['logs', { address: [TOKEN] }] }))
    mineLive(stage, 100)

    await outage(stage, () => stage.chain.extend([transferSeed(101)]))
    await vi.advanceTimersByTimeAsync(100)
    mineLive(stage, 102)
    await vi.advanceTimersByTimeAsync(100)

    expect(amounts(heard)).toEqual([100, 101, 102])
    expect(amounts(messages)).toEqual([100, 101, 102])
    await stage.client.close()
  })

  test('leaving while it recovers leaves no timer', async () => {
    const stage = await begin({ timeout: 1_000 })
    const subscription = await subscribe(stage.client)
    read(subscription)
    stage.node.bend = ({ method }) => {
      if (method === 'eth_getBlockByNumber') throw new SimRpcError(-32000, 'overloaded')
      return undefined
    }
    await outage(stage, () => stage.chain.extend([transferSeed(101)]))

    await soon(subscription.unsubscribe())
    await soon(stage.client.close())

    await vi.advanceTimersByTimeAsync(2_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  // The first head is block 10: a reorg may tell of blocks that the subscription was not there for.
  test.each([10, 5])(
    'whatever falls and forks above block %i, folding what came gives the chain',
    async lowest => {
      const step: fc.Arbitrary<Step> = fc.oneof(
        {
          weight: 4,
          arbitrary: fc.record({
            kind: fc.constant('mine' as const),
            logs: fc.nat(2),
            headFirst: fc.boolean(),
          }),
        },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), wait: fc.nat(1_500) }) },
        {
          weight: 2,
          arbitrary: fc.record({ kind: fc.constant('silent' as const), logs: fc.nat(2), depth: fc.nat(3) }),
        },
        {
          weight: 2,
          arbitrary: fc.record({
            kind: fc.constant('fork' as const),
            logs: fc.nat(2),
            depth: fc.integer({ min: 1, max: 3 }),
            removals: fc.constantFrom<Removals[]>('first', 'last'),
          }),
        },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), wait: fc.nat(700) }) },
      )
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 25 }),
          fc.nat(150),
          fc.boolean(),
          async (steps, latency, tight) => {
            const stage = await begin(tight ? { limits: { buffer: 3 } } : {})
            const { chain, node, client } = stage
            const { items, end } = read(await subscribe(client))
            node.latency = latency
            let seeds = 1_000
            const seedsOf = (count: number) => Array.from({ length: count }, () => transferSeed(seeds++))
            for (const each of steps) {
              if (each.kind === 'mine') {
                const block = chain.extend(seedsOf(each.logs))
                if (each.headFirst) node.announce()
                node.push(block.logs)
                if (!each.headFirst) node.announce()
              } else if (each.kind === 'fork') {
                const depth = Math.min(each.depth, chain.head.number - lowest)
                const gone = chain.blocks.slice(chain.blocks.length - depth)
                chain.reorg(depth, () => seedsOf(each.logs))
                const removed = gone.flatMap(({ logs }) => logs).map(log => ({ ...log, removed: true }))
                if (each.removals === 'first') node.push(removed)
                for (const block of chain.blocks.slice(chain.blocks.length - depth)) {
                  node.announce(block)
                  node.push(block.logs)
                }
                if (each.removals === 'last') node.push(removed)
              } else if (each.kind === 'cut') {
                node.cut()
                await vi.advanceTimersByTimeAsync(each.wait)
              } else if (each.kind === 'silent') {
                // What happens while the line is down is told by nobody.
                node.cut()
                if (chain.head.number - each.depth > lowest)
                  chain.reorg(each.depth, () => seedsOf(each.logs), 1)
                else chain.extend(seedsOf(each.logs))
              } else await vi.advanceTimersByTimeAsync(each.wait)
            }
            await vi.advanceTimersByTimeAsync(20_000)
            mineLive(stage, 1)
            await vi.advanceTimersByTimeAsync(20_000)

            const live = steps.some(({ kind }) => kind === 'fork')
            const held = fold(items, live)
            const canonical = idsOf(chain.logs(lowest, chain.head.number))
            const promised = idsOf(chain.logs(11, chain.head.number))
            expect(held.filter(id => !canonical.includes(id))).toEqual([])
            expect(promised.filter(id => !held.includes(id))).toEqual([])
            if (lowest === 10) expect(stage.gaps).toEqual([])
            await client.close()
            expect(await end).toBe('done')
          },
        ),
        { numRuns: 300, examples: FOUND },
      )
    },
    120_000,
  )
})

describe('newHeads', () => {
  const subscribe = (client: Client, options = {}): Promise<Subscription<RpcHeader>> =>
    soon(client.subscribe('newHeads', undefined, options))
  const numbers = (heads: readonly RpcHeader[]) => heads.map(({ number }) => Number(number))

  test('missed while the line was down come next, once, in order', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    stage.node.mine([], [])

    await outage(stage, () => {
      for (let i = 0; i < 20; i++) stage.chain.extend()
    })
    stage.node.mine([])
    await vi.advanceTimersByTimeAsync(1_000)

    expect(numbers(items)).toEqual(Array.from({ length: 23 }, (_, i) => 11 + i))
    expect(stage.gaps).toEqual([])
    await stage.client.close()
  })

  test('of a branch that replaced what had come are told from the fork on', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))
    stage.node.mine([], [], [])

    await outage(stage, () => stage.chain.reorg(2, undefined, 1))

    expect(numbers(items)).toEqual([11, 12, 13, 12, 13, 14])
    expect(items.at(-1)?.hash).toBe(stage.chain.head.hash)
    await stage.client.close()
  })

  test('before the first of which the line fell are told all the same', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client))

    await outage(stage, () => stage.chain.extend())

    expect(numbers(items)).toEqual([11])
    await stage.client.close()
  })

  test('beyond maxBlocks are a gap notice, and the last ones come', async () => {
    const stage = await begin()
    const { items } = read(await subscribe(stage.client, { recover: { maxBlocks: 5 } }))
    stage.node.mine([])

    await outage(stage, () => {
      for (let i = 0; i < 20; i++) stage.chain.extend()
    })

    expect(numbers(items)).toEqual([11, 27, 28, 29, 30, 31])
    expect(stage.gaps).toEqual(['Blocks 12 to 26 are more than recover.maxBlocks ago.'])
    await stage.client.close()
  })
})
