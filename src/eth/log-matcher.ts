/** Whether a log is what a query asked for: a node that ignores a part of the filter must not pass. */

import type { LogQuery } from './filter.ts'
import type { RawLog } from './log.ts'

export type LogMatcher = (raw: RawLog) => boolean

export function matcherOf({ address, topics = [] }: LogQuery): LogMatcher {
  const isAddress = oneOf(address)
  const wanted = topics.map(oneOf)
  return raw => {
    if (!isAddress(raw.address)) return false
    const given = raw.topics
    return (
      Array.isArray(given) &&
      given.length >= wanted.length &&
      wanted.every((isWanted, i) => isWanted(given[i]))
    )
  }
}

/** Nodes write lower case; those that do not are right too. To compare with one text is much quicker than to look it up. */
function oneOf(texts: readonly string[] | null = null): (value: unknown) => boolean {
  if (texts === null) return () => true
  const [only] = texts
  const set = new Set<unknown>(texts)
  const has = set.size === 1 ? (value: unknown) => value === only : (value: unknown) => set.has(value)
  return value => has(value) || (typeof value === 'string' && has(value.toLowerCase()))
}
