/**
 * Where the chain is: the newest head of the serving endpoint, for all streams of a client.
 *
 * `newHeads` tells; where it is refused, silent or interrupted, the node is asked. A head is what the node said last,
 * not what is highest: what a lower or another head means is for each stream to judge.
 */

import type { ClientClosedError, HoldfastError } from '../errors.ts'
import { pause } from '../pause.ts'
import { closedBy } from '../refuse.ts'
import { SubscriptionRejectedError } from '../rpc/errors.ts'
import { type Block, type BlockRef, readBlock } from './header.ts'
import type { Requester } from './requester.ts'
import { extendTrail } from './trail.ts'

/** Without a head for this many times the usual interval the node is asked. */
const PATIENCE = 3
const LEAST_PATIENCE = 1_000
const MOST_PATIENCE = 15_000
/** Until the usual interval is known. */
const FIRST_PATIENCE = 4_000
/** How much the newest interval counts in the running average. */
const WEIGHT = 0.2

export class Heads {
  readonly #requester: Requester
  readonly #waiting = new Set<() => void>()
  #users = 0
  #stop = new AbortController()
  #latest: Block | undefined
  #arrivedAt = 0
  /** Milliseconds between heads, as a running average. */
  #interval: number | undefined
  #closed: ClientClosedError | undefined
  #trail: readonly BlockRef[] = []

  constructor(requester: Requester) {
    this.#requester = requester
  }

  /** The last heads, one for each height, oldest first. Never changed: another one takes its place. */
  get trail(): readonly BlockRef[] {
    return this.#trail
  }

  /** Listens for as long as anybody does; returns how to stop. */
  use(): () => void {
    this.enter()
    let leave = () => {
      leave = () => {}
      this.leave()
    }
    return () => leave()
  }

  /** Listens until `leave`, which is called once for each `enter`. */
  enter(): void {
    if (this.#users++ === 0) this.#start()
  }

  leave(): void {
    if (--this.#users === 0) this.#halt()
  }

  /**
   * A head other than `seen`; `undefined` if none came within `patience`.
   *
   * @param seen the head that was judged last
   * @param patience milliseconds
   * @throws `signal.reason`, ClientClosedError
   */
  async next(seen: Block | undefined, patience: number, signal: AbortSignal): Promise<Block | undefined> {
    const until = performance.now() + patience
    for (;;) {
      signal.throwIfAborted()
      if (this.#closed !== undefined) throw this.#closed
      if (this.#latest !== undefined && this.#latest.hash !== seen?.hash) return this.#latest
      const left = until - performance.now()
      if (left <= 0) return undefined
      await pause(left, signal, this.#waiting)
    }
  }

  /** Asks the node for its head, now. */
  async refresh(signal: AbortSignal): Promise<Block> {
    const raw = await this.#requester.request('eth_getBlockByNumber', ['latest', false], { signal })
    const block = readBlock(raw, 'eth_getBlockByNumber')
    this.#requester.head(raw)
    this.#arrived(block)
    return block
  }

  /** The client is closed: nobody may wait any longer. */
  close(cause: HoldfastError | undefined): void {
    this.#closed = closedBy(cause)
    this.#stop.abort()
    for (const wake of [...this.#waiting]) wake()
  }

  #start(): void {
    if (this.#closed !== undefined) return
    this.#stop = new AbortController()
    const { signal } = this.#stop
    void this.#listen(signal)
    void this.#watch(signal)
  }

  #halt(): void {
    this.#stop.abort()
    // An old head would pass for news to the next user.
    this.#latest = undefined
    this.#interval = undefined
    this.#trail = []
  }

  /** Subscribes; a node that refuses is asked instead. */
  async #listen(signal: AbortSignal): Promise<void> {
    const renewed = () => void this.ask(signal)
    while (!signal.aborted) {
      try {
        const subscription = await this.#requester.subscribe(['newHeads'], { signal, renewed })
        subscription.on('data', raw => this.#notified(raw, signal))
        return
      } catch (error) {
        if (error instanceof SubscriptionRejectedError) return
        await pause(LEAST_PATIENCE, signal)
      }
    }
  }

  /** Asks at once, and whenever no head has come for longer than usual. */
  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const quietFor = performance.now() - this.#arrivedAt
      if (this.#latest === undefined || quietFor >= this.#patience) await this.ask(signal)
      await pause(Math.max(this.#patience - (performance.now() - this.#arrivedAt), LEAST_PATIENCE), signal)
    }
  }

  get #patience(): number {
    if (this.#interval === undefined) return FIRST_PATIENCE
    return Math.min(MOST_PATIENCE, Math.max(LEAST_PATIENCE, PATIENCE * this.#interval))
  }

  #notified(raw: unknown, signal: AbortSignal): void {
    try {
      this.#arrived(readBlock(raw, 'eth_subscribe'))
    } catch {
      // A head that cannot be read still says that there is one.
      void this.ask(signal)
    }
  }

  /** Never rejects: a node that cannot tell its head now is asked again later; streams notice by the head that stands still. */
  async ask(signal: AbortSignal): Promise<void> {
    try {
      await this.refresh(signal)
    } catch {
      return
    }
  }

  #arrived(block: Block): void {
    const now = performance.now()
    if (block.hash === this.#latest?.hash) return
    if (this.#latest !== undefined) {
      const passed = now - this.#arrivedAt
      this.#interval =
        this.#interval === undefined ? passed : this.#interval + WEIGHT * (passed - this.#interval)
    }
    this.#latest = block
    this.#arrivedAt = now
    this.#trail = extendTrail(this.#trail, block)
    for (const wake of [...this.#waiting]) wake()
  }
}
