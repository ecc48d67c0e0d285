/** What is published after crashes at any message, in a model of chain, pages and stream. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Page } from '../../src/eth/page.ts'
import type { Transfer } from '../../src/eth/transfer.ts'
import type { Stored } from '../../src/jetstream/message.ts'
import { Standing } from '../../src/jetstream/standing.ts'
import { fold } from './stream-fold.ts'

interface Block {
  readonly hash: `0x${string}`
  readonly parent: Block | undefined
  readonly number: number
  readonly transfers: readonly Transfer[]
}

class Chain {
  #made = 0
  head: Block = this.#block(undefined, 0)

  #block(parent: Block | undefined, transfers: number): Block {
    const number = (parent?.number ?? -1) + 1
    const hash = `0x${(++this.#made).toString(16).padStart(64, '0')}` as const
    const address = `0x${'1'.repeat(40)}` as const
    const made = Array.from({ length: transfers }, (_, i) => ({
      token: address,
      from: address,
      to: address,
      value: 1n,
      blockNumber: number,
      blockHash: hash,
      transactionHash: hash,
      transactionIndex: i,
      logIndex: i,
      removed: false,
    }))
    return { hash, parent, number, transfers: made }
  }

  mine(transfers: number): void {
    this.head = this.#block(this.head, transfers)
  }

  /** Goes on from below; the old branch may be taken up again. */
  rewind(depth: number): void {
    for (let i = 0; i < depth && this.head.number > 0; i++) this.head = this.head.parent ?? this.head
  }

  /** The branch, by number. */
  get branch(): readonly Block[] {
    const blocks: Block[] = []
    for (let block: Block | undefined = this.head; block !== undefined; block = block.parent)
      blocks.unshift(block)
    return blocks
  }
}

/** What a follower gives next from a tip: taking back what left the chain, or the next stretch; undefined at the head. */
function nextPage(chain: Chain, tip: Block, most: number): { page: Page<Transfer>; tip: Block } | undefined {
  const { branch, head } = chain
  let fork = tip
  while (branch[fork.number] !== fork) fork = fork.parent ?? fork
  if (fork !== tip) {
    // As the real one: a rollback may go deeper than the fork.
    const rollback = { blockNumber: fork.number, blockHash: fork.hash }
    return { tip: fork, page: page(fork.number + 1, fork.number, [], rollback) }
  }
  const blocks = branch.slice(tip.number + 1, tip.number + 1 + most)
  const last = blocks.at(-1)
  if (last === undefined) return undefined
  const items = blocks.flatMap(({ transfers }) => transfers)
  return { tip: last, page: page(tip.number + 1, last.number, items) }

  function page(
    fromBlock: number,
    toBlock: number,
    items: readonly Transfer[],
    rollback?: Page<Transfer>['rollback'],
  ) {
    return {
      ...(rollback && { rollback }),
      removed: [],
      items,
      fromBlock,
      toBlock,
      head: head.number,
      cursor: '',
    }
  }
}

/** A stream, and relays that write to it and crash. */
class Log {
  readonly messages: (Stored & { readonly tip: Block | undefined })[] = []
  readonly genesis: Block

  constructor(genesis: Block) {
    this.genesis = genesis
  }

  /** Relays until the head is reached, or until so many messages were written. @returns pages that were left half written */
  async relay(
    chain: Chain,
    most: number,
    budget: number,
    held?: number,
    meanwhile: (() => void)[] = [],
  ): Promise<number> {
    const checkpoint = this.messages.findLastIndex(({ cursor }) => cursor !== undefined) + 1
    let tip = this.messages[checkpoint - 1]?.tip ?? this.genesis
    const standing = new Standing(
      checkpoint,
      this.messages.slice(checkpoint),
      from => this.readBack(from),
      held,
    )
    let left = budget
    for (;;) {
      const next = nextPage(chain, tip, most)
      if (next === undefined && meanwhile.length === 0) return 0
      meanwhile.shift()?.()
      if (next === undefined) continue
      const changes = await standing.changes(next.page)
      for (const [i, { transfer, removed }] of changes.entries()) {
        if (left-- === 0) return i === 0 ? 0 : 1
        const cursor = i === changes.length - 1 ? 'here' : undefined
        const sequence = this.messages.length + 1
        this.messages.push({ transfer, removed, sequence, cursor, fromBlock: 1, tip: cursor && next.tip })
        if (!removed) standing.added(transfer, sequence)
      }
      tip = next.tip
    }
  }

