/** How long a server asks us to wait, in its many spellings. */

import type { RpcErrorObject } from './rpc-error-object.ts'

/** `Retry-After` as seconds or as an HTTP date (RFC 9110, section 10.2.3), in milliseconds from now. */
export function parseRetryAfter(header: string | null | undefined): number | undefined {
  if (header === undefined || header === null) return undefined
  const text = header.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

/**
 * The same inside a JSON-RPC error: Infura's `backoff_seconds`, Chainstack's `try_again_in`, or "try again in 5s" and kin.
 * Milliseconds.
 */
export function retryAfterIn({ message, data }: RpcErrorObject): number | undefined {
  for (const place of [data, Reflect.get(Object(data), 'rate')]) {
    const seconds: unknown = Reflect.get(Object(place), 'backoff_seconds')
    if (typeof seconds === 'number' && seconds >= 0) return seconds * 1000
  }
  const said = `${message} try again ${Reflect.get(Object(data), 'try_again_in')}`
  const hint =
    /(?:try again|retry|wait)\D{0,20}?(\d+(?:\.\d+)?) ?(ms|milliseconds|s|sec|seconds?|m|min|minutes?)\b/i.exec(
      said,
    )
  if (hint === null) return undefined
  const [, amount, unit = 's'] = hint
  const factor = unit.startsWith('ms') || unit.startsWith('mil') ? 1 : unit.startsWith('m') ? 60_000 : 1000
  return Number(amount) * factor
}

/** Whether a close reason or an error message is about how much or how often. */
export function speaksOfLimits(text: string): boolean {
  return /\b(rate|limit\w*|quota|throttl\w*|too many|capacity|exceeded)\b/i.test(text)
}
