/** Random histories of a chain, a hostile node and a reader; and the check that the reader has what the chain has. */

import fc from 'fast-check'
import { vi } from 'vitest'
import type { Client } from '../../src/client.ts'
import { decodeCursor } from '../../src/eth/cursor.ts'
import type { Log, Page, Stream, StreamOptions, Transfer } from '../../src/index.ts'
import { fakeClient } from './fake-client.ts'
import { FakeWorld } from './fake-line.ts'
import { Fold } from './fold.ts'
import { pick } from './random.ts'
import { addressWord, type LogSeed, type SimBlock, type SimLog, TOKEN, transferSeed } from './sim-chain.ts'
import { HostileNode, provability, type Traits } from './sim-hostile.ts'
import { matches } from './sim-node.ts'

export type Step =
  | { readonly do: 'mine'; readonly blocks: number }
  | { readonly do: 'reorg'; readonly depth: number; readonly more: number }
  | { readonly do: 'back' }
  | { readonly do: 'rollback'; readonly depth: number }
  | { readonly do: 'cut' }
  | { readonly do: 'restart' }
  | { readonly do: 'silence' }
  | { readonly do: 'pause'; readonly milliseconds: number }
  | { readonly do: 'outage'; readonly milliseconds: number }

export interface History {
  readonly traits: Traits
  readonly before: number
  readonly from: 'latest' | 'zero' | 'middle'
  readonly kind: 'transfers' | 'logs' | 'account' | 'full'
  readonly reads: 'pages' | 'items'
  readonly steps: readonly Step[]
}

/** Wordings of limits; `refusals.test.ts` has them all. */
const WORDINGS = [
  'exceed maximum block range: 30',
  'query returned more than 10000 results',
  'Log response size exceeded. Based on your parameters, this block range should work: [0x0, 0x5]',
  'block range is too wide',
  'query timeout exceeded',
  'eth_getLogs is limited to a 5 range',
]

