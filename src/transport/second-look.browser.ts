/** What a plain request can tell of a server whose WebSocket would not open. In pages only. */

import type { Reply } from './rejected-reply.ts'
import type { Scene } from './scene.ts'

export type SecondLook =
  /** The server lets us read its reply (CORS). */
  | { readonly saw: 'reply'; readonly reply: Reply }
  /** It replies, but lets nobody read it: it is reachable and trusted. */
  | { readonly saw: 'server' }
  /** Certificate, DNS, refused, reset, or a policy of the browser: all alike. */
  | { readonly saw: 'failure' }
  | { readonly saw: 'silence' }
  /** Not looked: there is no page, or no time. */
  | { readonly saw: 'nothing' }

const LONGEST = 2_000
const SHORTEST = 100
const MOST_TEXT = 4_096

/**
 * @param budget milliseconds
 */
export async function lookAgain({ url }: Scene, budget: number): Promise<SecondLook> {
  if (url === undefined || globalThis.location === undefined || budget < SHORTEST) return { saw: 'nothing' }
  const signal = AbortSignal.timeout(Math.min(LONGEST, budget))
  const options: RequestInit = {
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
    signal,
  }
  const address = url.href.replace(/^ws/, 'http')
  try {
    return { saw: 'reply', reply: await read(await fetch(address, { ...options, redirect: 'manual' })) }
  } catch {
    // Unreadable, or unreachable: which of the two, a request that nobody reads can tell. It needs no key.
    const reached = await fetch(new URL('/', address), { ...options, mode: 'no-cors' }).then(
      () => true,
      () => false,
    )
    if (reached) return { saw: 'server' }
    return { saw: signal.aborted ? 'silence' : 'failure' }
  }
}

async function read(response: Response): Promise<Reply> {
  // With redirect: 'manual' a redirect is an opaque response of status 0.
  const status = response.type === 'opaqueredirect' ? 302 : response.status
  const body = await response.text().catch(() => '')
  return { status, headers: Object.fromEntries(response.headers), body: body.slice(0, MOST_TEXT) }
}
