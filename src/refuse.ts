/** Makes the errors of no single layer. */

import { ClientClosedError, ConfigurationError, type HoldfastError, type Issue } from './errors.ts'

/** The error for one thing that is wrong. */
export function refuse(path: string, message: string): ConfigurationError {
  return refuseAll([{ path, message }])
}

export function refuseAll(issues: readonly Issue[]): ConfigurationError {
  return new ConfigurationError(sentence(issues), {
    issues,
    hint: 'Correct what is named; nothing was dialled with it.',
  })
}

export function sentence(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => `${path}: ${message}`).join('; ')
}

/** What everything that is asked of a closed client ends with. */
export function closedBy(cause: HoldfastError | undefined): ClientClosedError {
  return new ClientClosedError(`The client is closed${cause === undefined ? '' : `: ${cause.message}`}.`, {
    cause,
  })
}
