/** Watches the NATS connection, which is the user's: it may fall and come back, or be closed for good. */

import { NatsClosedError } from './errors.ts'
import type { RelaySettings } from './relay-options.ts'

export interface LineEvents {
  /** What was on the way may be lost. */
  readonly fell: () => void
  readonly closed: (error: NatsClosedError) => void
}

export class Line {
  #isWatched = true
  readonly #statuses: AsyncIterable<{ readonly type: string }>

  constructor({ connection, stream }: Pick<RelaySettings, 'connection' | 'stream'>, events: LineEvents) {
    this.#statuses = connection.status()
    void this.#watch(events)
    void connection.closed().then(cause => {
      const hint =
        'Make the connection with maxReconnectAttempts: -1, and close the relay before the connection.'
      const message = 'The NATS connection is closed.'
      if (this.#isWatched) events.closed(new NatsClosedError(message, { stream, hint, cause }))
    })
  }

  close(): void {
    this.#isWatched = false
    // What nats.js gives is a queue that would go on to be filled.
    const stop: unknown = Reflect.get(this.#statuses, 'stop')
    if (typeof stop === 'function') stop.call(this.#statuses)
  }

  async #watch({ fell }: LineEvents): Promise<void> {
    for await (const { type } of this.#statuses) {
      if (!this.#isWatched) return
      if (type === 'disconnect' || type === 'reconnect') fell()
    }
  }
}
