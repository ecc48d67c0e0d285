/** How adapters read a subscription: to its end, one item after the other, whatever the listener does. */

import type { Client, Hex } from '../index.ts'

export interface Reading {
  readonly id: Hex
  /** Nothing is delivered after it was called; resolves when the node has been told. */
  stop(): Promise<void>
}

/**
 * Resolves once the node has agreed. An item is handed over when the listener is done with the one before: what takes
 * longer for one than for another still arrives in order.
 *
 * @param ended told when the subscription ends by itself, with why
 */
export async function read(
  client: Client,
  [kind, ...params]: readonly [string, ...unknown[]],
  listener: (item: unknown, id: Hex) => unknown,
  ended: (error: unknown) => void,
): Promise<Reading> {
  const stop = new AbortController()
  const subscription = await client.subscribe(kind, params, { signal: stop.signal })
  const { id } = subscription
  const deliver = async () => {
    try {
      for await (const item of subscription) await callSafely(() => listener(item, id))
    } catch (error) {
      if (!stop.signal.aborted) ended(error)
    }
  }
  void deliver()
  return {
    id,
    stop: () => {
      stop.abort()
      return subscription.unsubscribe()
    },
  }
}

/** What a user's listener throws is the user's, and must not end the subscription. */
async function callSafely(listener: () => unknown): Promise<void> {
  try {
    await listener()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
