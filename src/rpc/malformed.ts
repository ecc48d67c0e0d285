/** Makes the error for an answer that is not of the shape that its method promises. */

import { kindOf } from '../describe.ts'
import type { Issue } from '../errors.ts'
import { sentence } from '../refuse.ts'
import { InvalidResponseError } from './errors.ts'

/** The error for one thing in an answer that is not as it should be. */
export function malformed(
  method: string,
  path: string,
  expected: string,
  got: unknown,
): InvalidResponseError {
  return malformedIn(method, [{ path, message: `expected ${expected}, got ${kindOf(got)}` }])
}

export function malformedIn(method: string, issues: readonly Issue[]): InvalidResponseError {
  const hint = 'The node or a proxy in front of it breaks the Ethereum JSON-RPC specification.'
  return new InvalidResponseError(`${method} gave ${sentence(issues)}`, { method, issues, hint })
}
