/** What a plain request can tell of a server whose WebSocket would not open. In pages only. */

import type { Reply } from './rejected-reply.ts'
import type { Scene } from './scene.ts'

export type SecondLook =
  /** The server lets us read its reply (CORS). */
  | Reply
  /** It replies, but lets nobody read it: it is reachable and trusted. */
  | 'unreadable'
  /** Certificate, DNS, refused, reset, or a policy of the browser: all alike. */
  | 'failure'
  | 'silence'
  /** There is no page, or no time. */
  | 'not looked'

const LONGEST = 2_000
const SHORTEST = 100
const MOST_TEXT = 4_096

/**
 * @param budget milliseconds
 */
export async function lookAgain({ url }: Scene, budget: number): Promise<SecondLook> {
  if (url === undefined || globalThis.location === undefined || budget < SHORTEST) return 'not looked'
  const signal = AbortSignal.timeout(Math.min(LONGEST, budget))
  const options: RequestInit = {
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    signal,
  }
  const address = url.href.replace(/^ws/, 'http')
  try {
    return await read(await fetch(address, { ...options, redirect: 'manual' }))
  } catch {
    // Unreadable, or unreachable: which of the two, a request that nobody reads can tell. It needs no key.
    return fetch(new URL('/', address), { ...options, mode: 'no-cors' }).then(
      () => 'unreadable',
      () => (signal.aborted ? 'silence' : 'failure'),
    )
  }
}

async function read(response: Response): Promise<Reply> {
  // With redirect: 'manual' a redirect is an opaque response of status 0.
  const status = response.type === 'opaqueredirect' ? 302 : response.status
  const body = await response.text().catch(() => '')
  return { status, headers: Object.fromEntries(response.headers), body: body.slice(0, MOST_TEXT) }
}
