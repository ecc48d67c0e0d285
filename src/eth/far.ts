/** What lies deep enough to stand still: in ranges, the next one fetched while the reader works on this one. */

import type { Notice, Stats } from '../stats.ts'
import type { Stretch } from './ask-logs.ts'
import { PageSize } from './page-size.ts'
import type { Requester } from './requester.ts'
import type { Source } from './source.ts'
import { isTooWide } from './trouble.ts'

export interface FarParts<T> {
  readonly requester: Requester
  readonly source: Source<T>
  readonly stats: Stats
  readonly notice: (notice: Omit<Notice, 'endpoint'>) => void
}

/** What was found from one block to another, in order. */
interface Range<T> extends Pick<Stretch<T>, 'first' | 'last'> {
  readonly items: readonly T[]
}

interface Fetch<T> {
  readonly from: number
  readonly to: number
  readonly stretch: Promise<Stretch<T>>
}

export class Far<T> {
  readonly #parts: FarParts<T>
  readonly #size: PageSize
  /** One ahead, never more. */
  #next: Fetch<T> | undefined

  constructor(parts: FarParts<T>) {
    this.#parts = parts
    this.#size = new PageSize(parts.source.mostBlocks, parts.requester)
  }

  /**
   * The next range from that block on.
   *
   * @returns undefined where it was too much: the next try asks for less
   */
  async range(from: number, limit: number, signal: AbortSignal): Promise<Range<T> | undefined> {
    const { requester, stats, notice } = this.#parts
    const ready = this.#next
    this.#next = undefined
    const fetch = ready?.from === from && ready.to <= limit ? ready : this.#fetch(from, limit, signal)
    const blocks = fetch.to - from + 1
    try {
      const { first, last, read, size } = await fetch.stretch
      this.#size.grow(blocks, size)
      if (fetch.to < limit) this.#next = this.#fetch(fetch.to + 1, limit, signal)
      // The node works on the next range while this one is looked into.
      await requester.departed
      const items = read()
      stats.pages++
      return { first, last, items }
    } catch (error) {
      if (!isTooWide(error) || !this.#size.shrink(blocks, error)) throw error
      stats.splits++
      notice({
        kind: 'limit-learnt',
        message: `${blocks} blocks are too much for one eth_getLogs.`,
        detail: error,
      })
      return undefined
    }
  }

  #fetch(from: number, limit: number, signal: AbortSignal): Fetch<T> {
    const to = Math.min(limit, from + this.#size.blocks - 1)
    const stretch = this.#parts.source.ofRange(from, to, signal)
    // Where the stream is left before this is looked at, its failure is nobody's.
    stretch.catch(() => undefined)
    return { from, to, stretch }
  }
}
