/**
 * A node that does to its clients what real nodes and gateways do, all by one seed: lagging backends, `[]` for what it
 * does not know, logs that are indexed late, limits, dropped and doubled notifications, rate limits.
 */

import { pick, type Random, randomFrom } from './random.ts'
import { type BloomStyle, type LogIndexStyle, type SimBlock, SimChain } from './sim-chain.ts'
import {
  type LogQuery,
  matches,
  NO_ANSWER,
  SimCut,
  SimNode,
  type SimRequest,
  SimRpcError,
} from './sim-node.ts'

export interface RateWording {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

export interface Traits {
  readonly seed: number
  readonly blooms: BloomStyle
  readonly logIndex: LogIndexStyle
  /** How many versions of the chain the backends are behind; which one answers is drawn. */
  readonly lags: readonly number[]
  /** Members of a batch are answered by different backends. */
  readonly splitsBatches: boolean
  readonly batches: SimNode['batches']
  /** Milliseconds until the logs of a new block are found; `[]` until then. */
  readonly indexLag: number
  readonly unknownHash: 'error' | 'empty'
  readonly byHash: 'answered' | 'refused' | 'ignored'
  readonly pastHead: 'error' | 'short'
  /** Chance that a notification is lost, and that it comes twice. */
  readonly droppedHeads: number
  readonly doubledHeads: number
  /** Chance that an older head is told after a newer one. */
  readonly staleHeads: number
  /** What one range may have; where there are no words for it the line is cut (1009). */
  readonly limit:
    | { readonly blocks?: number; readonly logs?: number; readonly wording: string | undefined }
    | undefined
  /** Chance of a rate limit, and of no answer at all. */
  readonly rateLimited: number
  readonly unanswered: number
  /** What is said of too many requests. */
  readonly rateWording: RateWording
  /** Chance that the line is cut instead of a frame's answer. */
  readonly cuts: number
  /** Blocks below the head of which logs (and headers) are kept. */
  readonly keeps: number
  /** What is said of the logs of others, in words or as an empty list; and whether their headers are there. */
  readonly pruned: { readonly wording: string | undefined; readonly headers: boolean }
  readonly finality: number | undefined
  readonly latency: readonly [number, number]
  /** Milliseconds. */
  readonly blockTime: number
}

export const TAME: Traits = {
  seed: 1,
  blooms: 'good',
  logIndex: 'block',
  lags: [0],
  splitsBatches: false,
  batches: 'answered',
  indexLag: 0,
  unknownHash: 'error',
  byHash: 'answered',
  pastHead: 'error',
  droppedHeads: 0,
  doubledHeads: 0,
  staleHeads: 0,
  limit: undefined,
  rateLimited: 0,
  unanswered: 0,
  rateWording: { code: -32005, message: 'daily request count exceeded, request rate limited' },
  cuts: 0,
  keeps: Infinity,
  pruned: { wording: 'pruned history unavailable', headers: true },
  finality: 64,
  latency: [10, 10],
  blockTime: 12_000,
}

/**
 * How far the answers of such a node can be checked: `at-once`, by what comes with them; `later`, by asking again; or
 * `hardly`: what is delivered is right, but something may be missing.
 *
 * @param queries how many make up the filter: a log that came for one explains a bloom that speaks for another too
 */
export function provability(
  { blooms, lags, indexLag, unknownHash, byHash, pastHead, splitsBatches, batches, rateLimited }: Traits,
  queries: number,
) {
  // What is asked again for itself, because of a rate limit, is answered at another moment.
  const isOneMoment = indexLag === 0 || (!splitsBatches && batches === 'answered' && rateLimited === 0)
  const isOneAnswer = queries === 1 || (isOneMoment && isOneView({ lags, splitsBatches, batches }))
  if (blooms === 'good') return isOneAnswer ? 'at-once' : 'later'
  // By number it may even be another block of the same number.
  const isByHash = byHash === 'answered' && unknownHash === 'error'
  const isLate = indexLag > 0
  if (!isOneView({ lags, splitsBatches, batches }) && (!isByHash || (isLate && pastHead === 'short')))
    return 'hardly'
  return isLate || byHash === 'ignored' ? 'later' : 'at-once'
}

/** Whether header and logs come from one backend. */
export function isOneView({
  lags,
  splitsBatches,
  batches,
}: Pick<Traits, 'lags' | 'splitsBatches' | 'batches'>) {
  return lags.every(lag => lag === 0) || (!splitsBatches && batches === 'answered')
}

/** What is so deep stands still, and is indexed. */
export const DEEP = 64
/** Milliseconds until the last backend has heard of a change. */
const LONGEST_LAG = 20_000

export class HostileNode {
  readonly node: SimNode
  readonly random: Random
  readonly #traits: Traits
  /** The chain as it was after each change, newest last. */
  readonly #versions: { readonly blocks: readonly SimBlock[]; readonly at: number }[] = []
  readonly #madeAt = new Map<SimBlock, number>()
  #lag = 0
  #healed = false
  #frozen: readonly SimBlock[] | undefined

