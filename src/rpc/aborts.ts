/**
 * Which requests a signal aborts. One listener per signal, however many they are: Node 20 warns of a leak where a signal
 * has more than ten, and a stream asks for more than that at once.
 */

import type { AbortSignalLike } from './request.ts'

interface Group<R> {
  readonly requests: Set<R>
  readonly stop: () => void
}

export class Aborts<R extends { readonly signal: AbortSignalLike | undefined }> {
  readonly #groups = new Map<AbortSignalLike, Group<R>>()
  readonly #aborted: (request: R) => void

  constructor(aborted: (request: R) => void) {
    this.#aborted = aborted
  }

  add(request: R): void {
    const { signal } = request
    if (signal !== undefined) (this.#groups.get(signal) ?? this.#listen(signal)).requests.add(request)
  }

  remove(request: R): void {
    const { signal } = request
    const group = signal && this.#groups.get(signal)
    if (signal === undefined || !group?.requests.delete(request) || group.requests.size > 0) return
    group.stop()
    this.#groups.delete(signal)
  }

  #listen(signal: AbortSignalLike): Group<R> {
    const requests = new Set<R>()
    const aborted = () => {
      for (const request of [...requests]) this.#aborted(request)
    }
    signal.addEventListener('abort', aborted)
    const group = { requests, stop: () => signal.removeEventListener('abort', aborted) }
    this.#groups.set(signal, group)
    return group
  }
}
