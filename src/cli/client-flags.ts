/** The flags of every command that holds a line open, and the client that they make. */

import type { Client } from '../client.ts'
import { createClient } from '../create-client.ts'
import { DIAL_FLAGS, DIAL_HELP, type DialFlags, dialOptions, seconds, wholeNumber } from './dial-flags.ts'
import { UsageError } from './exit-code.ts'

export const CLIENT_FLAGS = { ...DIAL_FLAGS, attempts: { type: 'string' } } as const

export const CLIENT_HELP = `
  --attempts n        give up after n failed dials in a row (never)${DIAL_HELP}`

export interface ClientFlags extends DialFlags {
  readonly attempts?: string | undefined
}

/** @throws UsageError, ConfigurationError */
export function openClient(url: string | undefined, flags: ClientFlags): Client {
  if (url === undefined) throw new UsageError('expected a URL')
  const timeout = seconds('timeout', flags.timeout)
  const chainId = wholeNumber('chain-id', flags['chain-id'])
  const attempts = wholeNumber('attempts', flags.attempts)
  return createClient(url, {
    ...dialOptions(flags),
    ...(timeout !== undefined && { handshakeTimeout: timeout }),
    ...(chainId !== undefined && { chainId }),
    ...(attempts !== undefined && { reconnect: { attempts } }),
  })
}
