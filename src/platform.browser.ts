/** What a page, or a worker of it, is told of the world around the line. */

import type { Platform } from './platform.ts'

/** `visibilitychange` bubbles up from the document; `pageshow` is also how a page comes back from the bfcache. */
const EVENTS = ['online', 'offline', 'pageshow', 'visibilitychange']
/** This machine needs no network. */
const LOOPBACK = /\/\/(localhost|127\.|\[::1)/

export const platform: Platform = {
  isOffline: endpoint => globalThis.navigator?.onLine === false && !LOOPBACK.test(endpoint ?? ''),
  watch: woken => {
    const looked = ({ type }: { readonly type: string }) => {
      if (type[0] !== 'v' || document.visibilityState === 'visible') woken()
    }
    // In SSR there is nothing to listen to.
    for (const event of EVENTS) globalThis.addEventListener?.(event, looked)
    return () => {
      for (const event of EVENTS) globalThis.removeEventListener?.(event, looked)
    }
  },
}
