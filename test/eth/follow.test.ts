/** Following a simulated chain in virtual time: whatever happens, the fold of what was delivered is the chain. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Page } from '../../src/eth/page.ts'
import {
  BlockTagUnavailableError,
  ConfigurationError,
  HistoryUnavailableError,
  InvalidCursorError,
  type Log,
  NodeInconsistentError,
  ReorgTooDeepError,
  type Stream,
  type Transfer,
} from '../../src/index.ts'
import type { ClientOptions } from '../../src/options.ts'
import { fakeClient } from '../support/fake-client.ts'
import { FakeWorld } from '../support/fake-line.ts'
import { Fold } from '../support/fold.ts'
import { addressWord, SimChain, TOKEN, transferSeed } from '../support/sim-chain.ts'
import { NO_ANSWER, SimNode, SimRpcError } from '../support/sim-node.ts'

const token = TOKEN as `0x${string}`
const account = (n: number) => `0x${addressWord(n).slice(26)}` as const

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function startNode(blocks = 0, logsOf = (number: number) => [transferSeed(number)]) {
  const chain = new SimChain()
  while (chain.head.number < blocks) chain.extend(logsOf(chain.blocks.length))
  return new SimNode(chain)
}

function clientOf(node: SimNode, options: ClientOptions = {}) {
  return fakeClient({ heartbeat: false, ...options }, new FakeWorld(node.accept)).client
}

/** Reads on in the background, folding; `ended` tells how it ended. */
function follow<T extends Transfer | Log>(stream: Stream<T>) {
  const fold = new Fold<T>()
  const delivered: T[] = []
  let ended: unknown = 'reading'
  const reading = (async () => {
    try {
      for await (const item of stream) {
        delivered.push(item)
        fold.apply(item)
      }
      ended = 'done'
    } catch (error) {
      ended = error
    }
  })()
  return {
    fold,
    delivered,
    reading,
    get ended() {
      return ended
    },
  }
}

const values = (items: readonly Transfer[]) => items.map(({ value }) => Number(value))
const run = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

async function readPages<T>(stream: Stream<T>, count: number): Promise<Page<T>[]> {
  const pages: Page<T>[] = []
  const reading = (async () => {
    for await (const page of stream.pages()) if (pages.push(page) === count) return
  })()
  for (let i = 0; i < 2_000 && pages.length < count; i++) await run(100)
  await reading
  return pages
}

describe('live', () => {
  test('transfers of new blocks arrive one round trip after the head', async () => {
    const node = startNode(5)
    const client = clientOf(node)
    const { delivered } = follow(client.transfers({ token }))
    await run(1_000)

    node.mine([transferSeed(77), transferSeed(78)])
    await run(node.latency)

    expect(values(delivered)).toEqual([77, 78])
    expect(delivered[0]).toMatchObject({
      token,
      from: account(1),
      to: account(2),
      value: 77n,
      blockNumber: 6,
      removed: false,
    })
    await client.close()
  })

  test('those of an account too, whichever side of them it is on', async () => {
    const node = startNode(5)
    const client = clientOf(node)
    const { delivered } = follow(client.transfers({ account: account(7) }))
    await run(1_000)

    node.mine([transferSeed(77, 7, 8)])
    await run(node.latency)
    const sent = values(delivered)
    node.mine([transferSeed(78, 8, 7)])
    await run(node.latency)

    expect([sent, values(delivered)]).toEqual([[77], [77, 78]])
    await client.close()
  })

  test('a stream from latest begins with the next block', async () => {
    const node = startNode(5)
    const client = clientOf(node)
    const stream = client.transfers({ token })
    const { delivered } = follow(stream)

    expect(await Promise.race([stream.started, run(1_000)])).toEqual({ fromBlock: 6 })

    expect(delivered).toEqual([])
    await client.close()
  })

  test('nothing is asked before the first pull', async () => {
    const node = startNode(5)
    const client = clientOf(node)
    client.transfers({ token, fromBlock: 0 })

    await run(10_000)

    expect(node.requests).toEqual([])
    await client.close()
  })

  test('heads that are never pushed are asked for', async () => {
    const node = startNode(3)
    node.pushesHeads = false
    const client = clientOf(node)
    const { delivered } = follow(client.transfers({ token }))
    await run(1_000)

    node.mine([transferSeed(9)])
    await run(15_000)

    expect(values(delivered)).toEqual([9])
    await client.close()
  })

  test('a node that refuses newHeads is asked instead', async () => {
    const node = startNode(3)
    node.bend = ({ method }) => {
      if (method === 'eth_subscribe') throw new SimRpcError(-32601, 'notifications not supported')
      return undefined
    }
    const client = clientOf(node)
    const { delivered } = follow(client.transfers({ token }))
    await run(1_000)

    node.mine([transferSeed(9)])
    await run(15_000)

    expect(values(delivered)).toEqual([9])
    await client.close()
  })
})

