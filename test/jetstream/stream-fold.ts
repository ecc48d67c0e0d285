/** Reads a whole stream and folds it, as a consumer would; throws where a message is doubled, out of order or wrongly removed. */

import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { TransferMessage } from '../../src/jetstream/index.ts'
import { type SimChain, TRANSFER } from '../support/sim-chain.ts'
import { askAgain } from './ask-again.ts'

export interface Folded {
  /** What stands at the end. */
  readonly ids: readonly string[]
  readonly messages: readonly TransferMessage[]
  readonly raw: readonly StoredMsg[]
}

export async function foldStream(connection: NatsConnection, stream: string): Promise<Folded> {
  const { streams } = await jetstreamManager(connection, { checkAPI: false })
  const { state } = await askAgain(() => streams.info(stream))
  const raw: StoredMsg[] = []
  for (let from = state.first_seq; from <= state.last_seq; from += 512) {
    const count = Math.min(512, state.last_seq - from + 1)
    const some = await Promise.all(
      Array.from({ length: count }, (_, i) => askAgain(() => streams.getMessage(stream, { seq: from + i }))),
    )
    raw.push(...some.filter(message => message !== null))
  }
  const messages = raw.map(message => message.json<TransferMessage>())
  return { ids: fold(messages), messages, raw }
}

type Positioned = Pick<
  TransferMessage,
  'blockNumber' | 'blockHash' | 'transactionIndex' | 'logIndex' | 'removed'
>

/** @returns what stands, in order */
export function fold(messages: readonly Positioned[]): readonly string[] {
  const stack: Positioned[] = []
  const standing = new Set<string>()
  for (const [i, message] of messages.entries()) {
    const id = identity(message)
    const last = stack.at(-1)
    const where = `message ${i + 1}, ${id} of block ${message.blockNumber},`
    if (message.removed) {
      if (last === undefined || identity(last) !== id)
        throw new Error(`${where} is removed, but the newest is ${last && identity(last)}`)
      stack.pop()
      standing.delete(id)
    } else {
      if (standing.has(id)) throw new Error(`${where} is doubled`)
      if (last !== undefined && compare(last, message) >= 0)
        throw new Error(`${where} comes after ${identity(last)} of block ${last.blockNumber}`)
      stack.push(message)
      standing.add(id)
    }
  }
  return stack.map(identity)
}

function identity({ blockHash, transactionIndex, logIndex }: Positioned): string {
  return `${blockHash}/${transactionIndex}/${logIndex}`
}

function compare(a: Positioned, b: Positioned): number {
  return a.blockNumber - b.blockNumber || a.transactionIndex - b.transactionIndex || a.logIndex - b.logIndex
}

/** What a chain says that the fold must be. */
export function transferIds(chain: SimChain, from = 0, to = chain.head.number): readonly string[] {
  return chain
    .logs(from, to)
    .filter(({ topics }) => topics[0] === TRANSFER && topics.length === 3)
    .map(log => `${log.blockHash}/${Number(log.transactionIndex)}/${Number(log.logIndex)}`)
}
