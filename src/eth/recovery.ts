/**
 * A subscription that loses nothing with a line: after it came back, it asks for what was missed since the last block
 * that is known to be whole, takes back what left the chain meanwhile, and then lets pass what comes by itself.
 *
 * This heals outages. A notification that a node never sends is not missed here: streams are for that.
 */

import { pause } from '../pause.ts'
import type { Recovery as Seam } from '../rpc/recovery.ts'
import { hashPrefix } from './cursor.ts'
import type { Delivered } from './delivered.ts'
import { Doubt } from './doubt.ts'
import { findFork } from './fork.ts'
import { type Block, type BlockRef, readBlock } from './header.ts'
import type { Heads } from './heads.ts'
import { Outage } from './outage.ts'
import type { Requester } from './requester.ts'
import { lookUp, type Source } from './source.ts'
import { extendTrail } from './trail.ts'
import { isTooWide } from './trouble.ts'

export interface RecoveryParts {
  readonly requester: Requester
  readonly heads: Heads
  /** Items kept while older ones are asked for. */
  readonly limit: number
  /** Milliseconds. */
  readonly stallTimeout: number
}

/** What is recovered: logs, or heads. */
export interface Missing<T> {
  readonly kind: string
  readonly maxBlocks: number
  readonly delivered: Delivered
  /** Blocks up to which everything was delivered, oldest first; none where only the beginning is known. */
  readonly trail: readonly BlockRef[]
  source(): Source<T>
  /** The node's own object in an item. */
  rawOf(item: T): unknown
  /** Notes an item; false where it was delivered before. */
  note(raw: unknown, isAsked: boolean): boolean
  /** The number of an item's block. */
  heightOf(raw: unknown): number | undefined
  gap(message: string): void
}

/** What came of the last blocks before a line fell may not have been all: they are asked for again. */
const OVERLAP = 2
/** Milliseconds that a subscriber waits for the first head. */
const PATIENCE = 5_000
/** Milliseconds until a node that lags behind is asked again. */
const PACE = 1_000

type State<T> =
  | { readonly status: 'live' }
  | { readonly status: 'down' | 'behind'; readonly outage: Outage<T> }

const LIVE = { status: 'live' } as const

export class Recovery<T> implements Seam {
  readonly #parts: RecoveryParts
  readonly #missing: Missing<T>
  #release: (() => void) | undefined
  #stop: AbortController | undefined
  /** The head when it began: what comes after is ours to tell. */
  #start: BlockRef | undefined
  #state: State<T> = LIVE

  constructor(parts: RecoveryParts, missing: Missing<T>) {
    this.#parts = parts
    this.#missing = missing
  }

  get isBehind(): boolean {
    return this.#state.status === 'behind'
  }

