/**
 * `holdfast/jetstream`: transfers into a NATS JetStream stream, exactly once, from any number of replicas. Begin at
 * {@link relay}.
 *
 * @module holdfast/jetstream
 */

export type { RelayedPage, RelayStats } from './arrivals.ts'
export * from './errors.ts'
export type { TransferMessage } from './message.ts'
export type { NatsConnectionLike, NatsMessageLike } from './nats.ts'
export { type Relay, type RelayClient, type RelayEvents, type RelayState, relay } from './relay.ts'
export type { RelayFilter, RelayOptions } from './relay-options.ts'
