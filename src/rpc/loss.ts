/** What a lost line means for a request that had been written. */

import { ConnectionLostError } from '../connection/errors.ts'
import type { HoldfastError } from '../errors.ts'
import { isCounted, type Request } from './request.ts'
import { outcomeUnknown, tooLarge } from './request-errors.ts'

/** A read that was under way at this many losses in a row, after open, is what kills the line. */
const MOST_LOSSES = 2

/** @param limit our own, in bytes, for an answer that exceeded it */
export function verdictOn(request: Request, error: HoldfastError, limit: number): 'again' | HoldfastError {
  const { onLoss, method, losses } = request
  if (!isCounted(request)) return error
  if (onLoss !== 'write' && losses < MOST_LOSSES) return 'again'
  if (onLoss !== 'read') return outcomeUnknown(method, error)
  return isTooLarge(error) ? tooLarge(method, error.cause && limit, error) : error
}

/** The peer said so, or our own limit did. */
export function isTooLarge(error: HoldfastError | undefined): error is ConnectionLostError {
  return error instanceof ConnectionLostError && error.closeCode === 1009
}
