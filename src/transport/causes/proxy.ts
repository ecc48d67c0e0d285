/** Causes between us and a proxy that tunnels by CONNECT. Only the missing tunnel tells its refusals from the endpoint's. */

import {
  ProxyAuthenticationRequiredError,
  ProxyRejectedError,
  ProxyTimeoutError,
  ProxyUnreachableError,
} from '../errors/network.ts'
import type { Cause } from './cause.ts'

export const PROXY_UNREACHABLE: Cause = {
  error: ProxyUnreachableError,
  retry: 'backoff',
  remedy: 'configure',
  message: (_, seen) => `cannot be reached: the proxy in front of it does not answer (${seen}).`,
  hint: () => 'Check the address of the proxy in the agent that you passed, and that the proxy is running.',
}

export const PROXY_AUTHENTICATION: Cause = {
  error: ProxyAuthenticationRequiredError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'cannot be reached: the proxy in front of it wants credentials (407).',
  hint: () => 'Give the agent a proxy URL with user and password (http://user:password@proxy:port).',
}

export const PROXY_REJECTED: Cause = {
  error: ProxyRejectedError,
  retry: 'final',
  remedy: 'configure',
  message: (_, __, { status }) =>
    status === undefined
      ? 'cannot be reached: what stands in front of it does not answer like a proxy.'
      : `cannot be reached: the proxy in front of it refuses the tunnel (${status}).`,
  hint: ({ address }) =>
    `Check that the proxy allows CONNECT to ${address}, and that the agent names the right proxy.`,
}

export const PROXY_TIMEOUT: Cause = {
  error: ProxyTimeoutError,
  retry: 'backoff',
  message: () => 'was not reached in time: the proxy in front of it never finished its CONNECT.',
  hint: () => 'The proxy is stuck, or cannot reach the endpoint itself; it is tried again.',
}

export const PROXY_CAUSES: readonly Cause[] = [
  PROXY_UNREACHABLE,
  PROXY_AUTHENTICATION,
  PROXY_REJECTED,
  PROXY_TIMEOUT,
]

/** Errors of proxy agents that were answered, but not as a proxy answers. */
export const NOT_A_PROXY = /proxy connection ended|unexpected proxy|proxy.*(parse|response)|HPE_/i