describe('catching up', () => {
  test('history and live are one stream', async () => {
    const node = startNode(700)
    const client = clientOf(node)
    const { fold } = follow(client.transfers({ token, fromBlock: 0 }))
    await run(5_000)
    node.mine([transferSeed(701)], [transferSeed(702)])
    await run(1_000)

    expect(values(fold.items)).toEqual(Array.from({ length: 702 }, (_, i) => i + 1))
    await client.close()
  })

  test('toBlock ends the stream once it is covered', async () => {
    const node = startNode(300)
    const client = clientOf(node)
    const reader = follow(client.transfers({ token, fromBlock: 10, toBlock: 250n }))

    await run(5_000)

    expect(reader.ended).toBe('done')
    expect(values(reader.fold.items)).toEqual(Array.from({ length: 241 }, (_, i) => i + 10))
    await client.close()
  })

  test('toBlock below fromBlock ends at once', async () => {
    const node = startNode(30)
    const client = clientOf(node)
    const reader = follow(client.transfers({ token, fromBlock: 20, toBlock: 10 }))

    await run(1_000)

    expect(reader.ended).toBe('done')
    expect(reader.delivered).toEqual([])
    await client.close()
  })

  test('a range that is too wide is asked in smaller ones', async () => {
    const node = startNode(600)
    node.bend = ({ method, params }) => {
      const { fromBlock, toBlock } = (params[0] ?? {}) as { fromBlock?: string; toBlock?: string }
      if (method === 'eth_getLogs' && fromBlock !== undefined && Number(toBlock) - Number(fromBlock) >= 40) {
        throw new SimRpcError(-32602, 'exceed maximum block range 40')
      }
      return undefined
    }
    const client = clientOf(node)
    const { fold } = follow(client.transfers({ token, fromBlock: 1 }))

    await run(20_000)

    expect(fold.items).toHaveLength(600)
    expect(client.stats.splits).toBeGreaterThan(0)
    await client.close()
  })

  test('pages say what they cover, and each has its cursor', async () => {
    const node = startNode(200)
    const client = clientOf(node)
    const fold = new Fold<Transfer>()

    const pages = await readPages(client.transfers({ token, fromBlock: 0 }), 5)

    for (const page of pages) fold.applyPage(page)
    expect(pages[0]).toMatchObject({ fromBlock: 0, head: 200, removed: [] })
    expect(new Set(pages.map(({ cursor }) => cursor)).size).toBe(5)
    expect(pages.every(({ cursor }) => cursor.length <= 400)).toBe(true)
    await client.close()
  })

  test('blocks() follows the headers themselves', async () => {
    const node = startNode(150)
    const client = clientOf(node)
    const numbers: number[] = []
    const reading = (async () => {
      for await (const { number } of client.blocks({ fromBlock: 0, toBlock: 152 })) numbers.push(number)
    })()
    await run(2_000)
    node.mine([], [])
    await run(1_000)

    await reading
    expect(numbers).toEqual(Array.from({ length: 153 }, (_, i) => i))
    await client.close()
  })
})