  async begin(): Promise<void> {
    const { heads } = this.#parts
    this.#release = heads.use()
    try {
      // What is missed is missed since this head. Without it, that is a gap notice later.
      const head = await heads.next(undefined, PATIENCE, this.#signal)
      this.#start = head && { number: head.number, hash: head.hash }
    } catch {
      return
    } finally {
      // Of thousands of quiet subscriptions none needs one.
      this.#stop = undefined
    }
  }

  end(): void {
    this.#release?.()
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
    if (this.#state.status === 'live') return this.#missing.note(raw, false)
    this.#state.outage.hold(raw)
    return false
  }

  surplus(raw: unknown): void {
    if (this.#state.status !== 'live') return this.#state.outage.hold(raw)
    const height = this.#missing.heightOf(raw) ?? Infinity
    const outage = this.#begins(this.#trail.filter(({ number }) => number < height))
    outage.hold(raw)
    this.#state = { status: 'behind', outage }
  }

  async more(give: (raw: unknown) => void): Promise<void> {
    if (this.#state.status !== 'behind') return
    const { outage } = this.#state
    try {
      await this.#step(outage, give)
    } catch (error) {
      this.#signal.throwIfAborted()
      await pause(outage.trouble.judge(error, outage.next ?? 0), this.#signal)
    }
  }

  #begins(trail: readonly BlockRef[]): Outage<T> {
    const { heightOf } = this.#missing
    return new Outage({ ...this.#parts, source: this.#missing.source(), heightOf }, trail)
  }

  get #trail(): readonly BlockRef[] {
    const { trail } = this.#missing
    return trail.length > 0 || this.#start === undefined ? trail : [this.#start]
  }

  get #signal(): AbortSignal {
    this.#stop ??= new AbortController()
    return this.#stop.signal
  }

  async #step(outage: Outage<T>, give: (raw: unknown) => void): Promise<void> {
    const { line } = outage
    const head = await this.#latest()
    if (outage.isLagging(head)) return pause(PACE, this.#signal)
    if (outage.next === undefined) return this.#turn(outage, head, give)
    if (outage.next <= head.number) return this.#fetch(outage, outage.next, head, give)
    const last = outage.trail.at(-1)
    if (last?.number === head.number && last.hash !== head.hash) outage.next = undefined
    else if (line === outage.line && this.#state.status === 'behind') {
      this.#state = LIVE
      for (const raw of outage.held) if (this.#missing.note(raw, false)) give(raw)
    }
  }

  /** Finds where the chain and what was delivered part, and takes back what is above. */
  async #turn(outage: Outage<T>, head: Block, give: (raw: unknown) => void): Promise<void> {
    const { requester } = this.#parts
    const { delivered, maxBlocks } = this.#missing
    const gap = (message: string) => this.#missing.gap(message)
    const ancestors = outage.trail.map(({ number, hash }) => ({ number, hashPrefix: hashPrefix(hash) }))
    const fork = await findFork(requester, ancestors.toReversed(), this.#signal)
    const oldest = outage.trail[0]
    const base = fork?.number ?? (oldest === undefined ? head.number : oldest.number - 1)
    if (oldest === undefined) gap('The head at which the line fell is not known.')
    else if (fork === undefined || base < delivered.forgotten)
      gap(`The chain left what was delivered at block ${base}, deeper than is remembered.`)
    const seen = new Map(outage.trail.map(({ number, hash }) => [number, hash]))
    const doubtful = delivered.withLogs.filter(
      ({ number, hash }) => number > base || (seen.get(number) ?? hash) !== hash,
    )
    const numbers = doubtful.map(({ number }) => number)
    const now = await lookUp(requester, numbers, this.#signal)
    const gone = doubtful.filter(({ hash }, i) => now[i]?.hash !== hash)
    for (const { hash } of gone) for (const raw of delivered.takeBack(hash)) give({ ...raw, removed: true })
    outage.trail = outage.trail.filter(({ number }) => number <= base)
    outage.next = Math.max(base + 1 - OVERLAP, Math.min((this.#start?.number ?? base) + 1, base + 1))
    const first = head.number - maxBlocks + 1
    if (first <= base + 1) return
    gap(`Blocks ${base + 1} to ${first - 1} are more than recover.maxBlocks ago.`)
    outage.next = first
  }

  async #fetch(outage: Outage<T>, from: number, head: Block, give: (raw: unknown) => void): Promise<void> {
    const { source, size, trouble } = outage
    // What is asked for again ends with the block that it hangs on: had that changed meanwhile, one begins anew.
    const base = outage.trail.at(-1)?.number ?? -1
    const to = Math.min(head.number, from + size.blocks - 1, from <= base ? base : Infinity)
    try {
      const { first, last, items, size: characters } = await source.ofRange(from, to, this.#signal)
      const top = outage.trail.at(-1)
      const told = new Set(items.map(item => Reflect.get(Object(this.#missing.rawOf(item)), 'blockHash')))
      const isOff =
        (top?.number === from - 1 && top.hash !== first.parentHash) ||
        (top?.number === last.number && top.hash !== last.hash) ||
        this.#missing.delivered.withLogs.some(
          ({ number, hash }) => number >= from && number <= to && !told.has(hash),
        )
      if (isOff) {
        outage.next = undefined
        throw new Doubt('contradiction', `blocks ${from} to ${to} are not those that were delivered`)
      }
      trouble.over()
      size.grow(to - from + 1, characters)
      outage.trail = extendTrail(outage.trail, last)
      outage.next = last.number + 1
      for (const item of items) {
        const raw = this.#missing.rawOf(item)
        if (this.#missing.note(raw, true)) give(raw)
      }
    } catch (error) {
      if (!isTooWide(error) || !size.shrink(to - from + 1, error)) throw error
    }
  }

  async #latest(): Promise<Block> {
    const { requester } = this.#parts
    const raw = await requester.request('eth_getBlockByNumber', ['latest', false], { signal: this.#signal })
    return readBlock(raw, 'eth_getBlockByNumber')
  }
}
