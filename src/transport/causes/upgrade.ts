/** Causes between the upgrade request and a good 101 (RFC 6455, section 4). */

import {
  BadGatewayError,
  EndpointNotFoundError,
  ForbiddenError,
  GatewayTimeoutError,
  GatewayTlsError,
  MalformedHttpResponseError,
  NotAWebSocketEndpointError,
  PaymentRequiredError,
  RedirectedError,
  RpcHandshakeRejectedError,
  ServerFailureError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UnauthorizedError,
  UpgradeRejectedError,
  UpgradeRequiredError,
  UpgradeTimeoutError,
} from '../errors/upgrade.ts'
import { type Cause, quoting } from './cause.ts'

/** A cause that one or more HTTP statuses stand for. */
export interface StatusCause extends Cause {
  readonly statuses: readonly number[]
}

const unauthorized: StatusCause = {
  error: UnauthorizedError,
  statuses: [401],
  retry: 'final',
  remedy: 'configure',
  message: () => 'refused the credentials (401 Unauthorized).',
  hint: (_, seen) => `Check the key in the URL, or the bearer or headers option.${quoting(seen)}`,
}

const paymentRequired: StatusCause = {
  error: PaymentRequiredError,
  statuses: [402],
  retry: 'final',
  remedy: 'configure',
  message: () => 'wants to be paid first (402 Payment Required).',
  hint: (_, seen) => `Check the plan and its quota with the provider.${quoting(seen)}`,
}

const forbidden: StatusCause = {
  error: ForbiddenError,
  statuses: [403],
  retry: 'final',
  remedy: 'configure',
  message: () => 'forbids this client (403 Forbidden).',
  hint: (_, seen) =>
    `Check with the provider whether this key, network, origin and address are allowed, and whether the quota is used up.${quoting(seen)}`,
}

const notFound: StatusCause = {
  error: EndpointNotFoundError,
  statuses: [404, 410],
  retry: 'final',
  remedy: 'configure',
  message: (_, __, { status }) => `has no endpoint at this path (${status}).`,
  hint: (_, seen) =>
    `Check the path of the URL; WebSocket endpoints often differ from HTTP ones (/ws, /websocket).${quoting(seen)}`,
}

const tooManyRequests: StatusCause = {
  error: TooManyRequestsError,
  statuses: [429],
  retry: 'backoff',
  message: () => 'says that there were too many requests (429).',
  hint: (_, seen) =>
    `It is tried again when the server allows it; a larger plan or fewer clients help for good.${quoting(seen)}`,
}

const unavailable: StatusCause = {
  error: ServiceUnavailableError,
  statuses: [503],
  retry: 'backoff',
  message: () => 'is not available for now (503 Service Unavailable).',
  hint: (_, seen) => `It is tried again by itself; the provider's status page may say more.${quoting(seen)}`,
}

const badGateway: StatusCause = {
  error: BadGatewayError,
  statuses: [502],
  retry: 'backoff',
  message: () => 'is up, but the node behind it gave no good answer (502 Bad Gateway).',
  hint: (_, seen) => `Look at the node behind the proxy; it is tried again by itself.${quoting(seen)}`,
}

const gatewayTimeout: StatusCause = {
  error: GatewayTimeoutError,
  statuses: [504],
  retry: 'backoff',
  message: () => 'is up, but the node behind it did not answer in time (504 Gateway Timeout).',
  hint: (_, seen) => `Look at the node behind the proxy; it is tried again by itself.${quoting(seen)}`,
}

const gatewayTls: StatusCause = {
  error: GatewayTlsError,
  statuses: [525, 526],
  retry: 'final',
  remedy: 'configure',
  message: (_, __, { status }) => `is up, but cannot make TLS with the node behind it (${status}).`,
  hint: (_, seen) =>
    `The certificate between the proxy and the node must be mended by their owner.${quoting(seen)}`,
}

export const SERVER_FAILURE: Cause = {
  error: ServerFailureError,
  retry: 'backoff',
  message: (_, __, { status }) => `failed (${status}).`,
  hint: (_, seen) => `The fault is on the server's side; it is tried again by itself.${quoting(seen)}`,
}

export const REDIRECTED: Cause = {
  error: RedirectedError,
  retry: 'final',
  remedy: 'configure',
  message: (_, __, { status }) => `points elsewhere (${status}).`,
  hint: (_, __, { location }) =>
    `Dial the right URL yourself if you trust it${location === undefined ? '' : ` (${location})`}: redirects are never followed, since credentials would travel along.`,
}

export const NOT_A_WEBSOCKET: Cause = {
  error: NotAWebSocketEndpointError,
  retry: 'final',
  remedy: 'configure',
  message: (_, __, { status }) => `speaks HTTP at this path, but no WebSocket (${status}).`,
  hint: (_, seen) =>
    `Check host, port and path: nodes often serve HTTP and WebSocket on different ports (8545 and 8546) or paths (/ws).${quoting(seen)}`,
}

export const RPC_IN_REPLY: Cause = {
  error: RpcHandshakeRejectedError,
  retry: 'final',
  remedy: 'configure',
  message: (_, __, { status }) => `answered the upgrade with a JSON-RPC error (${status}).`,
  hint: (_, seen) => `It may be an HTTP-only endpoint, or refuse this key.${quoting(seen)}`,
}

export const UPGRADE_REJECTED: Cause = {
  error: UpgradeRejectedError,
  retry: 'final',
  remedy: 'configure',
  message: (_, __, { status }) => `refused the upgrade (${status}).`,
  hint: (_, seen) =>
    `Check the URL and the headers; a proxy on the way may not let WebSockets through.${quoting(seen)}`,
}

export const UPGRADE_REQUIRED: Cause = {
  error: UpgradeRequiredError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'wants another protocol version (426 Upgrade Required).',
  hint: (_, seen) =>
    `Something on the way may strip the Upgrade header, or the server speaks an old WebSocket version.${quoting(seen)}`,
}

export const UPGRADE_TIMEOUT: Cause = {
  error: UpgradeTimeoutError,
  retry: 'backoff',
  message: ({ phase }) =>
    phase === 'ws'
      ? 'did not finish the upgrade in time.'
      : 'accepted the connection, but never finished its HTTP reply.',
  hint: () =>
    'The server or a proxy in front of it is stuck, or needs more time than handshakeTimeout allows.',
}

export const MALFORMED_REPLY: Cause = {
  error: MalformedHttpResponseError,
  retry: 'final',
  remedy: 'configure',
  message: (_, seen) => `did not answer in HTTP/1.1 (${seen}).`,
  hint: ({ port }) =>
    `Check that port ${port} is the node's WebSocket port, and not that of another protocol.`,
}

/** A plain request that a page sends for a second look may get these too. */
export const BY_STATUS: readonly StatusCause[] = [
  unauthorized,
  paymentRequired,
  forbidden,
  notFound,
  tooManyRequests,
  unavailable,
  badGateway,
  gatewayTimeout,
  gatewayTls,
]
