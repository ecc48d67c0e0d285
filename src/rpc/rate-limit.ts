/**
 * What providers say when they want fewer requests: each row a code or a wording.
 *
 * On methods that ask for a range the same codes mostly mean "too much at once", which waiting does not cure: there the
 * wording decides, range first.
 */

import type { RpcErrorObject } from '../rpc-error-object.ts'

const CODES: ReadonlySet<number> = /* @__PURE__ */ new Set([
  // EIP-1474 "limit exceeded": Infura and MetaMask (with `data.backoff_seconds`), Chainstack (`data.try_again_in`).
  -32005,
  // The HTTP status as a code: Alchemy, Arbitrum's own endpoint.
  429,
  // QuickNode: "100/second request limit reached".
  -32007,
  // TheRPC and Ankr: "Rate limit exceeded".
  -32029,
])

/** Alchemy counts compute units, Base's endpoint is "over rate limit", proxies pass the words of HTTP 429 on. */
const RATE =
  /rate.?limit|too many requests|requests? limit|per (second|minute)|\brps\b|throttl|compute units|capacity limit|slow down|quota/i
const RANGE = /range|results?\b|\blogs\b|blocks?\b|response|too (large|big|wide)|timed? ?out/i
const RANGED = /Logs$|^trace_filter$/

/** Whether a refusal is about how often one asks, and not about what is asked. */
export function isRateLimit(method: string, { code, message }: RpcErrorObject): boolean {
  if (RANGED.test(method)) return RATE.test(message) && !RANGE.test(message)
  return CODES.has(code) || RATE.test(message)
}
