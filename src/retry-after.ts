/** How long a server asks us to wait, in its many spellings. */

import type { RpcErrorObject } from './rpc-error-object.ts'

/** What a timer can hold; whoever asks for more is not to be taken at his word. */
const LONGEST = 2 ** 31 - 1
/** The dates of HTTP (RFC 9110, section 5.6.7), and ISO 8601: `Date.parse` alone finds one in nearly any text. */
const DATE = /^([A-Z][a-z]{2,8},? \d|[A-Z][a-z]{2} [A-Z][a-z]{2} +\d|\d{4}-\d)/

/** `Retry-After` as seconds or as an HTTP date (RFC 9110, section 10.2.3), in milliseconds from now. */
export function parseRetryAfter(header = ''): number | undefined {
  const text = header.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(LONGEST, Number(text) * 1000)
  const at = DATE.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.min(LONGEST, Math.max(0, at - Date.now()))
}

/**
 * The same inside a JSON-RPC error: Infura's `backoff_seconds`, Chainstack's `try_again_in`, or "try again in 5s" and kin.
 * Milliseconds.
 */
export function retryAfterIn({
  message,
  data,
}: Pick<RpcErrorObject, 'message' | 'data'>): number | undefined {
  for (const place of [data, Reflect.get(Object(data), 'rate')]) {
    const seconds: unknown = Reflect.get(Object(place), 'backoff_seconds')
    if (typeof seconds === 'number' && seconds >= 0) return Math.min(LONGEST, seconds * 1000)
  }
  const said = `${message} try again ${Reflect.get(Object(data), 'try_again_in')}`
  const hint =
    /(?:try again|retry|wait)\D{0,20}?(\d+(?:\.\d+)?) ?(ms|milliseconds|s|sec|seconds?|m|min|minutes?)\b/i.exec(
      said,
    )
  if (hint === null) return undefined
  const [, amount, unit = 's'] = hint
  const factor = unit.startsWith('ms') || unit.startsWith('mil') ? 1 : unit.startsWith('m') ? 60_000 : 1000
  return Math.min(LONGEST, Number(amount) * factor)
}

/** Whether a close reason or an error message is about how much or how often; `RATE_LIMITED` and `rateLimit` too. */
export function speaksOfLimits(text: string): boolean {
  const words = text.replace(/([a-z])(?=[A-Z])/g, '$1 ').replace(/[_-]/g, ' ')
  return /\b(rate|rate ?limit\w*|limit\w*|quotas?|throttl\w*|too ?many|capacity)\b/i.test(words)
}
