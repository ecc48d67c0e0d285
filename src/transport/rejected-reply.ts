/** Pure: an HTTP reply → the error that says why. What every platform can read: to an upgrade see upgrade-reply.ts. */

import { parseRetryAfter } from '../retry-after.ts'
import { type RpcErrorObject, rpcErrorIn } from '../rpc-error-object.ts'
import { type Cause, type Facts, reject } from './causes/cause.ts'
import { BY_STATUS, NOT_A_WEBSOCKET, REDIRECTED, SERVER_FAILURE, UPGRADE_REJECTED } from './causes/upgrade.ts'
import type { HandshakeError } from './errors/handshake-error.ts'
import type { Scene } from './scene.ts'

export interface Reply {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** As much of the body as was read, decoded. */
  readonly body: string
}

/** How much of a body an error shows, in characters. */
const MOST_BODY = 4_096

/** @param more what else is known of it */
export function judgeReply(
  scene: Scene,
  reply: Reply,
  cause: Cause = causeOf(reply),
  more: Facts = {},
): HandshakeError {
  const { status, headers } = reply
  // Cut after the secrets are out: half a secret would not be found.
  const body = scene.secrets.scrubCut(reply.body).slice(0, MOST_BODY)
  const rpcError = findRpcError(reply.body)
  return reject(cause, scene, {
    text: rpcError?.message ?? body,
    facts: { status, headers, body, rpcError, ...more },
    retryAfter: parseRetryAfter(headers['retry-after']),
    // The server waited for us in vain; nothing is wrong with the request.
    retryable: status === 408 || undefined,
  })
}

export function causeOf({ status, body }: Reply): Cause {
  const cause = BY_STATUS.find(({ statuses }) => statuses.includes(status))
  if (cause !== undefined) return cause
  if ((status >= 200 && status < 300) || status === 304 || status === 405 || (status === 501 && body !== ''))
    return NOT_A_WEBSOCKET
  if (status >= 300 && status < 400) return REDIRECTED
  return status >= 500 && status < 600 ? SERVER_FAILURE : UPGRADE_REJECTED
}

/** The JSON-RPC error in a body, also as a member of a batch. */
export function findRpcError(body: string): RpcErrorObject | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
  return [parsed]
    .flat()
    .map(rpcErrorIn)
    .find(error => error !== undefined)
}
