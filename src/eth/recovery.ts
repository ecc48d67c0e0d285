/**
 * A subscription that loses nothing with a line: after it came back, a stream goes on from the last block that is known
 * to be whole. It tells what was missed and what left the chain; then what comes by itself passes again.
 *
 * This heals outages. A notification that a node never sends is not missed here: streams are for that.
 */

import { pause } from '../pause.ts'
import type { Recovery as Seam } from '../rpc/recovery.ts'
import { emptyStats, type Notice, type Stats } from '../stats.ts'
import { hashPrefix } from './cursor.ts'
import { Delivered } from './delivered.ts'
import { Follower } from './follow.ts'
import type { Block, BlockRef } from './header.ts'
import type { Heads } from './heads.ts'
import { heightOf, Outage, type Resumed } from './outage.ts'
import type { Page } from './page.ts'
import type { Requester } from './requester.ts'
import { lookUp, type Source } from './source.ts'
import { Window } from './window.ts'

export interface RecoveryParts {
  readonly requester: Requester
  readonly heads: Heads
  /** Items kept while older ones are asked for. */
  readonly limit: number
  /** Milliseconds. */
  readonly stallTimeout: number
  readonly stats: Stats
  readonly notice: (notice: Omit<Notice, 'endpoint'>) => void
}

/** What is recovered: logs, or heads. */
export interface Kind<T> {
  readonly name: string
  /** How many blocks are asked for at most, unless the user says otherwise. */
  readonly maxBlocks: number
  /** Blocks up to which everything was delivered, oldest first; none where only the beginning is known. */
  trail(delivered: Delivered, heads: Heads): readonly BlockRef[]
  source(requester: Requester, filter: unknown): Source<T>
  /** Notes an item; false where it was delivered before. */
  note(delivered: Delivered, raw: unknown, isAsked: boolean): boolean
}

/** What came of the last blocks before a line fell may not have been all: they are asked for again. */
const OVERLAP = 2
/** The newest blocks are asked for one by one, against their headers: a node may not have their logs yet, or another may answer. */
const NEAR = 16
/** Milliseconds that a subscriber waits for the first head. */
const PATIENCE = 5_000
/** Milliseconds until a node that lags behind, or does not tell its head, is asked again. */
const PACE = 1_000

type State<T> =
  | { readonly status: 'live' }
  | { readonly status: 'down' | 'behind'; readonly outage: Outage<T> }

const LIVE = { status: 'live' } as const

type Give = (raw: unknown) => void

export class Recovery<T extends { readonly raw: unknown }> implements Seam {
  readonly #parts: RecoveryParts
  readonly #kind: Kind<T>
  /** As JSON. */
  readonly #params: string
  readonly #maxBlocks: number | undefined
  #made: Delivered | undefined
  #stop: AbortController | undefined
  /** The head when it began: what comes after is ours to tell. */
  #start: BlockRef | undefined
  #state: State<T> = LIVE

  constructor(parts: RecoveryParts, kind: Kind<T>, params: string, maxBlocks: number | undefined) {
    this.#parts = parts
    this.#kind = kind
    this.#params = params
    this.#maxBlocks = maxBlocks
  }

  /** Made when it is needed: most subscriptions of thousands are quiet. */
  get #delivered(): Delivered {
    return (this.#made ??= new Delivered(this.#parts.stats))
  }

  get isBehind(): boolean {
    return this.#state.status === 'behind'
  }

