/**
 * A worker in Node: as many as you like share one durable consumer, and so the work. It acknowledges what is stored.
 *
 *     node examples/jetstream/consumer.ts nats://127.0.0.1:4222
 */

import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

const [servers = 'nats://127.0.0.1:4222', stream = 'TRANSFERS', durable = 'balances'] = process.argv.slice(2)
const connection = await connect({ servers, maxReconnectAttempts: -1 })
const manager = await jetstreamManager(connection)
await manager.consumers.add(stream, {
  durable_name: durable,
  ack_policy: AckPolicy.Explicit,
  filter_subject: 'transfers.1.*',
  max_ack_pending: 5_000,
})
const consumer = await jetstream(connection).consumers.get(stream, durable)

for await (const message of await consumer.consume({ max_messages: 500 })) {
  await store(message.seq, message.string())
  message.ack()
}

/** The statement of transfers.sql, with the PostgreSQL client of your choice. */
async function store(sequence: number, transfer: string): Promise<void> {
  console.log(sequence, transfer)
}
