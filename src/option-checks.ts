/** Checks that several kinds of options share. */

import { expecting, isRecord, kindOf } from './describe.ts'

const LONGEST_TIMER = 2 ** 31 - 1

const isMilliseconds = (value: unknown) => typeof value === 'number' && value >= 0 && value <= LONGEST_TIMER
export const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 1

export const MILLISECONDS = expecting(`milliseconds from 0 to ${LONGEST_TIMER}`, isMilliseconds)
export const TIMEOUT = expecting(
  `milliseconds from 0 to ${LONGEST_TIMER}, or Infinity`,
  value => value === Infinity || isMilliseconds(value),
)
export const COUNT = expecting('a whole number of at least 1', isCount)
export const SIGNAL = expecting('an AbortSignal', value => isRecord(value) && 'aborted' in value, kindOf)
