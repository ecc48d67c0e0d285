/** A node that only answers requests, as a test says. */

import type { Requester } from '../../src/eth/requester.ts'
import { TraitsByEndpoint } from '../../src/eth/traits.ts'

export function fakeRequester(answer: (method: string, params: readonly unknown[]) => unknown): Requester {
  return {
    lines: 1,
    chainId: async () => 1,
    subscribe: () => Promise.reject(new Error('nothing is subscribed here')),
    request: async (method, params) => answer(method, params),
    departed: Promise.resolve(),
    together: calls =>
      Promise.all(
        calls.map(async ([method, params]) => {
          try {
            return { result: await answer(method, params) }
          } catch (error) {
            return { error }
          }
        }),
      ),
    traits: new TraitsByEndpoint().of(''),
    head: () => undefined,
    doubt: () => undefined,
  }
}
