/**
 * What an answer is worth beside the header of its block. Blooms are evidence for a match, and only as good as the chain
 * that makes them: where they are too full, missing, or have been caught wrong, a later look has to serve.
 */

import { compare, isTelling, isZero, type Parts, speaksFor } from './bloom.ts'
import type { LogQuery } from './filter.ts'
import type { Block } from './header.ts'
import type { RawLog } from './log.ts'

/**
 * `sound`: the header has nothing against it · `weak`: the header cannot tell; it is to be asked again later ·
 * `explained`: the header speaks of logs that did not come, but would have to because of those that came for another part
 * of the filter; it passes for the moment, and not when it is asked again · `contradicted`: the header speaks of logs that
 * did not come.
 */
export type Verdict = 'sound' | 'weak' | 'explained' | 'contradicted'

/** keccak256(rlp([])): the root of a tree without leaves. */
const NOTHING = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

export class Evidence {
  /** What the blooms of this chain are worth; learnt once for all streams of a client. */
  #worth: 'unknown' | 'good' | 'wrong' = 'unknown'
  readonly #caught: (evidence: string) => void

  /** @param caught told once, when blooms turn out to be wrong */
  constructor(caught: (evidence: string) => void) {
    this.#caught = caught
  }

  get isWrong(): boolean {
    return this.#worth === 'wrong'
  }

  /**
   * The answer to one query for one block.
   *
   * @param others what came for other queries of the same block: the bloom speaks of that too
   */
  judge(block: Block, query: LogQuery, logs: readonly RawLog[], others: readonly RawLog[]): Verdict {
    const { logsBloom: bloom } = block
    if (bloom === undefined || this.#worth === 'wrong') return 'weak'
    const parts = partsOf(query)
    const speaks = speaksFor(bloom, parts)
    if (logs.length > 0) {
      if (!speaks) return this.#catch(block)
      this.#worth = 'good'
      return 'sound'
    }
    if (!isZero(bloom)) this.#worth = 'good'
    // Some chains leave all blooms empty: one that says nothing is believed where another has said something.
    else if (this.#worth === 'unknown' && !isEmpty(block)) return 'weak'
    if (!speaks) return 'sound'
    if (!isTelling(bloom, parts)) return 'weak'
    return explains(others, parts) ? 'explained' : 'contradicted'
  }

  /** All logs of a block. */
  judgeWhole(block: Block, logs: readonly RawLog[]): Verdict {
    const { logsBloom: bloom } = block
    if (bloom === undefined || this.#worth === 'wrong') return 'weak'
    const fit = compare(logs, bloom)
    if (fit === 'equal')
      return isZero(bloom) && this.#worth === 'unknown' && !isEmpty(block) ? 'weak' : 'sound'
    return fit === 'bloom-lacks' || isEmpty(block) ? this.#catch(block) : 'contradicted'
  }

  /** The blooms of other blocks are wrong too, or this one alone: nothing hangs on them any more. */
  #catch({ number }: Block): Verdict {
    this.#worth = 'wrong'
    this.#caught(`The bloom of block ${number} does not fit its logs: blooms are no evidence on this chain.`)
    return 'weak'
  }
}

function partsOf({ address, topics = [] }: LogQuery): Parts {
  return [address ?? null, ...topics].filter(part => part !== null)
}

/** Whether a bloom has to speak so because of these logs. */
function explains(logs: readonly RawLog[], parts: Parts): boolean {
  const entries = new Set<unknown>(logs.flatMap(({ address, topics }) => [address, topics].flat()))
  return logs.length > 0 && parts.every(part => part.some(entry => entries.has(entry)))
}

/** The header itself says that nothing happened in the block. */
function isEmpty({ raw }: Block): boolean {
  const { gasUsed, transactions, transactionsRoot, receiptsRoot } = Object(raw) as Record<string, unknown>
  const none = Array.isArray(transactions) && transactions.length === 0
  return none || gasUsed === '0x0' || transactionsRoot === NOTHING || receiptsRoot === NOTHING
}
