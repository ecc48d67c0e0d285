/** Pure: what came between 101 and the first good answer → the error that says why. Every platform sees this. */

import { retryAfterIn, speaksOfLimits } from '../retry-after.ts'
import type { RpcErrorObject } from '../rpc-error-object.ts'
import { reject } from './causes/cause.ts'
import {
  ABNORMAL_CLOSURE,
  CLOSE_REJECTION,
  CLOSE_UNAUTHORIZED,
  NOT_JSON_RPC,
  POLICY_VIOLATION,
  PROBE_TIMEOUT,
  RPC_LIMIT,
  RPC_METHOD_UNAVAILABLE,
  RPC_REJECTED,
  TRY_AGAIN_LATER,
  WRONG_CHAIN,
} from './causes/open.ts'
import { ABOUT_A_FRAME, LATER, RETRYABLE, UNAUTHORIZED } from './close-codes.ts'
import type { HandshakeError } from './errors/handshake-error.ts'
import type { Scene } from './scene.ts'
import type { Closure } from './socket.ts'

/** Nodes that have no `eth_chainId` say so in these ways; "method not allowed for this project" is about the project. */
const UNKNOWN_METHOD =
  /(unknown|unsupported|unrecogni[sz]ed) (method|variant)|(?<!auth\w* )\bmethod\b.{0,40}(not (found|supported|available|exist)|does not exist|unknown|unsupported)/i

/** What was seen between 101 and the first good answer. */
export type FirstSeen =
  /** The socket ended. */
  | { readonly saw: 'closure'; readonly closure: Closure }
  /** The first answer is an error. */
  | { readonly saw: 'error'; readonly error: RpcErrorObject; readonly retryAfter: number | undefined }
  /** Binary, no JSON, or no JSON-RPC; `what` completes "(got …)". */
  | { readonly saw: 'garbage'; readonly what: string }
  | { readonly saw: 'chain'; readonly expected: number; readonly actual: number }
  | { readonly saw: 'nothing' }

export function judgeFirst(scene: Scene, seen: FirstSeen): HandshakeError {
  if (seen.saw === 'closure') return judgeClosure(scene, seen.closure)
  if (seen.saw === 'error') return judgeRpcError(scene, seen.error, seen.retryAfter)
  if (seen.saw === 'garbage') return reject(NOT_JSON_RPC, scene, { text: seen.what })
  if (seen.saw === 'nothing') return reject(PROBE_TIMEOUT, scene)
  const { expected, actual } = seen
  return reject(WRONG_CHAIN, scene, {
    text: `expected ${expected}, got ${actual}`,
    facts: { expected, actual },
  })
}

function judgeClosure(scene: Scene, { code, reason, error }: Closure): HandshakeError {
  if (code === 1006) return reject(ABNORMAL_CLOSURE, scene, { cause: error })
  // A close frame has room for 123 bytes of it (RFC 6455, section 5.5).
  const shown = scene.secrets.scrubCut(reason)
  const seen = { text: shown, facts: { closeCode: code, reason: shown }, cause: error }
  if (LATER.includes(code) || (speaksOfLimits(reason) && !ABOUT_A_FRAME.includes(code))) {
    return reject(TRY_AGAIN_LATER, scene, { ...seen, retryAfter: retryAfterIn({ message: reason }) })
  }
  if (code === 1008) return reject(POLICY_VIOLATION, scene, seen)
  if (UNAUTHORIZED.includes(code)) return reject(CLOSE_UNAUTHORIZED, scene, seen)
  return reject(CLOSE_REJECTION, scene, { ...seen, retryable: RETRYABLE.includes(code) })
}

function judgeRpcError(
  scene: Scene,
  rpcError: RpcErrorObject,
  retryAfter: number | undefined,
): HandshakeError {
  const { code, message } = rpcError
  const seen = { text: message, facts: { rpcError }, retryAfter }
  if (code === -32005 || code === 429 || speaksOfLimits(message)) return reject(RPC_LIMIT, scene, seen)
  const isUnknown = code === -32601 || UNKNOWN_METHOD.test(message)
  return reject(isUnknown ? RPC_METHOD_UNAVAILABLE : RPC_REJECTED, scene, seen)
}