describe('filters', () => {
  test('account means from or to, and a transfer to oneself comes once', async () => {
    const node = startNode()
    node.chain.extend([
      transferSeed(1, 5, 6),
      transferSeed(2, 6, 5),
      transferSeed(3, 5, 5),
      transferSeed(4, 6, 7),
    ])
    const client = clientOf(node)
    const reader = follow(client.transfers({ account: account(5), fromBlock: 0, toBlock: 1 }))

    await run(1_000)

    expect(values(reader.delivered)).toEqual([1, 2, 3])
    expect(client.stats.duplicates).toBe(1)
    await client.close()
  })

  test('from and to are asked of the node, not sorted out here', async () => {
    const node = startNode()
    node.chain.extend([transferSeed(1, 5, 6), transferSeed(2, 5, 7), transferSeed(3, 4, 6)])
    const client = clientOf(node)
    const reader = follow(
      client.transfers({ from: account(5), to: [account(6), account(8)], fromBlock: 0, toBlock: 1 }),
    )

    await run(1_000)

    expect(values(reader.delivered)).toEqual([1])
    await client.close()
  })

  test('more than 1,000 addresses are split, and the order is kept', async () => {
    const node = startNode()
    node.chain.extend([
      transferSeed(1, 900),
      transferSeed(2, 1_900),
      transferSeed(3, 901),
      transferSeed(4, 1_901),
    ])
    const client = clientOf(node)
    const from = Array.from({ length: 2_000 }, (_, i) => account(i + 1))
    const reader = follow(client.transfers({ from, fromBlock: 0, toBlock: 1 }))

    await run(1_000)

    expect(values(reader.delivered)).toEqual([1, 2, 3, 4])
    await client.close()
  })

  test('logs that only look like transfers are skipped and counted', async () => {
    const node = startNode()
    const nft = {
      ...transferSeed(1),
      topics: [...(transferSeed(1).topics ?? []), addressWord(9)],
      data: '0x',
    }
    const dirty = {
      ...transferSeed(2),
      topics: [transferSeed(1).topics?.[0] ?? '', `0x${'f'.repeat(64)}`, addressWord(2)],
    }
    node.chain.extend([nft, transferSeed(3), dirty])
    const client = clientOf(node)
    const reader = follow(client.transfers({ fromBlock: 0, toBlock: 1 }))

    await run(1_000)

    expect(values(reader.delivered)).toEqual([3])
    expect(client.stats.notices['skipped-log']).toBe(2)
    await client.close()
  })

  test('confirmations hold a block back until it is that deep', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const { delivered } = follow(client.transfers({ token, confirmations: 3 }))
    await run(1_000)

    node.mine([transferSeed(11)], [])
    await run(1_000)
    expect(delivered).toEqual([])
    node.mine([])
    await run(1_000)

    expect(values(delivered)).toEqual([11])
    await client.close()
  })

  test('confirmations: finalized waits for the tag', async () => {
    const node = startNode(10)
    node.finality = 4
    const client = clientOf(node)
    const { delivered } = follow(client.transfers({ token, fromBlock: 5, confirmations: 'finalized' }))

    await run(1_000)
    expect(values(delivered)).toEqual([5, 6])
    node.mine([])
    await run(1_000)

    expect(values(delivered)).toEqual([5, 6, 7])
    await client.close()
  })

  test('a node without the tag is said to be so', async () => {
    const node = startNode(10)
    node.finality = undefined
    const client = clientOf(node)
    const reader = follow(client.transfers({ token, confirmations: 'safe' }))

    await run(1_000)

    expect(reader.ended).toBeInstanceOf(BlockTagUnavailableError)
    await client.close()
  })

  test.each([
    [{ token: [] }, 'filter.token'],
    [{ token: '0x12' }, 'filter.token'],
    [{ token: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB47' }, 'filter.token'],
    [{ from: account(1), account: account(2) }, 'filter.account'],
    [{ tokens: token }, 'filter.tokens'],
    [{ fromBlock: -1 }, 'filter.fromBlock'],
    [{ fromBlock: '100' }, 'filter.fromBlock'],
    [{ confirmations: 0 }, 'filter.confirmations'],
    [{ after: 'x', fromBlock: 5 }, 'filter.after'],
  ])('%o is refused at the door', async (filter, path) => {
    const client = clientOf(startNode())

    const error = await Promise.resolve()
      .then(() => client.transfers(filter as never))
      .catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(ConfigurationError)
    expect((error as ConfigurationError).issues[0]?.path).toBe(path)
    await client.close()
  })

  test('a good checksum is accepted, and lower case comes out', () => {
    const client = clientOf(startNode())

    expect(() => client.transfers({ token: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48' })).not.toThrow()
  })
})

describe('outages', () => {
  test('what happened while the line was down is delivered when it is back', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const { fold } = follow(client.transfers({ token }))
    await run(1_000)
    node.mine([transferSeed(11)])
    await run(1_000)

    node.cut()
    for (let n = 12; n <= 300; n++) node.chain.extend([transferSeed(n)])
    await run(5_000)
    node.mine([transferSeed(301)])
    await run(1_000)

    expect(values(fold.items)).toEqual(Array.from({ length: 291 }, (_, i) => i + 11))
    await client.close()
  })

  test('cuts at any moment lose nothing and double nothing', async () => {
    const node = startNode(100)
    const client = clientOf(node)
    const { fold } = follow(client.transfers({ token, fromBlock: 1 }))
    for (let n = 101; n <= 160; n++) {
      await run(137)
      node.mine([transferSeed(n), transferSeed(n + 0.5 > 0 ? n + 1_000 : 0)])
      if (n % 3 === 0) node.cut()
    }
    await run(20_000)

    expect(fold.items).toHaveLength(100 + 2 * 60)
    await client.close()
  })

  test('a node that never answers a question is asked again', async () => {
    const node = startNode(10)
    let dropped = 0
    node.bend = ({ method }) => (method === 'eth_getLogs' && dropped++ === 0 ? NO_ANSWER : undefined)
    const client = clientOf(node, { timeout: 2_000 })
    const { delivered } = follow(client.transfers({ token }))
    await run(1_000)

    node.mine([transferSeed(11)])
    await run(10_000)

    expect(values(delivered)).toEqual([11])
    await client.close()
  })
})

describe('reorgs', () => {
  test('what left the chain is taken back, newest first, before its replacement', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const { fold, delivered } = follow(client.transfers({ token }))
    await run(1_000)
    node.mine([transferSeed(11)], [transferSeed(12), transferSeed(13)])
    await run(1_000)

    node.chain.reorg(2, number => [transferSeed(number + 100)], 1)
    node.announce()
    await run(1_000)

    expect(delivered.map(({ value, removed }) => `${removed ? '−' : '+'}${value}`)).toEqual([
      '+11',
      '+12',
      '+13',
      '−13',
      '−12',
      '−11',
      '+111',
      '+112',
      '+113',
    ])
    expect(values(fold.items)).toEqual([111, 112, 113])
    expect(client.stats).toMatchObject({ removals: 3, reorgs: { count: 1, deepest: 2 } })
    await client.close()
  })

  test('a reorg while the line was down is found when it is back', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const { fold } = follow(client.transfers({ token }))
    await run(1_000)
    node.mine([transferSeed(11)], [transferSeed(12)])
    await run(1_000)

    node.cut()
    node.chain.reorg(2, number => [transferSeed(number + 100)], 30)
    await run(5_000)

    expect(values(fold.items)).toEqual(Array.from({ length: 32 }, (_, i) => i + 111))
    await client.close()
  })

  test('a reorg and a reorg back end where they began', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const { fold, delivered } = follow(client.transfers({ token }))
    await run(1_000)
    node.mine([transferSeed(11)], [transferSeed(12)])
    await run(1_000)
    const { head } = node.chain
    node.chain.reorg(2, number => [transferSeed(number + 100)])
    node.announce()
    await run(1_000)

    node.chain.adopt(head)
    node.announce()
    await run(1_000)

    expect(values(fold.items)).toEqual([11, 12])
    expect(delivered).toHaveLength(2 + 2 + 2 + 2 + 2)
    await client.close()
  })

  test('a reorg below the first block of a stream that has delivered nothing changes nothing', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const { delivered } = follow(client.transfers({ token }))
    await run(1_000)

    node.chain.reorg(3, number => [transferSeed(number)])
    node.announce()
    await run(1_000)
    node.mine([transferSeed(11)])
    await run(1_000)

    expect(values(delivered)).toEqual([11])
    await client.close()
  })

  test('pages carry the rollback, and what this process had delivered above it', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const fold = new Fold<Transfer>()
    const pages: Page<Transfer>[] = []
    void (async () => {
      for await (const page of client.transfers({ token }).pages()) {
        pages.push(page)
        fold.applyPage(page)
      }
    })()
    await run(1_000)
    node.mine([transferSeed(11)], [transferSeed(12)])
    await run(1_000)
    const fork = node.chain.blocks[10]

    node.chain.reorg(2, number => [transferSeed(number + 100)])
    node.announce()
    await run(1_000)

    const rolledBack = pages.find(({ rollback }) => rollback !== undefined)
    expect(rolledBack?.rollback).toEqual({ blockNumber: 10, blockHash: fork?.hash })
    expect(values(rolledBack?.removed ?? [])).toEqual([12, 11])
    expect(values(fold.items)).toEqual([111, 112])
    await client.close()
  })

  test('a lower head is a node that lags, not a reorg', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const { delivered } = follow(client.transfers({ token }))
    await run(1_000)
    node.mine([transferSeed(11)], [transferSeed(12)])
    await run(1_000)

    node.announce(node.chain.blocks[10])
    await run(30_000)
    node.mine([transferSeed(13)])
    await run(1_000)

    expect(values(delivered)).toEqual([11, 12, 13])
    await client.close()
  })

  /** As anvil does: what a reorg removes is not known any more, and of the new head it does not always tell. */
  test.each([
    { title: 'another at its number', more: [] },
    { title: 'a longer branch', more: [13, 14] },
  ])('a head that is gone as soon as it is announced gives way to $title, asked for', async ({ more }) => {
    const node = startNode(10)
    const client = clientOf(node, { stallTimeout: 2_000 })
    const reader = follow(client.transfers({ token }))
    await run(1_000)
    node.mine([transferSeed(11)])
    await run(12_000)
    node.bend = ({ method, params }) => {
      const [asked] = params as [string | { blockHash?: string }]
      const hash = typeof asked === 'object' ? asked.blockHash : asked
      const block = node.chain.byHash(hash ?? '')
      if (block === undefined || node.chain.isCanonical(block)) return undefined
      if (method === 'eth_getBlockByHash') return null
      throw new SimRpcError(-32000, 'unknown block')
    }

    node.mine([transferSeed(12)])
    node.chain.reorg(1, number => [transferSeed(100 + number)], more.length)
    await run(2_000)

    expect(reader.ended).toBe('reading')
    expect(values(reader.fold.items)).toEqual([11, 112, ...more.map(number => 100 + number)])
    await client.close()
  })

  test('a chain that stays lower for stallTimeout has been rolled back', async () => {
    const node = startNode(10)
    const client = clientOf(node, { stallTimeout: 20_000 })
    const { fold } = follow(client.transfers({ token }))
    await run(1_000)
    node.mine([transferSeed(11)], [transferSeed(12)])
    await run(1_000)

    node.chain.rollback(1)
    await run(15_000)
    expect(values(fold.items)).toEqual([11, 12])
    await run(30_000)

    expect(values(fold.items)).toEqual([11])
    await client.close()
  })

  test('with finalized, a finalized block that vanishes is too deep', async () => {
    const node = startNode(10)
    node.finality = 0
    const client = clientOf(node)
    const reader = follow(client.transfers({ token, fromBlock: 5, confirmations: 'finalized' }))
    await run(1_000)

    node.chain.reorg(2, () => [], 1)
    node.announce()
    await run(1_000)

    expect(reader.ended).toBeInstanceOf(ReorgTooDeepError)
    await client.close()
  })
})

