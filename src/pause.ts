/** Waiting that can be cut short, and that leaves no timer and no listener behind. */

import type { AbortSignalLike } from './rpc/request.ts'

/** No timer of a platform is longer: beyond it they fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Resolves after the time, with the signal, or when woken; never rejects.
 *
 * @param wakers takes the function that ends the pause early, for as long as it lasts
 */
export function pause(
  milliseconds: number,
  signal: AbortSignalLike,
  wakers?: Set<() => void>,
): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      wakers?.delete(done)
      resolve()
    }
    const timer = setTimeout(done, Math.max(0, Math.min(milliseconds, LONGEST_TIMER)))
    signal.addEventListener('abort', done)
    wakers?.add(done)
  })
}

/** Calls once when the signal is aborted, at once where it is already; returns how to stop listening. */
export function onAbort(signal: AbortSignalLike | undefined, aborted: () => void): () => void {
  if (signal?.aborted) aborted()
  else signal?.addEventListener('abort', aborted)
  return () => signal?.removeEventListener('abort', aborted)
}
