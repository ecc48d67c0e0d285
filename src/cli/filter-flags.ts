/** The flags that say which transfers. */

import type { TransferFilter } from '../eth/filter.ts'
import type { Address } from '../eth/hex.ts'
import { wholeNumber } from './dial-flags.ts'

export const FILTER_FLAGS = {
  token: { type: 'string', multiple: true },
  from: { type: 'string', multiple: true },
  to: { type: 'string', multiple: true },
  account: { type: 'string', multiple: true },
  confirmations: { type: 'string' },
} as const

export const FILTER_HELP = `
  --token 0x…         of this token only; may be repeated, as the next three may
  --from, --to 0x…    sent by, sent to
  --account 0x…       sent by or to
  --confirmations n   only blocks n deep (1); or safe, finalized: never taken back`

export interface FilterFlags {
  readonly token?: readonly string[] | undefined
  readonly from?: readonly string[] | undefined
  readonly to?: readonly string[] | undefined
  readonly account?: readonly string[] | undefined
  readonly confirmations?: string | undefined
}

/** The addresses are checked by the client. @throws UsageError */
export function transferFilter({ confirmations, token, from, to, account }: FilterFlags): TransferFilter {
  return {
    ...(token && { token: token as readonly Address[] }),
    ...(from && { from: from as readonly Address[] }),
    ...(to && { to: to as readonly Address[] }),
    ...(account && { account: account as readonly Address[] }),
    ...(confirmations !== undefined && { confirmations: depth(confirmations) }),
  }
}

function depth(text: string): number | 'safe' | 'finalized' {
  return text === 'safe' || text === 'finalized' ? text : (wholeNumber('confirmations', text) ?? 1)
}
