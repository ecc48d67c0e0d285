/** Makes the errors that a request ends with. */

import type { HoldfastError } from '../errors.ts'
import { MessageTooLargeError, OutcomeUnknownError, QueueFullError, RequestTimeoutError } from './errors.ts'

export function timedOut(
  method: string,
  timeout: number,
  cause: HoldfastError | undefined,
): RequestTimeoutError {
  return new RequestTimeoutError(`${method} was not answered within ${timeout} ms.`, {
    method,
    timeout,
    cause,
    retryable: true,
  })
}

export function queueFull(limit: number): QueueFullError {
  const hint = 'Send fewer at once, or raise limits.queued.'
  return new QueueFullError(`${limit} requests are waiting already.`, { limit, hint, retryable: true })
}

export function outcomeUnknown(method: string, cause: HoldfastError): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `The line fell while ${method} was under way; it may or may not have happened.`,
    {
      method,
      cause,
      hint: 'Look at the chain before you send it again: waitForTransaction, or { replay: true, transactionHash } next time.',
    },
  )
}

export function tooLarge(method: string, limit: unknown, cause: HoldfastError): MessageTooLargeError {
  const hint = 'Ask for less at once, or raise limits.message where the limit is ours.'
  return new MessageTooLargeError(`The answer to ${method} is too large.`, { method, limit, cause, hint })
}
