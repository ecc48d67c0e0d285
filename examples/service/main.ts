/**
 * A service that follows transfers and goes down cleanly: on SIGTERM it stops reading, closes the line, and exits with 0.
 *
 *     node examples/service/main.ts wss://node.example/v3/KEY 0xdAC17F958D2ee523a2206206994597C13D831ec7
 */

import { createClient } from 'holdfast'

const [, , url = 'ws://127.0.0.1:8545', token] = process.argv
const stopping = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => stopping.abort(new Error(`${signal} received`)))

// The line is closed however this block is left, by an error too.
await using client = createClient(url)
client.on('state', ({ to }) => console.log(to.status))

try {
  const filter = token === undefined ? {} : { token: token as `0x${string}` }
  for await (const { from, to, value } of client.transfers({ ...filter, signal: stopping.signal }))
    console.log(`${from} → ${to}: ${value}`)
} catch (error) {
  if (!stopping.signal.aborted) throw error
  console.log(`${stopping.signal.reason.message}: good night`)
}