describe('resuming', () => {
  async function firstPages(node: SimNode, count: number) {
    const client = clientOf(node)
    const pages = await readPages(client.transfers({ token, fromBlock: 1 }), count)
    await client.close()
    return pages
  }

  test('a cursor goes on exactly where it stands', async () => {
    const node = startNode(150)
    const [first] = await firstPages(node, 1)
    const client = clientOf(node)

    const rest = await readPages(client.transfers({ token, after: first?.cursor ?? '' }), 6)

    const items = [...(first?.items ?? []), ...rest.flatMap(page => page.items)]
    expect(values(items).slice(0, 130)).toEqual(Array.from({ length: 130 }, (_, i) => i + 1))
    await client.close()
  })

  test('a cursor whose block was reorganised away begins with a rollback', async () => {
    const node = startNode(150)
    const pages = await firstPages(node, 7)
    const fold = new Fold<Transfer>()
    for (const page of pages) fold.applyPage(page)
    expect(fold.block).toBe(150)

    node.chain.reorg(20, number => [transferSeed(number + 1_000)], 5)
    const client = clientOf(node)
    const resumed = await readPages(client.transfers({ token, after: pages.at(-1)?.cursor ?? '' }), 3)
    for (const page of resumed) fold.applyResumed(page)

    expect(resumed[0]?.rollback?.blockNumber).toBeLessThanOrEqual(130)
    const truth = node.chain.logs(1, fold.block ?? 0).map(({ data }) => Number(data))
    expect(values(fold.items)).toEqual(truth)
    await client.close()
  })

  test('a cursor above the head waits for it', async () => {
    const node = startNode(150)
    const pages = await firstPages(node, 7)
    const behind = startNode(0)
    behind.chain.blocks.splice(0, Infinity, ...node.chain.blocks.slice(0, 148))
    const client = clientOf(behind)
    const fold: number[] = []
    void (async () => {
      for await (const page of client.transfers({ token, after: pages.at(-1)?.cursor ?? '' }).pages()) {
        expect(page.rollback).toBeUndefined()
        fold.push(...values(page.items))
      }
    })()
    await run(20_000)
    expect(fold).toEqual([])

    behind.chain.blocks.push(...node.chain.blocks.slice(148))
    behind.mine([transferSeed(151)])
    await run(5_000)

    expect(fold).toEqual([151])
    await client.close()
  })

  test('a cursor of another filter, of another chain, or damaged is refused', async () => {
    const node = startNode(150)
    const [page] = await firstPages(node, 1)
    const cursor = page?.cursor ?? ''
    const client = clientOf(node)
    const otherChain = clientOf(node, { chainId: 5 })

    expect(() => client.transfers({ after: cursor })).toThrow(InvalidCursorError)
    expect(() => client.transfers({ token, after: `${cursor}x` })).toThrow(InvalidCursorError)
    expect(() => client.transfers({ token, after: '' })).toThrow(InvalidCursorError)
    expect(() => otherChain.transfers({ token, after: cursor })).toThrow(InvalidCursorError)
    await client.close()
    await otherChain.close()
  })

  test('single items cannot be resumed', async () => {
    const node = startNode(150)
    const [page] = await firstPages(node, 1)
    const client = clientOf(node)
    const stream = client.transfers({ token, after: page?.cursor ?? '' })

    expect(() => stream[Symbol.asyncIterator]()).toThrow(ConfigurationError)
    await client.close()
  })
})

