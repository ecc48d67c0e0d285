/** Reads a whole stream and folds it, as a consumer would; throws where a message is doubled, out of order or wrongly removed. */

import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { TransferMessage } from '../../src/jetstream/index.ts'
import { Fold } from '../support/fold.ts'
import { type SimChain, TRANSFER } from '../support/sim-chain.ts'

export interface Folded {
  readonly ids: readonly string[]
  readonly messages: readonly TransferMessage[]
  readonly raw: readonly StoredMsg[]
}

export async function foldStream(connection: NatsConnection, stream: string): Promise<Folded> {
  const manager = await jetstreamManager(connection)
  const { state } = await manager.streams.info(stream)
  const raw: StoredMsg[] = []
  for (let from = state.first_seq; from <= state.last_seq; from += 512) {
    const count = Math.min(512, state.last_seq - from + 1)
    const some = await Promise.all(
      Array.from({ length: count }, (_, i) => manager.streams.getMessage(stream, { seq: from + i })),
    )
    raw.push(...some.filter(message => message !== null))
  }
  const messages = raw.map(message => message.json<TransferMessage>())
  const fold = new Fold<TransferMessage>()
  for (const message of messages) fold.apply(message)
  return { ids: fold.ids, messages, raw }
}

/** What a chain says that the fold must be. */
export function transferIds(chain: SimChain, from = 0, to = chain.head.number): readonly string[] {
  return chain
    .logs(from, to)
    .filter(({ topics }) => topics[0] === TRANSFER && topics.length === 3)
    .map(log => `${log.blockHash}/${Number(log.transactionIndex)}/${Number(log.logIndex)}`)
}
