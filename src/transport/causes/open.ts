/** Causes between 101 and the first good answer: close codes, and what the first answer says. Every platform sees these. */

import {
  AbnormalClosureError,
  CloseRejectionError,
  CloseUnauthorizedError,
  NotJsonRpcError,
  PolicyViolationError,
  ProbeTimeoutError,
  RpcLimitExceededError,
  RpcMethodUnavailableError,
  RpcRejectedError,
  TryAgainLaterError,
  WrongChainError,
} from '../errors/open.ts'
import { type Cause, quoting } from './cause.ts'

export const ABNORMAL_CLOSURE: Cause = {
  error: AbnormalClosureError,
  retry: 'backoff',
  message: () => 'let the connection fall right after the upgrade.',
  hint: () =>
    'The node behind a proxy may be restarting, or the proxy allows no long connections; it is tried again by itself.',
}

export const CLOSE_REJECTION: Cause = {
  error: CloseRejectionError,
  retry: 'final',
  message: (_, __, { closeCode }) => `closed the connection before its first answer (${closeCode}).`,
  hint: (_, seen) =>
    `Look up what the server means by this close code (RFC 6455, section 7.4, has the common ones).${quoting(seen)}`,
}

export const POLICY_VIOLATION: Cause = {
  error: PolicyViolationError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'closed the connection: its policy forbids this client (1008).',
  hint: (_, seen) => `Check key, origin and plan with the provider.${quoting(seen)}`,
}

export const CLOSE_UNAUTHORIZED: Cause = {
  error: CloseUnauthorizedError,
  retry: 'final',
  remedy: 'configure',
  message: (_, __, { closeCode }) => `closed the connection: not authorised (${closeCode}).`,
  hint: (_, seen) => `Check the key in the URL, or the bearer or headers option.${quoting(seen)}`,
}

export const TRY_AGAIN_LATER: Cause = {
  error: TryAgainLaterError,
  retry: 'backoff',
  message: (_, __, { closeCode }) => `closed the connection and asks to come back later (${closeCode}).`,
  hint: (_, seen) =>
    `It is tried again later, by itself; a larger plan or fewer connections help for good.${quoting(seen)}`,
}

export const RPC_REJECTED: Cause = {
  error: RpcRejectedError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'opened, but its first answer refuses this client.',
  hint: (_, seen) => `Check key, origin and plan with the provider.${quoting(seen)}`,
}

export const RPC_LIMIT: Cause = {
  error: RpcLimitExceededError,
  retry: 'backoff',
  message: () => 'opened, but its first answer says that a limit is reached.',
  hint: (_, seen) =>
    `It is tried again by itself, later; a larger plan or fewer requests help for good.${quoting(seen)}`,
}

export const RPC_METHOD_UNAVAILABLE: Cause = {
  error: RpcMethodUnavailableError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'has no eth_chainId: it is no Ethereum node.',
  hint: (_, seen) => `Check the URL; for a peer that is no Ethereum node pass probe: false.${quoting(seen)}`,
}

export const WRONG_CHAIN: Cause = {
  error: WrongChainError,
  retry: 'final',
  remedy: 'configure',
  message: (_, seen) => `serves another chain: ${seen}.`,
  hint: () =>
    'Check the URL against the chainId option; all endpoints of one client must serve the same chain.',
}

export const NOT_JSON_RPC: Cause = {
  error: NotJsonRpcError,
  retry: 'final',
  remedy: 'configure',
  message: (_, seen) => `opened, but what came first is no JSON-RPC (${seen}).`,
  hint: () => 'Check the URL: another service may listen there.',
}

export const PROBE_TIMEOUT: Cause = {
  error: ProbeTimeoutError,
  retry: 'backoff',
  message: () => 'opened, but never answered the first question (eth_chainId).',
  hint: () =>
    'The node may be starting up or overloaded; for a peer that is no Ethereum node pass probe: false.',
}
