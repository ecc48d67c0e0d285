/** Makes the recovery of a subscription: `logs` and `newHeads` can be asked for afterwards, other kinds cannot. */

import type { Recover, Recovery as Seam } from '../rpc/recovery.ts'
import type { Notice, Stats } from '../stats.ts'
import { AskLogs } from './ask-logs.ts'
import { Delivered } from './delivered.ts'
import { Evidence } from './evidence.ts'
import type { LogQuery } from './filter.ts'
import type { BlockRef, Header } from './header.ts'
import { isWord, quantity } from './hex.ts'
import { type Position, type RawLog, readPosition } from './log.ts'
import { type Missing, Recovery, type RecoveryParts } from './recovery.ts'
import { BlockSource, LogSource } from './source.ts'

export interface RecoveriesParts extends RecoveryParts {
  readonly stats: Stats
  readonly notice: (notice: Omit<Notice, 'endpoint'>) => void
}

/** Blocks of heads that are asked for after an outage, unless the user says otherwise. */
const MOST_HEADS = 256

/** Undefined where what is missed cannot be asked for, or shall not. */
export function createRecovery(
  parts: RecoveriesParts,
  [kind, filter]: readonly unknown[],
  recover: Recover = true,
): Seam | undefined {
  if (recover === false) return undefined
  const maxBlocks = recover === true ? undefined : recover.maxBlocks
  if (kind === 'logs') return new Recovery(parts, new MissingLogs(parts, filter, maxBlocks))
  if (kind === 'newHeads') return new Recovery(parts, new MissingHeads(parts, maxBlocks))
  return undefined
}

class MissingHeads implements Missing<Header> {
  readonly kind = 'newHeads'
  readonly delivered: Delivered
  readonly maxBlocks: number
  readonly #parts: RecoveriesParts

  constructor(parts: RecoveriesParts, maxBlocks = MOST_HEADS) {
    this.#parts = parts
    this.maxBlocks = maxBlocks
    this.delivered = new Delivered(parts.stats)
  }

  get trail(): readonly BlockRef[] {
    return this.delivered.blocks.toReversed()
  }

  source(): BlockSource {
    return new BlockSource(this.#parts.requester)
  }

  rawOf({ raw }: Header): unknown {
    return raw
  }

  note(raw: unknown): boolean {
    const { hash } = Object(raw) as { hash?: unknown }
    const number = this.heightOf(raw)
    return number === undefined || !isWord(hash) || this.delivered.addHead({ number, hash })
  }

  heightOf(raw: unknown): number | undefined {
    return quantity(Reflect.get(Object(raw), 'number'))
  }

  gap(message: string): void {
    tellGap(this.#parts, this.kind, message)
  }
}

interface Found extends Position {
  readonly raw: RawLog
}

class MissingLogs implements Missing<Found> {
  readonly kind = 'logs'
  readonly delivered: Delivered
  readonly maxBlocks: number
  readonly #parts: RecoveriesParts
  readonly #filter: unknown

  constructor(parts: RecoveriesParts, filter: unknown, maxBlocks = Infinity) {
    this.#parts = parts
    this.#filter = filter
    this.maxBlocks = maxBlocks
    this.delivered = new Delivered(parts.stats)
  }

  get trail(): readonly BlockRef[] {
    return this.#parts.heads.trail
  }

  source(): LogSource<Found> {
    const nothing = () => {}
    const read = (raw: RawLog): Found => ({ ...readPosition(raw), raw })
    const { requester } = this.#parts
    const evidence = new Evidence(nothing)
    const queries = [queryOf(this.#filter)]
    const logs = new AskLogs({ requester, evidence, queries, read, skipped: nothing, duplicate: nothing })
    return new LogSource({ requester, logs, evidence, verify: 'evidence' })
  }

  rawOf({ raw }: Found): unknown {
    return raw
  }

  note(raw: unknown, isAsked: boolean): boolean {
    const log = Object(raw) as RawLog
    return isAsked ? this.delivered.add(log, true) : this.delivered.addLive(log)
  }

  heightOf(raw: unknown): number | undefined {
    return quantity(Reflect.get(Object(raw), 'blockNumber'))
  }

  gap(message: string): void {
    tellGap(this.#parts, this.kind, message)
  }
}

function tellGap({ notice }: RecoveriesParts, kind: string, message: string): void {
  notice({ kind: 'gap', message, detail: { kind } })
}

/** What `eth_subscribe` was given, as answers are compared with it: an empty list means any, as nodes have it. */
function queryOf(filter: unknown): LogQuery {
  const { address, topics } = Object(filter) as { address?: unknown; topics?: unknown }
  const list = (value: unknown) => {
    const words = [value ?? []].flat().map(word => String(word).toLowerCase() as `0x${string}`)
    return words.length === 0 ? null : words
  }
  const addresses = list(address)
  return {
    ...(addresses !== null && { address: addresses }),
    ...(Array.isArray(topics) && { topics: topics.map(list) }),
  }
}
