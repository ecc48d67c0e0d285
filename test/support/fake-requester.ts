/** A node that only answers requests, as a test says. */

import type { Requester } from '../../src/eth/requester.ts'

export function fakeRequester(answer: (method: string, params: readonly unknown[]) => unknown): Requester {
  return {
    lines: 1,
    chainId: async () => 1,
    subscribe: () => Promise.reject(new Error('nothing is subscribed here')),
    request: async (method, params) => answer(method, params),
    head: () => undefined,
    doubt: () => undefined,
  }
}
