/** A relay in a process of its own, to be killed and paused: `relay-process.ts <node url> <nats url> <stream> <options as JSON>`. */

import { createClient } from '../../src/create-client.ts'
import { type RelayOptions, relay } from '../../src/jetstream/index.ts'
import { connectTo } from './connect.ts'

const [nodeUrl = '', url = '', stream = '', options = '{}'] = process.argv.slice(2)
const connection = await connectTo({ url })
const client = createClient(nodeUrl, { reconnect: { minDelay: 10, maxDelay: 200 } })
const running = relay(
  client,
  { fromBlock: 1 },
  { connection, stream, ...(JSON.parse(options) as Partial<RelayOptions>) },
)
running.on('state', ({ to }) =>
  process.send?.({ status: to.status, reason: 'error' in to ? String(to.error) : '' }),
)
process.on('disconnect', () => process.exit())
await running.done