describe('what is not believed', () => {
  test('logs of another block than the one asked for', async () => {
    const node = startNode(10)
    const other = node.chain.blocks[5]
    node.bend = ({ method, params }) =>
      method === 'eth_getLogs' && 'blockHash' in (params[0] as object) ? other?.logs : undefined
    const client = clientOf(node)
    const { delivered } = follow(client.transfers({ token }))
    await run(1_000)

    node.mine([transferSeed(11)])
    await run(5_000)

    expect(values(delivered)).toEqual([11])
    await client.close()
  })

  test('logs that the filter excludes, again and again, end the stream', async () => {
    const node = startNode(10)
    const foreign = { ...node.chain.blocks[5]?.logs[0], address: `0x${'99'.repeat(20)}` }
    node.bend = ({ method }) => (method === 'eth_getLogs' ? [foreign] : undefined)
    const client = clientOf(node, { stallTimeout: 5_000 })
    const reader = follow(client.transfers({ token }))
    await run(1_000)

    node.mine([transferSeed(11)])
    await run(10_000)

    expect(reader.ended).toBeInstanceOf(NodeInconsistentError)
    await client.close()
  })

  test('malformed logs end the stream with the path', async () => {
    const node = startNode(10)
    node.bend = ({ method }) =>
      method === 'eth_getLogs' ? [{ ...node.chain.head.logs[0], logIndex: 'seven' }] : undefined
    const client = clientOf(node, { stallTimeout: 5_000 })
    const reader = follow(client.transfers({ token }))
    await run(1_000)

    node.mine([transferSeed(11)])
    await run(10_000)

    expect(reader.ended).toMatchObject({ name: 'InvalidResponseError', issues: [{ path: 'log.logIndex' }] })
    await client.close()
  })

  test('history that was pruned is said to be so', async () => {
    const node = startNode(200)
    node.bend = ({ method }) => {
      if (method === 'eth_getLogs') throw new SimRpcError(4444, 'pruned history unavailable')
      return undefined
    }
    const client = clientOf(node)
    const reader = follow(client.transfers({ token, fromBlock: 1 }))

    await run(1_000)

    expect(reader.ended).toBeInstanceOf(HistoryUnavailableError)
    await client.close()
  })

  test('so are old blocks that the node has no more, once it has had its time', async () => {
    const node = startNode(200)
    node.bend = ({ method, params }) =>
      method === 'eth_getBlockByNumber' && Number(params[0]) < 100 ? null : undefined
    const client = clientOf(node, { stallTimeout: 5_000 })
    const reader = follow(client.transfers({ token, fromBlock: 1 }))

    await run(10_000)

    expect(reader.ended).toBeInstanceOf(HistoryUnavailableError)
    await client.close()
  })
})

