/** Causes before TLS or HTTP began: what the operating system says. */

import { CredentialsError, UnclassifiedHandshakeError } from '../errors/handshake-error.ts'
import {
  AllAddressesFailedError,
  ConnectionBlockedError,
  ConnectionRefusedError,
  ConnectionResetError,
  ConnectTimeoutError,
  DnsNotFoundError,
  DnsTemporaryError,
  HostUnreachableError,
} from '../errors/network.ts'
import { byCode, type Cause } from './cause.ts'

export const CREDENTIALS: Cause = {
  error: CredentialsError,
  retry: 'backoff',
  remedy: 'configure',
  message: (_, seen) => `was not dialled: the ${seen}.`,
  hint: () =>
    'Look at the url, headers or bearer function that you passed: it must give its value before handshakeTimeout ends.',
}

export const UNCLASSIFIED: Cause = {
  error: UnclassifiedHandshakeError,
  retry: 'backoff',
  message: (_, seen) => `could not be opened: ${seen || 'no reason was given'}.`,
  hint: () => 'This failure has no class of its own; the cause property holds what the platform reported.',
}

const dnsNotFound: Cause = {
  error: DnsNotFoundError,
  retry: 'final',
  remedy: 'configure',
  codes: ['ENOTFOUND', 'ENODATA', 'EAI_NODATA', 'EAI_NONAME'],
  message: ({ host }) => `has no address: the name ${host} does not exist.`,
  hint: ({ host }) =>
    `Check the spelling of ${host}, and whether this machine's name server knows it (a VPN or a container may use another one).`,
}

export const DNS_TEMPORARY: Cause = {
  error: DnsTemporaryError,
  retry: 'backoff',
  codes: ['EAI_AGAIN', 'EAI_FAIL', 'ESERVFAIL', 'ETIMEOUT'],
  message: ({ host }, seen) =>
    `has no address for now: the name server did not answer for ${host} (${seen}).`,
  hint: () => 'Usually the network or the name server is down for a moment; it is tried again by itself.',
}

const refused: Cause = {
  error: ConnectionRefusedError,
  retry: 'backoff',
  codes: ['ECONNREFUSED'],
  message: ({ port }) => `refused the connection: nothing listens on port ${port}.`,
  hint: ({ port }) =>
    `Check that the node is running, that its WebSocket server is switched on, and that it listens on port ${port} of an address that can be reached from here.`,
}

const unreachable: Cause = {
  error: HostUnreachableError,
  retry: 'backoff',
  codes: ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN'],
  message: (_, seen) => `cannot be reached: there is no route to the host (${seen}).`,
  hint: () => 'Check the network, the VPN and, for an IPv6 address, whether this machine has IPv6 at all.',
}

export const CONNECT_TIMEOUT: Cause = {
  error: ConnectTimeoutError,
  retry: 'backoff',
  codes: ['ETIMEDOUT'],
  message: ({ phase, host }) =>
    phase === 'dns'
      ? `did not open in time: the name server never answered for ${host}.`
      : 'did not open in time: no answer to the TCP connection.',
  hint: ({ port }) =>
    `Packets seem to be dropped on the way: check firewalls and security groups for port ${port}, or allow more time with handshakeTimeout.`,
}

const blocked: Cause = {
  error: ConnectionBlockedError,
  retry: 'final',
  remedy: 'configure',
  codes: ['EACCES', 'EPERM'],
  message: (_, seen) => `was not dialled: the operating system forbids the connection (${seen}).`,
  hint: () => 'Look at local firewall rules, the sandbox or the permissions of this process.',
}

export const ALL_ADDRESSES_FAILED: Cause = {
  error: AllAddressesFailedError,
  retry: 'backoff',
  message: (_, seen) => `could not be reached on any of its addresses (${seen}).`,
  hint: () => 'Each address failed in a way of its own; the errors property lists them.',
}

export const CONNECTION_RESET: Cause = {
  error: ConnectionResetError,
  retry: 'backoff',
  codes: ['ECONNRESET', 'EPIPE', 'ECONNABORTED'],
  message: () => 'closed the connection before it had answered.',
  hint: ({ secure, port }) =>
    secure
      ? 'Often a load balancer without a healthy node behind it, a firewall, or a client certificate that the server wants or refuses; it is tried again by itself.'
      : `If port ${port} speaks TLS, use wss:// instead of ws://; otherwise a load balancer without a healthy node behind it, or a firewall.`,
}

export const NETWORK_CAUSES: readonly Cause[] = [
  dnsNotFound,
  DNS_TEMPORARY,
  refused,
  unreachable,
  CONNECT_TIMEOUT,
  blocked,
  ALL_ADDRESSES_FAILED,
  CONNECTION_RESET,
  CREDENTIALS,
  UNCLASSIFIED,
]

export const NETWORK_BY_CODE = /* @__PURE__ */ byCode(NETWORK_CAUSES)