  async begin(): Promise<void> {
    const { heads } = this.#parts
    heads.enter()
    try {
      // What is missed is missed since this head. Without it, that is a gap notice later.
      await heads.next(undefined, PATIENCE, this.#signal)
      this.#start = heads.trail.at(-1)
    } catch {
      return
    } finally {
      // Of thousands of quiet subscriptions none needs one.
      this.#stop = undefined
    }
  }

  end(): void {
    this.#parts.heads.leave()
    this.#stop?.abort()
  }

  lost(): void {
    const outage = this.#state.status === 'live' ? this.#begins(this.#trail) : this.#state.outage
    outage.letGo()
    this.#state = { status: 'down', outage }
  }

  renewed(): void {
    if (this.#state.status !== 'down') return
    const { outage } = this.#state
    outage.line++
    this.#state = { status: 'behind', outage }
  }

  takes(raw: unknown): boolean {
    if (this.#state.status === 'live') return this.#note(raw, false)
    this.#state.outage.hold(raw)
    return false
  }

  surplus(raw: unknown): void {
    if (this.#state.status !== 'live') return this.#state.outage.hold(raw)
    const height = heightOf(raw) ?? Infinity
    const outage = this.#begins(this.#trail.filter(({ number }) => number < height))
    outage.hold(raw)
    this.#state = { status: 'behind', outage }
  }

  async more(give: Give): Promise<void> {
    if (this.#state.status !== 'behind') return
    const { outage } = this.#state
    const { line } = outage
    const signal = this.#signal
    const head = await this.#parts.heads.refresh(signal).catch(() => undefined)
    signal.throwIfAborted()
    const lower = head && outage.judge(head)
    if (head === undefined || lower === 'lagging') return pause(PACE, signal)
    if (lower === 'wound back') {
      const above = ({ number }: BlockRef) => number > head.number
      this.#takeBack(this.#delivered.withLogs.filter(above), give)
      outage.windBack(head.number)
    }
    const { window, follower } = (outage.stream ??= this.#resume(outage.trail, head, give))
    if (!window.covers(head)) {
      const page = await follower.next(signal)
      if (page !== undefined) this.#tell(page, outage.trail, give)
    } else if (line === outage.line && this.#state.status === 'behind') {
      this.#state = LIVE
      for (const raw of outage.held) if (this.#note(raw, false)) give(raw)
    }
  }

  #note(raw: unknown, isAsked: boolean): boolean {
    return this.#kind.note(this.#delivered, raw, isAsked)
  }

  #begins(trail: readonly BlockRef[]): Outage<T> {
    return new Outage(trail, this.#parts.limit, this.#parts.stallTimeout)
  }

  get #trail(): readonly BlockRef[] {
    const trail = this.#kind.trail(this.#delivered, this.#parts.heads)
    return trail.length > 0 || this.#start === undefined ? trail : [this.#start]
  }

  get #signal(): AbortSignal {
    this.#stop ??= new AbortController()
    return this.#stop.signal
  }

  /** Goes on where the trail is sure: not where it may be incomplete, or contradicts what was delivered. */
  #resume(trail: readonly BlockRef[], head: Block, give: Give): Resumed<T> {
    const { number: top } = trail.at(-1) ?? head
    const start = this.#start?.number ?? top
    // A reorg may have told of blocks below the beginning, and of their heads only the last.
    const isOdd = ({ number, hash }: BlockRef) =>
      number <= Math.min(trail[0]?.number ?? start, start) ||
      trail.some(each => each.number === number && each.hash !== hash)
    const odd = this.#delivered.withLogs.filter(isOdd).map(({ number }) => number - 1)
    const first = Math.min(top, start, ...odd)
    const sure = trail.filter(({ number }) => number <= Math.min(Math.max(top - OVERLAP, first), ...odd))
    const skipped = head.number - (this.#maxBlocks ?? this.#kind.maxBlocks)
    if (trail.length === 0) this.#gap('The head at which the line fell is not known.')
    if (skipped > top) this.#gap(`Blocks ${top + 1} to ${skipped} are more than recover.maxBlocks ago.`)
    const isBlind = skipped > top || sure.length === 0
    const known = isBlind ? [{ number: Math.max(first, skipped), hash: '' }] : sure.toReversed()
    const window = new Window<T>(known.map(({ number, hash }) => ({ number, hashPrefix: hashPrefix(hash) })))
    const from = (known.at(-1) ?? window.tip).number + 1
    const course = { chainId: 0, from, to: Infinity, window, start: window.tip.number, doubted: false }
    const follower = new Follower<T>({
      ...this.#parts,
      source: this.#kind.source(this.#parts.requester, JSON.parse(this.#params)[1]),
      // What is delivered is counted where that is noted.
      stats: emptyStats(),
      suspicion: () => 0,
      filter: '',
      begin: async signal => {
        if (skipped > top) await this.#checkAll(give, signal)
        return course
      },
      confirmations: 1,
      near: NEAR,
    })
    return { window, follower }
  }

  /** First what left the chain, newest first: what lies above the fork, or in blocks that are others now. */
  #tell({ rollback, items, fromBlock, toBlock }: Page<T>, trail: readonly BlockRef[], give: Give): void {
    const delivered = this.#delivered
    const told = new Set(items.map(({ raw }) => Reflect.get(Object(raw), 'blockHash')))
    const base = rollback?.blockNumber ?? Infinity
    const [oldest] = trail
    if (base < delivered.forgotten || (base === oldest?.number && rollback?.blockHash !== oldest.hash))
      this.#gap(`The chain left what was delivered at block ${base}, deeper than is remembered.`)
    const gone = delivered.withLogs.filter(
      ({ number, hash }) => number > base || (number >= fromBlock && number <= toBlock && !told.has(hash)),
    )
    this.#takeBack(gone, give)
    for (const { raw } of items) if (this.#note(raw, true)) give(raw)
  }

  /** What lies below the first block that is asked for may have left the chain as well. */
  async #checkAll(give: Give, signal: AbortSignal): Promise<void> {
    const all = this.#delivered.withLogs
    const numbers = all.map(({ number }) => number)
    const now = await lookUp(this.#parts.requester, numbers, signal)
    this.#takeBack(
      all.filter(({ hash }, i) => now[i]?.hash !== hash),
      give,
    )
  }

  #takeBack(blocks: readonly BlockRef[], give: Give): void {
    for (const { hash } of blocks)
      for (const raw of this.#delivered.takeBack(hash)) give({ ...raw, removed: true })
  }

  #gap(message: string): void {
    this.#parts.notice({ kind: 'gap', message, detail: { kind: this.#kind.name } })
  }
}
