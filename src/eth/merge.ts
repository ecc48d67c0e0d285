/** The answers to several queries as one list: in the order of the chain, each log once. */

import { Doubt } from './doubt.ts'
import { byPosition, type Position, type RawLog } from './log.ts'
import type { LogMatcher } from './log-matcher.ts'

/** Turns a log into an item; `undefined` for what matches the filter, but is not of the kind that is followed. */
export type ReadItem<T> = (raw: RawLog) => T | undefined

export interface MergeParts<T> {
  readonly read: ReadItem<T>
  readonly skipped: (raw: RawLog) => void
  readonly duplicate: () => void
}

/** @throws Doubt where a log does not match the query that it came for */
export function merge<T extends Position>(
  lists: readonly (readonly RawLog[])[],
  matchers: readonly LogMatcher[],
  { read, skipped, duplicate }: MergeParts<T>,
): readonly T[] {
  const items: T[] = []
  for (const [i, list] of lists.entries()) {
    const matches = matchers[i]
    for (const raw of list) {
      if (matches?.(raw) === false) throw new Doubt('contradiction', 'a log came that the filter excludes')
      const item = read(raw)
      if (item === undefined) skipped(raw)
      else items.push(item)
    }
  }
  return inOrder(items, duplicate)
}

export function inOrder<T extends Position>(items: T[], duplicate: () => void): readonly T[] {
  if (items.every((item, i) => i === 0 || byPosition(items[i - 1] as T, item) < 0)) return items
  items.sort(byPosition)
  return items.filter((item, i) => {
    const previous = items[i - 1]
    const isNew =
      previous === undefined || byPosition(previous, item) !== 0 || previous.blockHash !== item.blockHash
    if (!isNew) duplicate()
    return isNew
  })
}
