/** The kinds of streams that histories read: what is asked of the client, and which logs of the chain that means. */

import type { Client } from '../../src/client.ts'
import type { Header, Log, Stream, StreamOptions, Transfer } from '../../src/index.ts'
import { addressWord, type SimBlock, type SimLog, TOKEN, TRANSFER } from './sim-chain.ts'

export type Item = Transfer | Log | Header

export interface StreamKind {
  readonly open: (client: Client, options: StreamOptions) => Stream<Item>
  readonly wants: (log: SimLog) => boolean
}

export const ACCOUNT = 5
export const OTHER_TOKEN = `0x${'99'.repeat(20)}`
export const APPROVAL = '0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925'

type Hex = `0x${string}`

const token = TOKEN as Hex
const otherToken = OTHER_TOKEN as Hex
const account = (n: number) => `0x${addressWord(n).slice(26)}` as Hex
const isTransfer = ({ topics }: SimLog) => topics[0] === TRANSFER && topics.length === 3
const isOf = (address: string) => (log: SimLog) => log.address === address
const touches = (n: number) => (log: SimLog) =>
  isTransfer(log) && (log.topics[1] === addressWord(n) || log.topics[2] === addressWord(n))

export const STREAMS = {
  transfers: {
    open: (client, options) => client.transfers({ token, ...options }),
    wants: log => isOf(TOKEN)(log) && isTransfer(log),
  },
  full: {
    open: (client, options) => client.transfers({ token, verify: 'full', ...options }),
    wants: log => isOf(TOKEN)(log) && isTransfer(log),
  },
  account: {
    open: (client, options) => client.transfers({ account: account(ACCOUNT), ...options }),
    wants: touches(ACCOUNT),
  },
  accounts: {
    open: (client, options) => client.transfers({ account: [account(1), account(4)], token, ...options }),
    wants: log => isOf(TOKEN)(log) && (touches(1)(log) || touches(4)(log)),
  },
  from: {
    open: (client, options) =>
      client.transfers({ token: [token, otherToken], from: [account(1), account(ACCOUNT)], ...options }),
    wants: log => isTransfer(log) && [1, ACCOUNT].some(n => log.topics[1] === addressWord(n)),
  },
  ends: {
    open: (client, options) => client.transfers({ from: account(1), to: account(3), ...options }),
    wants: log => isTransfer(log) && log.topics[1] === addressWord(1) && log.topics[2] === addressWord(3),
  },
  every: {
    open: (client, options) => client.transfers({ ...options }),
    wants: isTransfer,
  },
  logs: {
    open: (client, options) => client.logs({ address: token, ...options }),
    wants: isOf(TOKEN),
  },
  topics: {
    open: (client, options) =>
      client.logs({
        topics: [[TRANSFER as Hex, APPROVAL as Hex], null, [addressWord(3) as Hex, addressWord(4) as Hex]],
        ...options,
      }),
    wants: ({ topics }) =>
      [TRANSFER, APPROVAL].includes(topics[0] ?? '') &&
      [addressWord(3), addressWord(4)].includes(topics[2] ?? ''),
  },
  anything: {
    open: (client, options) => client.logs({ ...options }),
    wants: () => true,
  },
  'anything in full': {
    open: (client, options) => client.logs({ verify: 'full', ...options }),
    wants: () => true,
  },
  blocks: {
    open: (client, options) => client.blocks({ ...options }),
    wants: () => false,
  },
} as const satisfies Readonly<Record<string, StreamKind>>

export type Kind = keyof typeof STREAMS

export const idOf = ({ blockHash, transactionIndex, logIndex }: SimLog) =>
  `${blockHash}/${Number(transactionIndex)}/${Number(logIndex)}`

/** The ids of everything that a stream of this kind is to deliver of these blocks, in order. */
export function wantedOf(kind: Kind, blocks: readonly SimBlock[]): readonly string[] {
  if (kind === 'blocks') return blocks.map(({ hash }) => `${hash}/0/0`)
  const { wants } = STREAMS[kind]
  return blocks.flatMap(({ logs }) => logs.filter(wants).map(idOf))
}

/** Where an item stands: a header stands for its whole block. */
export function positioned(item: Item) {
  if ('logIndex' in item) return item
  const { number, hash, removed } = item
  return { blockNumber: number, blockHash: hash, transactionIndex: 0, logIndex: 0, removed }
}
