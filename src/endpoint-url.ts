/** Which URLs may be dialled. Used at the door for fixed URLs, and on every dial for those that a function gives. */

import { kindOf } from './describe.ts'
import type { UrlLike } from './options.ts'
import { refuse } from './refuse.ts'

/**
 * The URL, parsed. Its text is never repeated in the error: it may hold a key.
 *
 * @throws ConfigurationError for anything but an absolute ws:// or wss:// URL without a fragment
 */
export function parseEndpointUrl(input: unknown, path: string): URL {
  const text =
    typeof input === 'object' && input !== null && 'href' in input ? (input as UrlLike).href : input
  const expected = 'expected a ws:// or wss:// URL, got'
  if (typeof text !== 'string') throw refuse(path, `${expected} ${kindOf(text)}`)
  if (!URL.canParse(text)) throw refuse(path, `${expected} a text that does not parse`)
  const url = new URL(text)
  if (!/^wss?:$/.test(url.protocol)) throw refuse(path, `${expected} ${url.protocol}`)
  if (url.href.includes('#')) throw refuse(path, 'a WebSocket URL has no fragment (RFC 6455, section 3)')
  if (url.port === '0') throw refuse(path, 'expected a port from 1 to 65535, got 0')
  return url
}