const traits: fc.Arbitrary<Traits> = fc.record({
  seed: fc.integer({ min: 0 }),
  blooms: fc.constantFrom('good', 'good', 'good', 'zero', 'wrong', 'full', 'none'),
  logIndex: fc.constantFrom('block', 'transaction'),
  lags: fc.constantFrom([0], [0], [0, 1], [0, 0, 2], [0, 1, 3]),
  splitsBatches: fc.boolean(),
  batches: fc.constantFrom('answered', 'answered', 'refused', 'singly'),
  indexLag: fc.constantFrom(0, 0, 150, 900),
  unknownHash: fc.constantFrom('error', 'empty'),
  byHash: fc.constantFrom('answered', 'answered', 'answered', 'refused', 'ignored'),
  pastHead: fc.constantFrom('error', 'short'),
  droppedHeads: fc.constantFrom(0, 0.3),
  doubledHeads: fc.constantFrom(0, 0.3),
  limit: fc.option(
    fc.oneof(
      fc.record({ blocks: fc.integer({ min: 1, max: 60 }), wording: fc.constantFrom(...WORDINGS) }),
      fc.record({ logs: fc.integer({ min: 1, max: 60 }), wording: fc.constantFrom(...WORDINGS) }),
    ),
    { nil: undefined },
  ),
  rateLimited: fc.constantFrom(0, 0, 0.05),
  unanswered: fc.constantFrom(0, 0, 0.01),
  finality: fc.constantFrom(64, 0, 2_000, undefined),
  latency: fc.constantFrom([10, 10] as const, [5, 200] as const),
  blockTime: fc.constantFrom(250, 2_000, 12_000),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('mine' as const), blocks: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('reorg' as const),
      depth: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 64 })),
      more: fc.integer({ min: 0, max: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('back' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('rollback' as const), depth: fc.integer({ min: 1, max: 8 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('silence' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('outage' as const),
      milliseconds: fc.constantFrom(2_000, 200_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pause' as const),
      milliseconds: fc.constantFrom(1, 15, 300, 5_000, 70_000),
    }),
  },
)

export const histories: fc.Arbitrary<History> = fc.record({
  traits,
  before: fc.constantFrom(0, 3, 40, 150, 300),
  from: fc.constantFrom('latest', 'zero', 'middle'),
  kind: fc.constantFrom('transfers', 'transfers', 'logs', 'account', 'full'),
  reads: fc.constantFrom('pages', 'pages', 'items'),
  steps: fc.array(step, { maxLength: 14 }),
})

type Item = Transfer | Log

const ACCOUNT = 5
const DEEPEST = 64
const idOf = ({ blockHash, transactionIndex, logIndex }: SimLog) =>
  `${blockHash}/${Number(transactionIndex)}/${Number(logIndex)}`

/** Plays a history; throws with what was wrong. Needs fake timers. */
export async function play(history: History): Promise<void> {
  const reader = new HistoryReader(history)
  try {
    await reader.play()
  } finally {
    await reader.close()
  }
}

class HistoryReader {
  readonly #history: History
  readonly #hostile: HostileNode
  readonly #fold = new Fold<Item>()
  readonly #gone: SimBlock[] = []
  #client: Client
  #cursor: string | undefined
  #from: number | undefined
  #failure: unknown
  #generation = 0
  /** The number of the highest block that the chain has ever had. */
  #highest = 0

  constructor(history: History) {
    this.#history = history
    this.#hostile = new HostileNode(history.traits)
    while (this.#hostile.chain.head.number < history.before) this.#hostile.chain.extend(this.#seeds())
    this.#hostile.settle()
    this.#client = this.#connect()
  }

  async play(): Promise<void> {
    const { traits, steps } = this.#history
    this.#read()
    await vi.advanceTimersByTimeAsync(50)
    for (const step of steps) {
      await this.#do(step)
      if (this.#failure !== undefined) throw this.#failure
    }
    this.#hostile.heal()
    // A cursor above the head waits: in the end the chain has come that far.
    while (this.#hostile.chain.head.number < (this.#fold.block ?? 0))
      this.#hostile.chain.extend(this.#seeds())
    for (let i = 0; i < 4; i++) {
      await vi.advanceTimersByTimeAsync(Math.max(traits.blockTime, 20_000))
      this.#hostile.chain.extend(this.#seeds())
      this.#hostile.changed()
      this.#hostile.announce()
    }
    await vi.advanceTimersByTimeAsync(400_000)
    if (this.#failure !== undefined) throw this.#failure
    this.#checkEnd()
  }

  close(): Promise<void> {
    this.#generation++
    return this.#client.close()
  }

  async #do(step: Step): Promise<void> {
    const { chain, node, random } = this.#hostile
    const { blockTime } = this.#history.traits
    this.#highest = Math.max(this.#highest, chain.head.number)
    // Nodes lag behind one another, but what has been 64 deep stands still for all of them.
    const deepest = chain.head.number - Math.max(0, this.#highest - DEEPEST)
    switch (step.do) {
      case 'mine':
        for (let i = 0; i < step.blocks; i++) {
          chain.extend(this.#seeds())
          this.#told()
          await vi.advanceTimersByTimeAsync(blockTime)
        }
        return
      case 'reorg': {
        const depth = Math.min(step.depth, deepest)
        const gone = chain.blocks.slice(chain.head.number + 1 - depth)
        this.#gone.push(chain.head)
        chain.reorg(
          depth,
          number => {
            const before = gone.find(block => block.number === number)
            return random() < 0.5 && before !== undefined ? again(before) : this.#seeds()
          },
          step.more,
        )
        this.#told()
        return vi.advanceTimersByTimeAsync(random() * blockTime).then(() => {})
      }
      case 'back': {
        const old = this.#gone.pop()
        if (old === undefined || chain.isCanonical(old)) return
        const depth =
          chain.head.number - (chain.branchOf(old).findLast(block => chain.isCanonical(block))?.number ?? 0)
        if (depth > deepest) return
        this.#gone.push(chain.head)
        chain.adopt(old)
        this.#told()
        return vi.advanceTimersByTimeAsync(random() * blockTime).then(() => {})
      }
      case 'rollback':
        chain.rollback(Math.min(step.depth, deepest))
        this.#hostile.changed()
        return
      case 'cut':
        return node.cut()
      case 'restart':
        if (this.#history.reads === 'items') return node.cut()
        await this.close()
        // Who has stored nothing begins anew.
        if (this.#cursor === undefined) this.#from = undefined
        this.#client = this.#connect()
        this.#read()
        return
      case 'silence':
        node.pushesHeads = !node.pushesHeads
        return
      case 'outage':
        node.isUp = false
        node.cut()
        for (let n = 0; n < Math.min(80, step.milliseconds / blockTime); n++) chain.extend(this.#seeds())
        this.#hostile.changed()
        await vi.advanceTimersByTimeAsync(step.milliseconds)
        node.isUp = true
        return
      case 'pause':
        await vi.advanceTimersByTimeAsync(step.milliseconds)
    }
  }

  #told(): void {
    this.#hostile.changed()
    this.#hostile.announce()
  }

  #seeds(): LogSeed[] {
    const { random } = this.#hostile
    return Array.from({ length: pick(random, [0, 0, 1, 2, 3]) }, () => {
      const amount = 1 + Math.floor(random() * 1_000_000)
      const seed = transferSeed(amount, pick(random, [1, 2, ACCOUNT]), pick(random, [3, 4, ACCOUNT]))
      const isOther = random() < 0.3
      return {
        ...seed,
        ...(isOther && { address: `0x${'99'.repeat(20)}` }),
        sameTransaction: random() < 0.3,
        transaction: `tx ${amount}`,
      }
    })
  }

  #connect(): Client {
    const { accept } = this.#hostile.node
    return fakeClient({ heartbeat: false, timeout: 5_000, stallTimeout: 60_000 }, new FakeWorld(accept))
      .client
  }

  #stream(): Stream<Item> {
    const { kind, from, before } = this.#history
    const start = { latest: 'latest', zero: 0, middle: Math.floor(before / 2) } as const
    const options: StreamOptions =
      this.#cursor === undefined ? { fromBlock: start[from] } : { after: this.#cursor }
    const token = TOKEN as `0x${string}`
    // Where every bloom says too much, no list of logs is ever believed in full.
    const verify = ['full', 'wrong'].includes(this.#history.traits.blooms) ? 'evidence' : 'full'
    if (kind === 'logs') return this.#client.logs({ address: token, ...options })
    if (kind === 'transfers') return this.#client.transfers({ token, ...options })
    if (kind === 'full') return this.#client.transfers({ token, verify, ...options })
    return this.#client.transfers({ account: `0x${addressWord(ACCOUNT).slice(26)}`, ...options })
  }

  #read(): void {
    const mine = ++this.#generation
    const stream = this.#stream()
    const isCurrent = () => mine === this.#generation
    stream.started.then(
      ({ fromBlock }) => {
        if (isCurrent()) this.#from ??= fromBlock
      },
      () => {},
    )
    void (async () => {
      try {
        if (this.#history.reads === 'items') {
          for await (const item of stream) this.#fold.apply(item)
        } else {
          for await (const page of stream.pages()) {
            if (!isCurrent()) return
            this.#take(page)
          }
        }
        if (isCurrent()) throw new Error('the stream ended')
      } catch (error) {
        if (isCurrent()) this.#failure ??= error
      }
    })()
  }

  #take(page: Page<Item>): void {
    if (page.removed.length > 0 && page.rollback === undefined) throw new Error('removed without rollback')
    this.#fold.applyPage(page)
    this.#cursor = page.cursor
    this.#checkPage(page)
  }

  #wanted(blocks: readonly SimBlock[], from: number): readonly string[] {
    const account = addressWord(ACCOUNT)
    const isWanted = (log: SimLog) =>
      this.#history.kind === 'account'
        ? log.topics[1] === account || log.topics[2] === account
        : matches(log, { address: TOKEN })
    return blocks
      .filter(({ number }) => number >= from)
      .flatMap(({ logs }) => logs.filter(isWanted).map(idOf))
  }

  /** The fold is what the branch up to the page's last block holds. */
  #checkPage(page: Page<Item>): void {
    const { ancestors, fromBlock } = decodeCursor(page.cursor)
    const [tip] = ancestors
    if (tip === undefined || tip.number !== page.toBlock) throw new Error('the cursor is not at toBlock')
    if (tip.number < fromBlock) return
    const block = this.#hostile.chain.byHashPrefix(tip.hashPrefix)
    if (block === undefined) throw new Error(`no block ${tip.number} has the hash ${tip.hashPrefix}…`)
    const truth = this.#wanted(this.#hostile.chain.branchOf(block), fromBlock)
    const { ids } = this.#fold
    if (provability(this.#history.traits) === 'at-once') return same(ids, truth, `page to ${page.toBlock}`)
    const all = new Set(truth)
    const foreign = ids.find(id => !all.has(id))
    if (foreign !== undefined) throw new Error(`not on the branch: ${foreign}`)
  }

  /** In the end the reader has what the canonical chain has. */
  #checkEnd(): void {
    const { chain } = this.#hostile
    if (this.#from === undefined) throw new Error('the stream has not begun')
    const truth = this.#wanted(chain.blocks, this.#from)
    if (provability(this.#history.traits) !== 'hardly') same(this.#fold.ids, truth, 'the end')
    const isBelow = chain.head.number < this.#from
    if (this.#history.reads === 'pages' && !isBelow && this.#fold.block !== chain.head.number) {
      throw new Error(`stands at ${this.#fold.block}, the head is ${chain.head.number}`)
    }
  }
}

function same(actual: readonly string[], expected: readonly string[], where: string): void {
  if (actual.length === expected.length && actual.every((id, i) => id === expected[i])) return
  const [have, want] = [new Set(actual), new Set(expected)]
  const lost = expected.filter(id => !have.has(id))
  const extra = actual.filter(id => !want.has(id))
  throw new Error(`${where}: ${lost.length} lost (${lost[0]}), ${extra.length} too many (${extra[0]})`)
}

/** The logs of a block as they would be mined again: the same transactions. */
function again(block: SimBlock): LogSeed[] {
  return block.logs.map(({ address, topics, data, transactionHash }, i) => ({
    address,
    topics,
    data,
    transaction: transactionHash,
    sameTransaction: i > 0 && block.logs[i - 1]?.transactionHash === transactionHash,
  }))
}
