/** What a relay needs of NATS: structural, so that any `NatsConnection` of nats.js 3 fits, whichever transport made it. */

/** A received message. */
export interface NatsMessageLike {
  /** Where it was sent to. */
  readonly subject: string
  /** Its body. */
  readonly data: Uint8Array
  /** What came beside the body. */
  readonly headers?:
    | {
        /** A status in the manner of HTTP: 503 where nobody was there to receive what was sent; 0 where there is none. */
        readonly code: number
      }
    | undefined
  /** The body as text. */
  string(): string
}

/** A `NatsConnection` of `@nats-io/transport-node` (or of `wsconnect()`). */
export interface NatsConnectionLike {
  /** What the server has said of itself. */
  readonly info?:
    | {
        /** The name of its cluster; none where it is alone. */
        readonly cluster?: string
      }
    | undefined
  /** Sends a message; where an answer is wanted, it is to come to `reply`. */
  publish(subject: string, payload?: string, options?: { reply?: string; headers?: object }): void
  /** Calls `callback` with every message of the subject. */
  subscribe(
    subject: string,
    options?: { callback?: (error: Error | null, message: NatsMessageLike) => void },
  ): {
    /** Ends the subscription. */
    unsubscribe(): void
  }
  /** What happens to the connection: `disconnect`, `reconnect` … */
  status(): AsyncIterable<{
    /** What happened. */
    readonly type: string
  }>
  /** Resolves when it is closed for good. */
  closed(): Promise<unknown>
  /** Whether it is closed for good. */
  isClosed(): boolean
}
