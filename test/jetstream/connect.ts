/** A connection to NATS that comes back quickly, and for ever. */

import { connect, type NatsConnection } from '@nats-io/transport-node'

export function connectTo({ url }: { readonly url: string }): Promise<NatsConnection> {
  return connect({
    servers: url.split(','),
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    reconnectTimeWait: 50,
    reconnectJitter: 0,
  })
}
