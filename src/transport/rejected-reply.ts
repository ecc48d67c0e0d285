/** Pure: an HTTP reply other than a good 101 → the error that says why. */

import { parseRetryAfter } from '../retry-after.ts'
import { type RpcErrorObject, rpcErrorIn } from '../rpc-error-object.ts'
import { type Cause, type Facts, reject } from './causes/cause.ts'
import { INVALID_UPGRADE_HEADER } from './causes/negotiation.ts'
import { TLS_REQUIRED } from './causes/tls.ts'
import {
  BY_STATUS,
  NOT_A_WEBSOCKET,
  REDIRECTED,
  RPC_IN_REPLY,
  SERVER_FAILURE,
  UPGRADE_REJECTED,
} from './causes/upgrade.ts'
import type { HandshakeError } from './errors/handshake-error.ts'
import type { Scene } from './scene.ts'

export interface Reply {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** As much of the body as was read, decoded. */
  readonly body: string
}

/** nginx, Go, Apache and Tomcat say so in a 400; precedence: what was expected was TLS. */
const TLS_EXPECTED =
  /plain HTTP request was sent to HTTPS port|client sent an HTTP request to an HTTPS server|speaking plain HTTP to an SSL-enabled|requires TLS/i
/** How much of a body an error shows, in characters. */
const MOST_BODY = 4_096

export function judgeReply(scene: Scene, reply: Reply): HandshakeError {
  const { status, headers, body } = reply
  const rpcError = findRpcError(body)
  const challenge = headers['www-authenticate']
  const facts = {
    status,
    headers,
    // Cut after the secrets are out: half a secret would not be found.
    body: scene.secrets.scrubCut(body).slice(0, MOST_BODY),
    rpcError,
    // At commas before a scheme, outside of quotes.
    challenges: challenge?.split(/,\s*(?=[A-Za-z][\w-]*(?:\s|$))(?=(?:[^"]*"[^"]*")*[^"]*$)/),
  }
  const retryAfter = parseRetryAfter(headers['retry-after'])
  const said = rpcError?.message ?? facts.body
  const cause = causeOf(scene, reply, rpcError !== undefined)
  if (cause === REDIRECTED)
    return reject(cause, scene, {
      text: headers['location'] ?? '',
      facts: redirect(scene, facts, headers['location']),
    })
  // 408: the server waited for us in vain; nothing is wrong with the request.
  const retryable = status === 408 ? true : undefined
  return reject(cause, scene, { text: said, facts, retryAfter, ...(retryable && { retryable }) })
}

function causeOf({ secure }: Scene, { status, body }: Reply, hasRpcError: boolean): Cause {
  if (status === 101) return INVALID_UPGRADE_HEADER
  if (status === 400 && !secure && TLS_EXPECTED.test(body)) return TLS_REQUIRED
  const cause = BY_STATUS.get(status)
  if (cause !== undefined) return cause
  if (status >= 200 && status < 300) return hasRpcError ? RPC_IN_REPLY : NOT_A_WEBSOCKET
  if (status === 304 || status === 405 || (status === 501 && body !== '')) return NOT_A_WEBSOCKET
  if (status >= 300 && status < 400) return REDIRECTED
  return status >= 500 && status < 600 ? SERVER_FAILURE : UPGRADE_REJECTED
}

function redirect(scene: Scene, facts: Facts, location: string | undefined): Facts {
  const target =
    location !== undefined && scene.url !== undefined && URL.canParse(location, httpUrl(scene.url))
      ? new URL(location, httpUrl(scene.url))
      : undefined
  return {
    ...facts,
    location,
    insecure: scene.secure && (target?.protocol === 'http:' || target?.protocol === 'ws:'),
    crossOrigin: target !== undefined && scene.url !== undefined && !isSameOrigin(target, scene.url),
  }
}

/** As HTTP sees it: ws:// is http://, wss:// is https://. */
function isSameOrigin(target: URL, url: URL): boolean {
  return new URL(httpUrl(target)).origin === new URL(httpUrl(url)).origin
}

function httpUrl(url: URL): string {
  return url.href.replace(/^ws/, 'http')
}

/** The JSON-RPC error in a body, also as a member of a batch. */
function findRpcError(body: string): RpcErrorObject | undefined {
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
