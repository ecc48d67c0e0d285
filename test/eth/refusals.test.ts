/** What nodes and providers say when they do not answer eth_getLogs, in their own words, and what is made of it. */

import { describe, expect, test } from 'vitest'
import { blocksIn, type Refusal, refusalIn } from '../../src/eth/refusals.ts'
import { RpcError } from '../../src/rpc/errors.ts'

const said = (rpcCode: number, message: string, data?: unknown) =>
  new RpcError(message, { rpcCode, data, method: 'eth_getLogs' })

type Row = readonly [who: string, code: number, message: string, blocks?: number, data?: unknown]

const WIDE: readonly Row[] = [
  [
    'Alchemy',
    -32602,
    'Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0xc5dc00, 0xc614a7]',
    14_504,
  ],
  [
    'Alchemy, free plan (without the minus)',
    32600,
    'Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range. Based on your parameters, this block range should work: [0x1180fca, 0x1180fd3]. Upgrade to PAYG for expanded block range.',
    10,
  ],
  [
    'Alchemy, time',
    -32000,
    'Query timeout exceeded. Consider reducing your block range. Based on your parameters and the response size limit, this block range should work: [0x5223c98, 0x5223e80]',
    489,
  ],
  ['Alchemy, bytes', -32008, 'Response size is larger than 150MB limit.'],
  [
    'Infura',
    -32005,
    'query returned more than 10000 results. Try with this block range [0x82FBAC, 0x82FC0A].',
    95,
    { from: '0x82FBAC', limit: 10_000, to: '0x82FC0A' },
  ],
  ['Infura, old', -32005, 'query returned more than 10000 results', 16, { from: '0x10', to: '0x1f' }],
  ['Infura, time', -32005, 'query timeout exceeded'],
  ['Infura, 2026', -32602, 'range 20001 exceeds limit of 10000', 10_000],
  ['QuickNode', -32614, 'eth_getLogs is limited to a 10,000 range', 10_000],
  ['QuickNode, trial', -32615, 'eth_getLogs is limited to a 5 range', 5],
  ['QuickNode, 413', -32603, 'eth_getLogs and eth_newFilter are limited to a 10,000 blocks range', 10_000],
  ['Ankr', -32600, 'block range is too wide'],
  ['Ankr, results', -32000, 'query returned more than 10000 results'],
  [
    'Cloudflare',
    -32047,
    "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800",
    800,
  ],
  [
    'Chainstack',
    -32000,
    'Block range limit exceeded. See more details at https://docs.chainstack.com/docs/limits',
  ],
  ['BlastAPI', -32000, 'Please limit the query to at most 5000 blocks', 5_000],
  ['dRPC', 35, 'ranges over 10000 blocks are not supported on freetier', 10_000],
  ['dRPC, time', 30, 'Request timeout on the free tier, please upgrade your tier to the paid one'],
  ['1RPC', -32000, 'eth_getLogs is limited to 0 - 10000 blocks range'],
  ['PublicNode', -32701, 'exceed maximum block range: 50000', 50_000],
  [
    'PublicNode, addresses',
    -32701,
    'Please specify an address in your request or, to remove restrictions, order a dedicated full node here',
  ],
  ['thirdweb', -32602, 'Maximum allowed number of requested blocks is 1000', 1_000],
  [
    'Tenderly, avalanche',
    -32000,
    'requested too many blocks from 100 to 5000100, maximum is set to 2048',
    2_048,
  ],
  ['geth', -32602, 'exceed maximum block range 1000', 1_000],
  ['geth, time', -32002, 'request timed out'],
  ['geth, response', -32003, 'response too large'],
  ['bor', -32000, 'logs matched by query exceeds limit of 10000'],
  ['BSC', -32005, 'limit exceeded'],
  ['erigon', -32000, 'query returned more than 20000 results, query for fewer blocks or filters'],
  ['erigon, range', -32000, 'block range greater than 10000 max'],
  ['nethermind', -32005, 'Too many logs requested. Max logs per response is 20000.'],
  ['nethermind, time', -32016, 'eth_getLogs request was canceled due to enabled timeout.'],
  ['besu', -32005, 'Requested range exceeds maximum range limit'],
  ['reth, range', -32602, 'query exceeds max block range 100000', 100_000],
  ['reth, results', -32602, 'query exceeds max results 20000, retry with the range 18000000-18000519', 520],
  ['reth, bytes', -32007, 'Response is too big'],
  ['anvil', -32602, 'query exceeds max block range 500', 500],
  ['zkSync', -32602, 'Query returned more than 10000 results. Try with this block range [0x1, 0x64].', 100],
  ['moonbeam', -32603, 'block range is too wide (maximum 1024)', 1_024],
  ['evmos', -32000, 'maximum [from, to] blocks distance: 10000', 10_000],
  ['harmony', -32000, 'GetLogs query must be smaller than size 1024'],
  ['filecoin', -32603, 'block range too large, maximum is 2880', 2_880],
  ['a node that gives up', -32000, 'context deadline exceeded'],
]

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