  /** @param chain where it is shared with another node */
  constructor(traits: Traits, chain = chainOf(traits)) {
    this.#traits = traits
    this.random = randomFrom(traits.seed)
    this.node = new SimNode(chain)
    this.node.finality = traits.finality
    this.node.batches = traits.batches
    this.node.beforeFrame = () => {
      const [from, to] = traits.latency
      this.node.latency = from + Math.floor(this.random() * (to - from + 1))
      this.#lag = pick(this.random, traits.lags)
      if (this.#happens(traits.cuts)) throw new SimCut()
    }
    this.node.viewFor = () => this.#view
    this.node.bend = request => this.#bend(request)
    this.changed()
  }

  get chain(): SimChain {
    return this.node.chain
  }

  /** After every change of the chain. */
  changed(): void {
    const now = performance.now()
    for (const block of this.chain.blocks) if (!this.#madeAt.has(block)) this.#madeAt.set(block, now)
    this.#versions.push({ blocks: [...this.chain.blocks], at: now })
    if (this.#versions.length > 8) this.#versions.shift()
  }

  /** What was there before the client: indexed long ago. */
  settle(): void {
    for (const block of this.chain.blocks) this.#madeAt.set(block, -Infinity)
    this.#versions.splice(0, Infinity, { blocks: [...this.chain.blocks], at: -Infinity })
  }

  announce(block: SimBlock = this.chain.head): void {
    if (this.#frozen !== undefined) return
    if (this.#healed || this.random() >= this.#traits.droppedHeads) this.node.announce(block)
    if (!this.#healed && this.random() < this.#traits.doubledHeads) this.node.announce(block)
    const older = this.chain.byHash(block.parentHash)
    if (older !== undefined && this.#happens(this.#traits.staleHeads)) this.node.announce(older)
  }

  /** Hears nothing of the chain any more, or of everything again. */
  freeze(): void {
    this.#frozen = this.#frozen === undefined ? [...this.chain.blocks] : undefined
  }

  #happens(chance: number): boolean {
    return chance > 0 && !this.#healed && this.random() < chance
  }

  /** No more lies, but for what the software cannot do better. */
  heal(): void {
    this.#healed = true
    this.#frozen = undefined
    this.node.isUp = true
    this.node.pushesHeads = true
  }

  get #view(): readonly SimBlock[] {
    if (this.#healed) return this.chain.blocks
    if (this.#frozen !== undefined) return this.#frozen
    if (this.#traits.splitsBatches) this.#lag = pick(this.random, this.#traits.lags)
    let i = Math.max(0, this.#versions.length - 1 - this.#lag)
    const long = performance.now() - LONGEST_LAG
    while ((this.#versions[i + 1]?.at ?? Infinity) < long) i++
    // Where several backends answer one question, nobody is so late as to have another block where the chain stands still.
    const still = isOneView(this.#traits) ? undefined : this.chain.blocks.at(-1 - DEEP)
    while (i < this.#versions.length - 1 && still && this.#versions[i]?.blocks[still.number] !== still) i++
    return this.#versions[i]?.blocks ?? this.chain.blocks
  }

  #bend({ method, params }: SimRequest): unknown {
    const { rateLimited, unanswered } = this.#traits
    const isRead = method.startsWith('eth_get')
    if (isRead && !this.#healed && this.random() < unanswered) return NO_ANSWER
    if (isRead && !this.#healed && this.random() < rateLimited) {
      const { code, message, data } = this.#traits.rateWording
      throw new SimRpcError(code, message, data)
    }
    if (method === 'eth_getBlockByNumber' && this.#isPruned(Number(params[0]), false)) return null
    if (method !== 'eth_getLogs') return undefined
    const query = params[0] as LogQuery
    return query.blockHash === undefined ? this.#range(query) : this.#byHash(query)
  }

  #byHash(query: LogQuery): unknown {
    const { byHash, unknownHash } = this.#traits
    const view = this.#view
    if (byHash === 'refused')
      throw new SimRpcError(-32602, 'blockHash is not supported in eth_getLogs filter')
    if (byHash === 'ignored') return view.at(-1)?.logs.filter(log => matches(log, query)) ?? []
    const block = this.chain.byHash(String(query.blockHash))
    const isKnown = block !== undefined && (view[block.number] === block || !view.includes(block))
    if (block === undefined || !isKnown || block.number >= view.length) {
      if (unknownHash === 'error') throw new SimRpcError(-32000, 'unknown block')
      return []
    }
    if (this.#isPruned(block.number, true)) return this.#refuseForGood()
    return this.#indexed([block], query)
  }

  #isPruned(number: number, isLogs: boolean): boolean {
    const { keeps, pruned } = this.#traits
    return (isLogs || !pruned.headers) && number < this.chain.head.number + 1 - keeps
  }

  #refuseForGood(): readonly [] {
    const { wording } = this.#traits.pruned
    if (wording === undefined) return []
    throw new SimRpcError(4444, wording)
  }

  #range(query: LogQuery): unknown {
    const { limit, pastHead } = this.#traits
    const view = this.#view
    const [from, to] = [Number(query.fromBlock), Number(query.toBlock)]
    if (limit?.blocks !== undefined && to - from + 1 > limit.blocks) throw tooMuch(limit.wording)
    if (to >= view.length && pastHead === 'error') {
      throw new SimRpcError(-32602, 'block range extends beyond current head block')
    }
    if (this.#isPruned(from, true)) return this.#refuseForGood()
    const logs = this.#indexed(view.slice(from, to + 1), query)
    if (limit?.logs !== undefined && to > from && logs.length > limit.logs) throw tooMuch(limit.wording)
    return logs
  }

  #indexed(blocks: readonly SimBlock[], query: LogQuery) {
    const limit = this.#healed ? Infinity : performance.now() - this.#traits.indexLag
    // However late a node is, it does not fall behind the head by more than a stream asks for one by one: ranges are not
    // compared with blooms. Behind a gateway that is the newest backend's head, by which a stream tells near from deep.
    const deep = Math.max(this.#view.length, this.chain.blocks.length) - 1 - DEEP
    return blocks
      .filter(block => block.number <= deep || (this.#madeAt.get(block) ?? 0) <= limit)
      .flatMap(({ logs }) => logs.filter(log => matches(log, query)))
  }
}

function chainOf({ blooms, logIndex }: Traits): SimChain {
  const chain = new SimChain()
  chain.bloomStyle = blooms
  chain.logIndexStyle = logIndex
  return chain
}

function tooMuch(wording: string | undefined): Error {
  return wording === undefined ? new SimCut(1009) : new SimRpcError(-32005, wording)
}
