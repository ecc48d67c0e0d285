/** What a failure means for the life of the client. */

import { ConfigurationError, type HoldfastError } from '../errors.ts'
import { WrongChainError } from '../transport/errors/open.ts'
import { CertificatePinMismatchError } from '../transport/errors/tls.ts'
import { UnauthorizedError } from '../transport/errors/upgrade.ts'
import type { Health } from './endpoints.ts'
import { AllEndpointsFailedError, AttemptsExhaustedError, ConnectionLostError } from './errors.ts'

export function allFailed(errors: readonly HoldfastError[]): AllEndpointsFailedError {
  const hint = 'Each has its own remedy: see the hint of every member of errors.'
  return new AllEndpointsFailedError(
    `No endpoint can be used: ${errors.map(each => each.message).join(' ')}`,
    { errors, hint },
  )
}

export function exhausted(attempts: number, cause: HoldfastError): AttemptsExhaustedError {
  return new AttemptsExhaustedError(`Gave up after attempt ${attempts}: ${cause.message}`, {
    attempts,
    cause,
    hint: cause.hint,
  })
}

/** The line was good, and another endpoint is better. */
export function leaving(endpoint: string, reason: string): ConnectionLostError {
  return new ConnectionLostError(`${endpoint} was left: ${reason}.`, {
    closeCode: 1000,
    reason,
    retryable: true,
  })
}

/** What stays final even for a client that has been open: waiting changes neither options nor identities. */
export function isFinalForEver(error: HoldfastError): boolean {
  return (
    error instanceof ConfigurationError ||
    error instanceof WrongChainError ||
    error instanceof CertificatePinMismatchError
  )
}

/** After a 401 credentials that a function gives are asked for once more, at once. */
export function asksCredentialsAgain({ settings, askedAgain }: Health, error: HoldfastError): boolean {
  return settings.isAsked && !askedAgain && error instanceof UnauthorizedError
}