  async *readBack(from: number): AsyncGenerator<Stored> {
    for (let sequence = from; sequence > 0; sequence--) yield this.messages[sequence - 1] as Stored
  }

  fold(): readonly string[] {
    return fold(this.messages.map(({ transfer, removed }) => ({ ...transfer, removed })))
  }
}

const step = fc.record({
  mined: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }),
  rewound: fc.integer({ min: 0, max: 5 }),
  /** Which of the tips before becomes the head again. */
  back: fc.option(fc.nat({ max: 5 })),
  most: fc.integer({ min: 1, max: 4 }),
  budget: fc.integer({ min: 0, max: 40 }),
  /** What the chain does while the relay runs, from page to page. */
  meanwhile: fc.array(
    fc.record({
      rewound: fc.integer({ min: 0, max: 6 }),
      mined: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    }),
    { maxLength: 6 },
  ),
  /** From so many on the lower half of what is held is forgotten. */
  held: fc.constantFrom(2, 3, 8, 1_000),
})

describe('whatever is half written, and whatever the chain does meanwhile', () => {
  test('the stream stays sound at every message and ends as the chain', async () => {
    let halves = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async steps => {
        const chain = new Chain()
        const log = new Log(chain.head)
        const tips = [chain.head]
        for (const { mined, rewound, back, most, budget, held, meanwhile } of steps) {
          chain.rewind(rewound)
          if (back !== null) chain.head = tips.at(-1 - back) ?? chain.head
          for (const transfers of mined) chain.mine(transfers)
          tips.push(chain.head)
          const deeds = meanwhile.map(({ rewound, mined }) => () => {
            chain.rewind(rewound)
            for (const transfers of mined) chain.mine(transfers)
          })
          halves += await log.relay(chain, most, budget, held, deeds)
          log.fold()
        }
        // What was left half done is put right as soon as pages cover it: with the next blocks.
        const highest = Math.max(0, ...log.messages.map(({ transfer }) => transfer.blockNumber))
        do chain.mine(0)
        while (chain.head.number <= highest)
        await log.relay(chain, 3, Infinity, 4)

        const wanted = chain.branch.flatMap(({ transfers }) => transfers)
        expect(log.fold()).toEqual(fold(wanted))
      }),
      { numRuns: 2_000 },
    )
    expect(halves).toBeGreaterThan(1_000)
  })
})

test('where no page follows, the stream goes back to what it said at its last cursor', async () => {
  const chain = new Chain()
  const log = new Log(chain.head)
  chain.mine(1)
  chain.mine(2)
  await log.relay(chain, 1, Infinity)
  const before = log.fold()
  const { head } = chain
  chain.rewind(1)
  chain.mine(1)
  await log.relay(chain, 1, 1)
  chain.head = head

  const standing = new Standing(3, log.messages.slice(3), () => log.readBack(3))
  const changes = await standing.restored()

  expect(
    fold([...log.messages, ...changes].map(({ transfer, removed }) => ({ ...transfer, removed }))),
  ).toEqual(before)
})

test('what a relay takes back is taken back with the rollback itself, not with what comes after it', async () => {
  const chain = new Chain()
  const log = new Log(chain.head)
  for (const transfers of [1, 2, 3]) chain.mine(transfers)
  await log.relay(chain, 3, Infinity)

  chain.rewind(2)
  await log.relay(chain, 3, Infinity)

  expect(log.messages.map(({ removed }) => removed)).toEqual([
    ...Array(6).fill(false),
    ...Array(5).fill(true),
  ])
})

test('a page that is completed after a crash takes nothing back', async () => {
  const chain = new Chain()
  const log = new Log(chain.head)
  for (const transfers of [3, 4, 5]) chain.mine(transfers)

  await log.relay(chain, 3, 7)
  await log.relay(chain, 1, Infinity)

  expect(log.messages.map(({ removed }) => removed)).toEqual(Array(12).fill(false))
})
