/** How a value that was not expected is named in an error, and what may be expected of an option. */

/** A value in a few words; long texts are cut. Never call it on something that may hold a secret: see `kindOf`. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 48 ? `${value.slice(0, 48)}…` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return kindOf(value)
}

/** What sort of value this is, and nothing of its content. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`
  const kind = typeof value
  return kind === 'object' ? 'an object' : `a ${kind}`
}

/** What is wrong with a value; undefined where nothing is. */
export type Check = (value: unknown) => string | undefined

/** The options of an object: each may be missing, none may be unknown. A pair is either what the check takes, or an object. */
export interface Shape {
  readonly [option: string]: Check | Shape | readonly [Check, Shape]
}

/** A check from a predicate; `expected` completes the sentence "expected …". */
export function expecting(expected: string, holds: (value: unknown) => boolean, describe = show): Check {
  return value => (holds(value) ? undefined : `expected ${expected}, got ${describe(value)}`)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
