/** What happened to the line, and to the chain: the data of the timeline. */

import type { ConnectionState, HoldfastError } from 'holdfast'

/** The line was in one state for a while; `to` is undefined for the state of now. Epoch milliseconds. */
export interface Stretch {
  readonly status: ConnectionState['status']
  readonly from: number
  readonly to: number | undefined
}

/** A page arrived. */
export interface Arrival {
  readonly at: number
  readonly transfers: number
  readonly origin: 'live' | 'filled'
}

/** One line of the list of events. */
export type Happening = { readonly key: number; readonly at: number } & (
  | { readonly what: 'connecting' }
  | { readonly what: 'open'; readonly endpoint: string; readonly chainId: number | undefined }
  /** The line fell, or a handshake was refused; one line for all attempts until it is open again. */
  | {
      readonly what: 'trouble'
      /** What began it. */
      readonly first: HoldfastError
      /** What went wrong last. */
      readonly error: HoldfastError
      readonly attempts: number
      /** Undefined while an attempt is under way. */
      readonly retryAt: number | undefined
      readonly backAt: number | undefined
    }
  | {
      readonly what: 'gap'
      readonly fromBlock: number
      readonly toBlock: number
      readonly transfers: number
      readonly filledAt: number | undefined
    }
  | {
      readonly what: 'reorg'
      readonly fromBlock: number
      readonly toBlock: number
      readonly transfers: number
    }
  | { readonly what: 'ended'; readonly error: unknown }
)

type Told<T> = T extends unknown ? Omit<T, 'key' | 'at'> : never

/** How much of the past the strip shows, in milliseconds. */
export const SPAN = 60_000
const MOST_HAPPENINGS = 100

export class Journal {
  state: ConnectionState = { status: 'idle' }
  stretches: readonly Stretch[] = []
  arrivals: readonly Arrival[] = []
  /** Newest first. */
  happenings: readonly Happening[] = []
  /** Since the beginning, however much of it is still listed. */
  readonly totals = { connections: 0, gaps: 0, filled: 0, reorgs: 0, takenBack: 0 }
  #keys = 0

  enter(state: ConnectionState, now: number): void {
    this.state = state
    const before = this.stretches.map(each => ({ ...each, to: each.to ?? now }))
    const recent = before.filter(({ to }) => to > now - SPAN)
    this.stretches = [...recent, { status: state.status, from: now, to: undefined }]
    const trouble = this.#trouble
    if (state.status === 'connecting') {
      if (trouble === undefined) this.#tell({ what: 'connecting' }, now)
      else this.#revise(trouble.key, { ...trouble, attempts: trouble.attempts + 1, retryAt: undefined })
    } else if (state.status === 'open') {
      this.totals.connections++
      if (trouble !== undefined) this.#revise(trouble.key, { ...trouble, retryAt: undefined, backAt: now })
      const { endpoint = '', chainId } = state
      if (trouble === undefined) this.#tell({ what: 'open', endpoint, chainId }, now)
    } else if (state.status === 'waiting') {
      const { error, retryAt } = state
      if (trouble !== undefined) this.#revise(trouble.key, { ...trouble, error, retryAt })
      else this.#tell({ what: 'trouble', first: error, error, attempts: 0, retryAt, backAt: undefined }, now)
    }
  }

  arrive(arrival: Arrival): void {
    const recent = this.arrivals.filter(({ at }) => at > arrival.at - SPAN)
    this.arrivals = [...recent, arrival]
  }

  gap(fromBlock: number, toBlock: number, now: number): void {
    const gap = this.#gap
    // Torn again before anything came through: one gap, and a longer one.
    if (gap !== undefined) this.#revise(gap.key, { ...gap, toBlock })
    else this.#tell({ what: 'gap', fromBlock, toBlock, transfers: 0, filledAt: undefined }, now)
  }

  /** The stream has come to block `tip`; `count` tells how many transfers stand in a range. */
  fill(tip: number, count: (from: number, to: number) => number, now: number): void {
    const gap = this.#gap
    if (gap === undefined) return
    const transfers = count(gap.fromBlock, gap.toBlock)
    const filledAt = tip >= gap.toBlock ? now : undefined
    this.#revise(gap.key, { ...gap, transfers, filledAt })
    if (filledAt === undefined) return
    this.totals.gaps++
    this.totals.filled += transfers
  }

  reorg(fromBlock: number, toBlock: number, transfers: number, now: number): void {
    this.totals.reorgs++
    this.totals.takenBack += transfers
    this.#tell({ what: 'reorg', fromBlock, toBlock, transfers }, now)
  }

  end(error: unknown, now: number): void {
    this.#tell({ what: 'ended', error }, now)
  }

  /** The trouble that is not over. */
  get #trouble() {
    const latest = this.happenings.find(each => each.what === 'trouble')
    return latest?.backAt === undefined ? latest : undefined
  }

  /** The gap that is not filled yet. */
  get #gap() {
    const latest = this.happenings.find(each => each.what === 'gap')
    return latest?.filledAt === undefined ? latest : undefined
  }

  #tell(happening: Told<Happening>, at: number): void {
    const told = { ...happening, key: ++this.#keys, at }
    this.happenings = [told, ...this.happenings].slice(0, MOST_HAPPENINGS)
  }

  #revise(key: number, happening: Happening): void {
    this.happenings = this.happenings.map(each => (each.key === key ? happening : each))
  }
}
