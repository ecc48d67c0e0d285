/** The node of the benchmark, in a process of its own: a long chain whose every block holds as many transfers; answers are pieced together from text. */

import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { hex, SimChain, transferSeed, word } from '../support/sim-chain.ts'
import { headerOf } from '../support/sim-node.ts'

const [blocks = 0, perBlock = 0] = process.argv.slice(2).map(Number)
const sample = new SimChain().extend(Array.from({ length: perBlock }, (_, i) => transferSeed(i + 1)))
const hashes = Array.from({ length: blocks + 1 }, (_, number) => word(`bench ${number}`))
const header = (number: number) =>
  JSON.stringify(
    headerOf({
      ...sample,
      number,
      hash: hashes[number] ?? '',
      parentHash: hashes[number - 1] ?? word('none'),
    }),
  )
const tails = sample.logs.map(({ address, topics, data, transactionIndex, logIndex, transactionHash }) =>
  JSON.stringify({
    address,
    topics,
    data,
    transactionIndex,
    logIndex,
    transactionHash,
    removed: false,
  }).slice(1),
)
const logsOf = (number: number) =>
  tails.map(tail => `{"blockNumber":"${hex(number)}","blockHash":"${hashes[number]}",${tail}`).join()

interface Query {
  readonly blockHash?: string
  readonly fromBlock?: string
  readonly toBlock?: string
}

function logs({ blockHash, fromBlock, toBlock }: Query): string {
  const from = blockHash === undefined ? Number(fromBlock) : hashes.indexOf(blockHash)
  const to = blockHash === undefined ? Number(toBlock) : from
  return `[${Array.from({ length: to - from + 1 }, (_, i) => logsOf(from + i)).join()}]`
}

function answer(method: string, [first]: readonly unknown[]): string {
  if (method === 'eth_chainId' || method === 'eth_subscribe') return '"0x1"'
  if (method === 'eth_blockNumber') return `"${hex(blocks)}"`
  if (method === 'eth_getLogs') return logs(first as Query)
  if (method === 'eth_getBlockByHash') return header(hashes.indexOf(String(first)))
  if (first === 'finalized') return header(Math.max(0, blocks - 64))
  if (method === 'eth_getBlockByNumber') return header(first === 'latest' ? blocks : Number(first))
  return 'null'
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
server.on('connection', socket => {
  socket.on('message', data => {
    for (const { id, method, params } of [JSON.parse(data.toString())].flat())
      socket.send(`{"jsonrpc":"2.0","id":${id},"result":${answer(method, params)}}`)
  })
})
server.on('listening', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
