/** Makes the recovery of a subscription: `logs` and `newHeads` can be asked for afterwards, other kinds cannot. */

import type { Recover, Recovery as Seam } from '../rpc/recovery.ts'
import { AskLogs } from './ask-logs.ts'
import { Evidence } from './evidence.ts'
import type { LogQuery } from './filter.ts'
import type { Header } from './header.ts'
import { isWord } from './hex.ts'
import { type Position, type RawLog, readPosition } from './log.ts'
import { heightOf } from './outage.ts'
import { type Kind, Recovery, type RecoveryParts } from './recovery.ts'
import { BlockSource, LogSource } from './source.ts'

/** Undefined where what is missed cannot be asked for, or shall not. */
export function createRecovery(
  parts: RecoveryParts,
  kind: string,
  params: string,
  recover: Recover = true,
): Seam | undefined {
  if (recover === false) return undefined
  const maxBlocks = recover === true ? undefined : recover.maxBlocks
  if (kind === 'logs') return new Recovery(parts, LOGS, params, maxBlocks)
  if (kind === 'newHeads') return new Recovery(parts, HEADS, params, maxBlocks)
  return undefined
}

const HEADS: Kind<Header> = {
  name: 'newHeads',
  maxBlocks: 256,
  trail: ({ blocks }) => blocks.toReversed(),
  source: requester => new BlockSource(requester),
  note: (delivered, raw) => {
    const { hash } = Object(raw) as { hash?: unknown }
    const number = heightOf(raw)
    return number === undefined || !isWord(hash) || delivered.addHead({ number, hash })
  },
}

interface Found extends Position {
  readonly raw: RawLog
}

const LOGS: Kind<Found> = {
  name: 'logs',
  maxBlocks: Infinity,
  trail: (_, { trail }) => trail,
  source: (requester, filter) => {
    const nothing = () => {}
    const read = (raw: RawLog): Found => ({ ...readPosition(raw), raw })
    const evidence = new Evidence(nothing)
    const queries = [queryOf(filter)]
    const logs = new AskLogs({ requester, evidence, queries, read, skipped: nothing, duplicate: nothing })
    return new LogSource({ requester, logs, evidence, verify: 'evidence' })
  },
  note: (delivered, raw, isAsked) => {
    const log = Object(raw) as RawLog
    return isAsked ? delivered.add(log, true) : delivered.addLive(log)
  },
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
