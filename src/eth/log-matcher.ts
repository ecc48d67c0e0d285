/** Whether a log is what a query asked for: a node that ignores a part of the filter must not pass. */

import type { LogQuery } from './filter.ts'
import type { RawLog } from './log.ts'

export type LogMatcher = (raw: RawLog) => boolean

export function matcherOf({ address, topics = [] }: LogQuery): LogMatcher {
  const addresses = address && new Set<unknown>(address)
  const wanted = topics.map(topic => topic && new Set<unknown>(topic))
  return raw => {
    if (addresses !== undefined && !has(addresses, raw.address)) return false
    const given = raw.topics
    if (!Array.isArray(given) || given.length < wanted.length) return false
    for (let i = 0; i < wanted.length; i++) {
      const words = wanted[i]
      if (words && !has(words, given[i])) return false
    }
    return true
  }
}

/** Nodes write lower case; those that do not are right too. */
function has(set: ReadonlySet<unknown>, value: unknown): boolean {
  return set.has(value) || (typeof value === 'string' && set.has(value.toLowerCase()))
}
