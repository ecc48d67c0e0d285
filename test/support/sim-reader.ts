/** Plays a history: drives the chain and its nodes, reads a stream of it, and checks that the reader has what the chain has. */

import { vi } from 'vitest'
import type { Client } from '../../src/client.ts'
import { decodeCursor } from '../../src/eth/cursor.ts'
import type { Page, Stream, StreamOptions } from '../../src/index.ts'
import { fakeClient } from './fake-client.ts'
import { FakeWorld } from './fake-line.ts'
import { Fold } from './fold.ts'
import { pick } from './random.ts'
import { addressWord, type LogSeed, type SimBlock, TRANSFER, transferSeed } from './sim-chain.ts'
import type { History, Step } from './sim-history.ts'
import { DEEP, HostileNode, isOneView, provability, type Traits } from './sim-hostile.ts'
import { ACCOUNT, APPROVAL, type Item, OTHER_TOKEN, positioned, STREAMS, wantedOf } from './sim-streams.ts'

/** Plays a history; throws with what was wrong. Needs fake timers. */
export async function play(history: History): Promise<void> {
  const reader = new HistoryReader(history)
  try {
    await reader.play()
  } finally {
    await reader.close()
  }
}

type Positioned = ReturnType<typeof positioned>

/** How the reading stands: `left` by the reader, `over` where the stream has ended or may rightly do so. */
type Status = { readonly name: 'reading' | 'over' } | { readonly name: 'failed'; readonly error: unknown }

const LEFT = new Error('the reader has left')
/** Kinds of the first histories: their blocks hold nothing but transfers. */
const PURE: readonly string[] = ['transfers', 'logs', 'account', 'full']
const URLS = ['wss://one.test/', 'wss://two.test/'] as const

class HistoryReader {
  readonly #history: History
  /** One for each endpoint, of one chain. */
  readonly #nodes: readonly HostileNode[]
  readonly #gone: SimBlock[] = []
  #fold = new Fold<Positioned>()
  /** What the present stream has delivered, and not taken back. */
  #delivered: Positioned[] = []
  #client: Client
  #cursor: string | undefined
  #from: number | undefined
  #status: Status = { name: 'reading' }
  #leave: (how: 'break' | 'return' | 'abort') => void = () => {}
  #generation = 0
  /** The number of the highest block that the chain has ever had. */
  #highest = 0

