/** What the node says: chain, version, head, subscriptions, what `eth_getLogs` allows, and how fast it answers. */

import type { Client } from '../client.ts'
import { HoldfastError } from '../errors.ts'
import type { Hex } from '../rpc/message.ts'
import type { RpcHeader } from '../rpc/node-objects.ts'
import { type Step, timed } from './diagnosis.ts'

/** A head older than this is worth a word: mainnet's slowest blocks are far younger. */
const OLD_HEAD = 120_000
const ROUND_TRIPS = 5
/** Ranges of blocks that are tried, from small to large. */
const RANGES = [1, 10, 100, 1_000, 10_000, 100_000]
/** Narrower, and history is slow to read. */
const WIDE_ENOUGH = 100
const BY_HASH = 'by block hash: yes'
/** Matches nothing, so that only the width of the range counts. */
const NOTHING = {
  address: '0x000000000000000000000000000000000000dead',
  topics: [`0x${'de'.repeat(32)}`],
} as const

interface Head {
  readonly number: number
  readonly hash: Hex
  /** Milliseconds since it was made. */
  readonly age: number
}

export function tryRpc(client: Client): Promise<Step> {
  return timed('rpc', async () => {
    const [version, head, subscription] = await Promise.all([
      said(client, 'web3_clientVersion', []),
      askHead(client),
      client.subscribe('newHeads').then(
        subscribed => subscribed.unsubscribe().then(() => 'newHeads can be subscribed to'),
        error => `newHeads cannot be subscribed to: ${messageOf(error)}`,
      ),
    ])
    const { state } = client
    const chain = state.status === 'open' ? `chain ${String(state.chainId)}` : 'no chain'
    if (head === undefined)
      return { outcome: 'failed', summary: `${chain}, but no head`, details: [version, subscription] }
    const isOld = head.age > OLD_HEAD
    return {
      outcome: isOld || subscription.includes('cannot') ? 'noted' : 'ok',
      summary: `${chain}, head ${head.number}, made ${Math.round(head.age / 1000)} s ago${isOld ? ' (is the node in sync?)' : ''}`,
      details: [version, subscription],
    }
  })
}

export function tryLogs(client: Client): Promise<Step> {
  return timed('logs', async () => {
    const head = await askHead(client)
    if (head === undefined)
      return { outcome: 'skipped', summary: 'without a head there is nothing to ask for', details: [] }
    const byHash = await client
      .request({ method: 'eth_getLogs', params: [{ ...NOTHING, blockHash: head.hash }] })
      .then(
        () => BY_HASH,
        error => `by block hash: no (${messageOf(error)})`,
      )
    const { widest, refusal } = await widestRange(client, head)
    const isGood = byHash === BY_HASH && (refusal === undefined || widest >= WIDE_ENOUGH)
    const blocks = `${refusal === undefined ? 'at least ' : ''}${widest} block${widest === 1 ? '' : 's'}`
    return {
      outcome: isGood ? 'ok' : 'noted',
      summary: `eth_getLogs takes ${blocks} at once`,
      details: [byHash, ...(refusal === undefined ? [] : [`beyond that: ${refusal}`])],
    }
  })
}

export function tryLiveness(client: Client): Promise<Step> {
  return timed('liveness', async () => {
    const times: number[] = []
    for (let i = 0; i < ROUND_TRIPS; i++) {
      const startedAt = performance.now()
      await client.request({ method: 'eth_chainId' })
      times.push(performance.now() - startedAt)
    }
    const [least = 0, most = 0] = [Math.min(...times), Math.max(...times)]
    const summary = `${ROUND_TRIPS} round trips in ${least.toFixed(1)} to ${most.toFixed(1)} ms`
    return { outcome: 'ok', summary, details: [] }
  })
}

async function widestRange(
  client: Client,
  head: Head,
): Promise<{ widest: number; refusal: string | undefined }> {
  let widest = 0
  for (const blocks of RANGES.filter(each => each <= head.number + 1)) {
    const range = { fromBlock: hex(head.number - blocks + 1), toBlock: hex(head.number) }
    try {
      await client.request({ method: 'eth_getLogs', params: [{ ...NOTHING, ...range }] })
      widest = blocks
    } catch (error) {
      return { widest, refusal: messageOf(error) }
    }
  }
  return { widest, refusal: undefined }
}

async function askHead(client: Client): Promise<Head | undefined> {
  try {
    const block = await client.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
    const { number, hash, timestamp } = Object(block) as Partial<RpcHeader>
    if (typeof hash !== 'string') return undefined
    return { number: Number(number), hash, age: Date.now() - 1000 * Number(timestamp) }
  } catch {
    return undefined
  }
}

async function said(client: Client, method: string, params: readonly unknown[]): Promise<string> {
  return client.request({ method, params }).then(
    answer => `${method}: ${String(answer)}`,
    error => `${method}: ${messageOf(error)}`,
  )
}

function messageOf(error: unknown): string {
  return error instanceof HoldfastError ? error.message : String(error)
}

function hex(number: number): Hex {
  return `0x${number.toString(16)}`
}
