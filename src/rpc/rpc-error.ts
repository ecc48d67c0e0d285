/** A JSON-RPC error object, whatever it looks like → the class that says what it means. */

import { retryAfterIn } from '../retry-after.ts'
import type { RpcErrorObject } from '../rpc-error-object.ts'
import type { Secrets } from '../secrets.ts'
import {
  InvalidParamsError,
  type InvalidResponseError,
  MethodNotFoundError,
  RateLimitedError,
  ResourceUnavailableError,
  RpcError,
  type RpcErrorDetails,
} from './errors.ts'
import { malformed } from './malformed.ts'
import { isRateLimit } from './rate-limit.ts'

/** A class for a code (JSON-RPC 2.0, section 5.1; EIP-1474). */
const BY_CODE: ReadonlyMap<number, new (message: string, details: RpcErrorDetails) => RpcError> =
  /* @__PURE__ */ new Map<number, new (message: string, details: RpcErrorDetails) => RpcError>([
    [-32601, MethodNotFoundError],
    [-32602, InvalidParamsError],
    [-32001, ResourceUnavailableError],
    [-32002, ResourceUnavailableError],
  ])

/** What a layer that knows more of a method than its name may recognise; undefined where it does not. */
export type Recognise = (error: RpcErrorObject, details: RpcErrorDetails) => RpcError | undefined

export function toRpcError(
  method: string,
  error: unknown,
  secrets: Secrets,
  recognise: Recognise,
): RpcError | InvalidResponseError {
  if (typeof error !== 'object' || error === null) return malformed(method, 'error', 'an object', error)
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown }
  const rpcCode = Number.isInteger(code) ? Number(code) : Number.parseInt(String(code), 10) || 0
  const text = secrets.scrub(typeof message === 'string' ? message : 'The node gave no message.')
  const details = { rpcCode, data: secrets.scrubValue(data), method }
  const object = { code: rpcCode, message: text, data: details.data }
  const recognised = recognise(object, details)
  if (recognised !== undefined) return recognised
  if (isRateLimit(method, object)) {
    return new RateLimitedError(text, { ...details, retryAfter: retryAfterIn(object), retryable: true })
  }
  return new (BY_CODE.get(rpcCode) ?? RpcError)(text, details)
}