describe('how it ends', () => {
  test('leaving the loop releases everything', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const reading = (async () => {
      for await (const _ of client.transfers({ token, fromBlock: 1 })) break
    })()
    await run(1_000)
    await reading
    const asked = node.requests.length

    node.mine([], [])
    await run(60_000)

    expect(node.requests.slice(asked).map(({ method }) => method)).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
    await client.close()
  })

  test('a stream that waits for a head can be left', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const iterator = client.transfers({ token })[Symbol.asyncIterator]()
    const next = iterator.next()
    await run(1_000)

    await iterator.return?.()

    expect(await next).toEqual({ done: true, value: undefined })
    await client.close()
  })

  test('the signal throws its reason, waiting or not', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const controller = new AbortController()
    const reader = follow(client.transfers({ token, signal: controller.signal }))
    await run(1_000)

    controller.abort('enough')
    await reader.reading

    expect(reader.ended).toBe('enough')
    const late = follow(client.transfers({ token, signal: controller.signal }))
    await late.reading
    expect(late.ended).toBe('enough')
    await client.close()
  })

  test('client.close() ends it quietly; a final error is thrown', async () => {
    const node = startNode(10)
    const client = clientOf(node)
    const reader = follow(client.transfers({ token }))
    await run(1_000)
    await client.close()
    await reader.reading
    expect(reader.ended).toBe('done')

    const once = clientOf(node, { reconnect: false })
    const failing = follow(once.transfers({ token }))
    await run(1_000)
    node.cut()
    await failing.reading
    expect(failing.ended).toMatchObject({ name: 'ConnectionLostError' })
  })

  test('items that are asked for at once come in order, and after them the end', async () => {
    const node = startNode(100)
    const client = clientOf(node)
    const iterator = client.transfers({ token, fromBlock: 1, toBlock: 10 })[Symbol.asyncIterator]()

    const asked = Promise.all(Array.from({ length: 12 }, () => iterator.next()))
    await run(5_000)

    const results = await asked
    expect(results.map(({ value }) => value && Number(value.value))).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      ...[undefined, undefined],
    ])
    expect(results.map(({ done }) => done).indexOf(true)).toBe(10)
    await client.close()
  })

  test('a stream is read once', async () => {
    const client = clientOf(startNode(10))
    const stream = client.transfers({ token })
    stream[Symbol.asyncIterator]()

    expect(() => stream[Symbol.asyncIterator]()).toThrow(ConfigurationError)
    expect(() => stream.pages()[Symbol.asyncIterator]()).toThrow(ConfigurationError)
    await client.close()
  })

  test('progress tells what was delivered', async () => {
    const node = startNode(100)
    const client = clientOf(node)
    const stream = client.transfers({ token, fromBlock: 50, toBlock: 90 })
    expect(stream.progress).toEqual({ from: undefined, block: undefined, head: undefined })
    follow(stream)

    await run(5_000)

    expect(stream.progress).toEqual({ from: 50, block: 90, head: 100 })
    await client.close()
  })
})
