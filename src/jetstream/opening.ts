/** The first look of a relay: which chain is served, whether the stream is fit for it, and where an empty one begins. */

import { presenceSubject } from './presence.ts'
import type { RelayClient } from './relay.ts'
import type { RelayFilter, RelaySettings } from './relay-options.ts'
import { StoredStream } from './stored-stream.ts'

export interface Opening {
  readonly stored: StoredStream
  readonly chainId: number
  readonly fromBlock: number
  /** Of the last message. */
  readonly sequence: number
}

/** @throws what the client's `connect()` throws, and what `StoredStream.tail()` does */
export async function open(
  client: RelayClient,
  { token = [], fromBlock = 'latest' }: RelayFilter,
  { connection, stream, subject, domain, timeout }: RelaySettings,
  signal: AbortSignal,
): Promise<Opening> {
  await client.connect({ signal })
  const chainId = Number(await client.request({ method: 'eth_chainId' }, { signal }))
  const stored = await StoredStream.open({
    connection,
    name: stream,
    prefix: subject,
    tokens: [token].flat().map(address => address.toLowerCase()),
    chainId,
    presence: presenceSubject(stream),
    domain,
    timeout,
  })
  const { sequence } = await stored.tail()
  if (fromBlock !== 'latest') return { stored, chainId, fromBlock: Number(fromBlock), sequence }
  // A standby pins it too: should the leader go before its first message, nothing since this moment is missing.
  const head = Number(await client.request({ method: 'eth_blockNumber' }, { signal }))
  return { stored, chainId, fromBlock: head + 1, sequence }
}
