/** Questions to a cluster that servers leave and join: while nobody leads, they get lost or are answered by who does not know. */

import { JetStreamApiError } from '@nats-io/jetstream'
import { TimeoutError } from '@nats-io/transport-node'
import { pause } from '../../src/pause.ts'

/** "Temporarily unavailable", and "stream not found" (nats-server, server/errors.json). */
const LEADERLESS: ReadonlySet<number> = new Set([10008, 10059])

/** For as long as the test lasts. @throws what is no lack of a leader */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isLeaderless(error)) throw error
    }
    await pause(100, new AbortController().signal)
  }
}

function isLeaderless(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return LEADERLESS.has(error.code)
  return error instanceof TimeoutError
}
