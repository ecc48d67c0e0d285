/** What a relay needs of NATS: structural, so that any `NatsConnection` of nats.js 3 fits, whichever transport made it. */

/** A received message. */
export interface NatsMessageLike {
  readonly subject: string
  readonly data: Uint8Array
  /** `code` is 503 where nobody was there to receive what was sent. */
  readonly headers?: { readonly code: number } | undefined
  string(): string
}

/** A `NatsConnection` of `@nats-io/transport-node` (or of `wsconnect()`). */
export interface NatsConnectionLike {
  publish(subject: string, payload?: string, options?: { reply?: string; headers?: object }): void
  subscribe(
    subject: string,
    options?: { callback?: (error: Error | null, message: NatsMessageLike) => void },
  ): { unsubscribe(): void }
  status(): AsyncIterable<{ readonly type: string }>
  closed(): Promise<unknown>
  isClosed(): boolean
}
