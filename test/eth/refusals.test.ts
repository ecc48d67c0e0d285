/** What nodes and providers say when they do not answer eth_getLogs, in their own words, and what is made of it. */

import { describe, expect, test } from 'vitest'
import { blocksIn, type Refusal, refusalIn } from '../../src/eth/refusals.ts'
import { RpcError } from '../../src/rpc/errors.ts'
import { WIDE } from '../support/limit-wordings.ts'

const said = (rpcCode: number, message: string, data?: unknown) =>
  new RpcError(message, { rpcCode, data, method: 'eth_getLogs' })

const OTHERS: readonly (readonly [means: Refusal, who: string, code: number, message: string])[] = [
  ['behind', 'geth, past the head', -32602, 'block range extends beyond current head block'],
  ['behind', 'geth, unknown hash', -32000, 'unknown block'],
  ['behind', 'geth, header', -32000, 'header not found'],
  ['behind', 'besu', -32000, 'Block not found'],
  ['behind', 'reth', -32001, 'block not found: hash 0x12'],
  ['behind', 'erigon', -32000, 'block not found: 0x1234'],
  ['behind', 'nethermind', -32001, 'Block 0x12 could not be found: filter block not found'],
  ['behind', 'avalanche', -32000, 'requested from block 12 after last accepted block 11'],
  [
    'behind',
    'a gateway',
    -32000,
    'One of the blocks specified in filter (fromBlock, toBlock or blockHash) cannot be found: missing block',
  ],
  ['pruned', 'geth', 4444, 'pruned history unavailable'],
  ['pruned', 'erigon', -32000, 'history has been pruned for this block'],
  ['pruned', 'nethermind', 4444, 'Pruned history unavailable'],
  ['pruned', 'reth', -32000, 'old data not available due to pruning: receipts pruned'],
  [
    'pruned',
    'a provider',
    -32000,
    'Archive, Debug and Trace requests are not available on your current plan',
  ],
  ['by-hash', 'lotus', -32602, 'blockHash is not supported in eth_getLogs filter'],
  ['by-hash', 'a strict parser', -32602, 'unknown field `blockHash`, expected one of `fromBlock`'],
  ['rate', 'Infura', -32005, 'daily request count exceeded, request rate limited'],
  ['rate', 'Infura, per second', -32005, 'project ID request rate exceeded'],
  [
    'rate',
    'Alchemy',
    429,
    'Your app has exceeded its compute units per second capacity. If you have retries enabled, you can safely ignore this message.',
  ],
  [
    'rate',
    'QuickNode',
    -32007,
    '50/second request limit reached - reduce calls per second or upgrade your account',
  ],
  ['rate', 'Cloudflare', 429, 'Too Many Requests'],
  ['rate', 'a public one', -32016, 'over rate limit'],
]

describe('too much at once', () => {
  test.each(WIDE.map(row => ({ row, name: row[0], message: row[2] })))('$name: $message', ({ row }) => {
    const [, code, message, blocks, data] = row
    const error = said(code, message, data)

    expect(refusalIn(error)).toBe('wide')
    expect(blocksIn(error)).toBe(blocks)
  })
})

describe('something else', () => {
  test.each(OTHERS)('%s: %s (%i), %s', (refusal, _, code, message) => {
    expect(refusalIn(said(code, message))).toBe(refusal)
  })
})

test.each([
  'execution reverted',
  'the method eth_getLogs does not exist/is not available',
  'invalid argument 0: hex string has length 0',
  'Internal error',
])('"%s" is none', message => {
  expect(refusalIn(said(-32603, message))).toBeUndefined()
})