  constructor(history: History) {
    const { traits, other } = history
    this.#history = history
    const first = new HostileNode(traits)
    const shared = ({ blooms, logIndex, finality, blockTime, keeps, pruned }: Traits) => ({
      ...{ blooms, logIndex, finality, blockTime, keeps, pruned },
    })
    this.#nodes =
      other === undefined ? [first] : [first, new HostileNode({ ...other, ...shared(traits) }, first.chain)]
    while (first.chain.head.number < history.before) first.chain.extend(this.#seeds())
    for (const node of this.#nodes) node.settle()
    this.#client = this.#connect()
  }

  async play(): Promise<void> {
    const { traits, steps, pace = 0 } = this.#history
    this.#read()
    await vi.advanceTimersByTimeAsync(50)
    for (const step of steps) {
      await this.#do(step)
      this.#throwFailure()
    }
    for (const node of this.#nodes) node.heal()
    // A cursor above the head waits: in the end the chain has come that far.
    while (this.#confirmed < this.#reached) this.#chain.extend(this.#seeds())
    for (let i = 0; i < 4; i++) {
      await vi.advanceTimersByTimeAsync(Math.max(traits.blockTime, 20_000))
      this.#chain.extend(this.#seeds())
      this.#told()
    }
    await vi.advanceTimersByTimeAsync(400_000 + 400 * pace)
    this.#throwFailure()
    if (this.#status.name === 'reading') this.#checkEnd()
  }

  close(): Promise<void> {
    this.#generation++
    return this.#client.close()
  }

  get #chain() {
    return (this.#nodes[0] as HostileNode).chain
  }

  get #random() {
    return (this.#nodes[0] as HostileNode).random
  }

  /** The last block that may be delivered. */
  get #confirmed(): number {
    return this.#confirmedBy(this.#chain.head.number)
  }

  #confirmedBy(head: number): number {
    const { confirmations = 1, traits } = this.#history
    return head - (typeof confirmations === 'number' ? confirmations - 1 : (traits.finality ?? 0))
  }

  /** The last block that has been, or may still be, delivered: it may have been confirmed by a head that is gone. */
  get #reached(): number {
    const { number } = this.#chain.head
    return Math.max(
      this.#fold.block ?? 0,
      Math.min(number, this.#confirmedBy(Math.max(number, this.#highest))),
    )
  }

  /** The block that the stream ends with, or at the latest. */
  get #last(): number | undefined {
    const { to, before } = this.#history
    return to === 'latest'
      ? Math.max(this.#highest, this.#chain.head.number)
      : to === undefined
        ? to
        : Math.max(0, before + to)
  }

  get #provability() {
    const { traits, other, kind } = this.#history
    const queries = /^account/.test(kind) ? 2 : 1
    const all = [traits, other]
      .filter(each => each !== undefined)
      .map(each => provability({ ...each, blooms: traits.blooms }, queries))
    return (['hardly', 'later'] as const).find(each => all.includes(each)) ?? 'at-once'
  }

  /** How deep the chain may still be changed: what is deeper stands still, and is final. */
  get #deepest(): number {
    const { traits, other } = this.#history
    const isOne = [traits, other].every(each => each === undefined || isOneView(each))
    const depth = isOne ? Math.max(DEEP, traits.finality ?? Infinity) : DEEP
    return this.#chain.head.number - Math.max(0, this.#highest - depth)
  }

  async #do(step: Step): Promise<void> {
    const chain = this.#chain
    const { blockTime } = this.#history.traits
    this.#highest = Math.max(this.#highest, chain.head.number)
    const deepest = this.#deepest
    const aMoment = () => vi.advanceTimersByTimeAsync(this.#random() * blockTime).then(() => {})
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
            return this.#random() < 0.5 && before !== undefined ? again(before) : this.#seeds()
          },
          step.more,
        )
        this.#told()
        return aMoment()
      }
      case 'back': {
        const old = this.#gone.pop()
        if (old === undefined || chain.isCanonical(old)) return
        const fork = chain.branchOf(old).findLast(block => chain.isCanonical(block))
        if (chain.head.number - (fork?.number ?? 0) > deepest) return
        this.#gone.push(chain.head)
        chain.adopt(old)
        this.#told()
        return aMoment()
      }
      case 'rollback':
        chain.rollback(Math.min(step.depth, deepest))
        for (const node of this.#nodes) node.changed()
        return
      case 'cut':
        for (const { node } of this.#nodes) node.cut()
        return
      case 'restart':
        await this.close()
        this.#client = this.#connect()
        return this.#begin()
      case 'leave':
        return this.#leave(step.how)
      case 'silence':
        for (const { node } of this.#nodes) node.pushesHeads = !node.pushesHeads
        return
      case 'freeze':
        this.#nodes[step.node]?.freeze()
        return
      case 'outage': {
        const down = this.#nodes.filter((_, i) => step.node === undefined || step.node === i)
        for (const { node } of down) {
          node.isUp = false
          node.cut()
        }
        for (let n = 0; n < Math.min(80, step.milliseconds / blockTime); n++) chain.extend(this.#seeds())
        for (const node of this.#nodes) node.changed()
        await vi.advanceTimersByTimeAsync(step.milliseconds)
        for (const { node } of down) node.isUp = true
        return
      }
      case 'pause':
        await vi.advanceTimersByTimeAsync(step.milliseconds)
    }
  }

  #told(): void {
    for (const node of this.#nodes) {
      node.changed()
      node.announce()
    }
  }

  #seeds(): LogSeed[] {
    const random = this.#random
    return Array.from({ length: pick(random, [0, 0, 1, 2, 3]) }, () => {
      const amount = 1 + Math.floor(random() * 1_000_000)
      const seed = transferSeed(amount, pick(random, [1, 2, ACCOUNT]), pick(random, [3, 4, ACCOUNT]))
      const isOther = random() < 0.3
      return {
        ...seed,
        ...(!PURE.includes(this.#history.kind) && random() < 0.3 && { topics: this.#otherTopics() }),
        ...(isOther && { address: OTHER_TOKEN }),
        sameTransaction: random() < 0.3,
        transaction: `tx ${amount}`,
      }
    })
  }

  /** Of logs that are no transfers: an approval, an NFT, an anonymous event. */
  #otherTopics(): readonly string[] {
    const ends = [addressWord(1), addressWord(4)]
    return pick(this.#random, [[APPROVAL, ...ends], [TRANSFER, ...ends, addressWord(77)], []])
  }

  #connect(): Client {
    const world = new FakeWorld(dial => {
      const i = URLS.findIndex(url => String(dial.endpoint.url).startsWith(url))
      this.#nodes[Math.max(0, i)]?.node.accept(dial)
    })
    const options = { heartbeat: false, timeout: 5_000, stallTimeout: 60_000 } as const
    return fakeClient(options, world, URLS.slice(0, this.#nodes.length)).client
  }

  /** Goes on from what is stored. */
  #begin(): void {
    if (this.#status.name !== 'reading') return
    // Who has stored nothing begins anew; single items cannot be gone on with.
    if (this.#cursor === undefined) {
      this.#fold = new Fold()
      if (this.#history.from === 'latest') this.#from = undefined
    }
    this.#delivered = []
    this.#read()
  }

  #stream(signal: AbortSignal): Stream<Item> {
    const { kind, from, to, before, confirmations } = this.#history
    const start = { latest: 'latest', zero: 0, middle: Math.floor(before / 2) } as const
    const options: StreamOptions = {
      signal,
      ...(this.#cursor === undefined ? { fromBlock: start[from] } : { after: this.#cursor }),
      ...(confirmations !== undefined && { confirmations }),
      ...(to !== undefined && { toBlock: to === 'latest' ? to : Math.max(0, before + to) }),
    }
    return STREAMS[kind].open(this.#client, options)
  }

  #read(): void {
    const mine = ++this.#generation
    const isCurrent = () => mine === this.#generation
    const stop = new AbortController()
    const stream = this.#stream(stop.signal)
    let isLeaving = false
    const iterator = (this.#history.reads === 'items' ? stream : stream.pages())[Symbol.asyncIterator]()
    this.#leave = how => {
      isLeaving = true
      if (how === 'abort') stop.abort(LEFT)
      if (how === 'return') void iterator.return?.()
    }
    stream.started.then(
      ({ fromBlock }) => {
        if (isCurrent()) this.#started(fromBlock)
      },
      () => {},
    )
    const read = async () => {
      for (;;) {
        const { done, value } = await iterator.next()
        if (!isCurrent()) return
        if (done) return isLeaving ? this.#begin() : this.#ended()
        if ('cursor' in value) this.#take(value, stream)
        else this.#fold.apply(positioned(value))
        if (isLeaving) {
          await iterator.return?.()
          return this.#begin()
        }
        const { pace } = this.#history
        if (pace !== undefined) await new Promise(resolve => setTimeout(resolve, pace))
      }
    }
    read().catch(error => {
      if (!isCurrent()) return
      if (error === LEFT) this.#begin()
      else this.#status = this.#mayFail(error) ? { name: 'over' } : { name: 'failed', error }
    })
  }

  /** Whether the stream is right to end with this. */
  #mayFail(error: unknown): boolean {
    const { name } = Object(error) as Error
    const { confirmations, kind, traits, other } = this.#history
    const all = [traits, ...(other === undefined ? [] : [other])]
    const isTagged = confirmations === 'safe' || confirmations === 'finalized'
    const next = Math.max((this.#fold.block ?? -1) + 1, this.#from ?? 0)
    switch (name) {
      case 'BlockTagUnavailableError':
        return isTagged && traits.finality === undefined
      case 'ReorgTooDeepError':
        return confirmations === 'finalized' && (traits.finality ?? 0) < DEEP
      case 'HistoryUnavailableError':
        // Also of what was delivered last, where that is to be looked at again.
        return all.some(({ keeps }) => next - DEEP < this.#chain.head.number + 1 - keeps)
      case 'NodeInconsistentError':
        // Where every bloom says more than the truth, no list of logs is ever all that it speaks of.
        return /full|anything/.test(kind) && ['full', 'wrong'].includes(traits.blooms)
      default:
        return false
    }
  }

  #throwFailure(): void {
    if (this.#status.name === 'failed') throw this.#status.error
  }

  #started(fromBlock: number): void {
    if (this.#from !== undefined && fromBlock !== this.#from) {
      this.#status = { name: 'failed', error: new Error(`started at ${fromBlock}, not at ${this.#from}`) }
    }
    this.#from = fromBlock
  }

  #ended(): void {
    const { to, reads } = this.#history
    const last = this.#last
    if (last === undefined) throw new Error('the stream ended')
    if (reads === 'pages' && to !== 'latest' && last >= (this.#from ?? 0) && this.#fold.block !== last) {
      throw new Error(`ended at ${this.#fold.block}, not at ${last}`)
    }
    const shown = this.#provability
    // A bloom that says nothing is believed until one is caught, which may come too late for a stream that ends.
    const isBelieved = shown === 'later' && this.#history.traits.blooms === 'wrong'
    if (this.#cursor !== undefined && shown !== 'hardly')
      this.#checkFold(this.#cursor, isBelieved ? shown : 'done')
    this.#status = { name: 'over' }
  }

  #take(page: Page<Item>, { progress }: Stream<Item>): void {
    const { rollback, toBlock, head, cursor } = page
    const removed = page.removed.map(positioned)
    const items = page.items.map(positioned)
    if (this.#history.confirmations === 'finalized' && removed.length > 0)
      throw new Error('not final after all')
    const above = rollback?.blockNumber ?? Infinity
    const expected = this.#delivered.filter(({ blockNumber }) => blockNumber > above).reverse()
    if (JSON.stringify(removed, plain) !== JSON.stringify(expected, plain)) {
      throw new Error(`${removed.length} were removed, ${expected.length} had been delivered above ${above}`)
    }
    this.#delivered = [...this.#delivered.filter(({ blockNumber }) => blockNumber <= above), ...items]
    this.#fold.applyPage({ ...page, removed, items })
    this.#cursor = cursor
    if (cursor.length > 400) throw new Error(`a cursor of ${cursor.length} characters`)
    if (progress.block !== toBlock || progress.head !== head || progress.from === undefined) {
      throw new Error(`progress ${JSON.stringify(progress)} after the page to ${toBlock}`)
    }
    this.#checkFold(cursor, this.#provability)
  }

  /** The fold is what the branch up to the last block holds; where that shows later only, it holds nothing else. */
  #checkFold(cursor: string, shown: 'done' | 'at-once' | 'later' | 'hardly'): void {
    const { ancestors, fromBlock } = decodeCursor(cursor)
    const [tip] = ancestors
    if (tip === undefined || tip.number !== this.#fold.block) throw new Error('the cursor is not at toBlock')
    if (tip.number < fromBlock) return
    const block = this.#chain.byHashPrefix(tip.hashPrefix)
    if (block === undefined) throw new Error(`no block ${tip.number} has the hash ${tip.hashPrefix}…`)
    const truth = wantedOf(this.#history.kind, this.#chain.branchOf(block).slice(fromBlock))
    const { ids } = this.#fold
    if (shown === 'at-once' || shown === 'done') return same(ids, truth, `up to ${tip.number}`)
    const all = new Set(truth)
    const foreign = ids.find(id => !all.has(id))
    if (foreign !== undefined) throw new Error(`not on the branch: ${foreign}`)
  }

  /** In the end the reader has what the canonical chain has. */
  #checkEnd(): void {
    const { kind, reads } = this.#history
    if (this.#from === undefined) throw new Error('the stream has not begun')
    const last = this.#confirmed
    if (last >= (this.#last ?? Infinity)) throw new Error('the stream has not ended')
    const truth = wantedOf(kind, this.#chain.blocks.slice(this.#from, last + 1))
    if (this.#provability !== 'hardly') same(this.#fold.ids, truth, 'the end')
    if (reads === 'pages' && last >= this.#from && this.#fold.block !== last) {
      throw new Error(`stands at ${this.#fold.block}, the chain is at ${last}`)
    }
  }
}

/** Bigints as text. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
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
