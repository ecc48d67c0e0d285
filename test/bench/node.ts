/** The peer of the benchmarks, in a process of its own: answers as fast as it can, from texts made beforehand. */

import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { BLOCKS, HEAD, LOGS_PER_BLOCK, logOf, TOKEN } from './chain.ts'

const hex = (number: number) => `0x${number.toString(16)}`
/** Block 0 has no parent. */
const hashOf = (number: number) => `0x${number < 0 ? '0'.repeat(64) : number.toString(16).padStart(64, 'b')}`
const headerOf = (number: number) =>
  JSON.stringify({
    number: hex(number),
    hash: hashOf(number),
    parentHash: hashOf(number - 1),
    timestamp: hex(1_700_000_000 + 12 * number),
    logsBloom: `0x${'f'.repeat(512)}`,
  })
const textOf = (block: number) =>
  Array.from({ length: LOGS_PER_BLOCK }, (_, k) => JSON.stringify(logOf(block, k))).join(',')
/** The logs of every block as JSON, without brackets; those above are made when they are asked for first. */
const logs = Array.from({ length: BLOCKS }, (_, i) => textOf(i + 1))

function logsFrom(first: number, last: number): string {
  while (logs.length < last) logs.push(textOf(logs.length + 1))
  return `[${logs.slice(first - 1, last).join(',')}]`
}

const notification = (id: string, k: number) =>
  `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${id}","result":${JSON.stringify(logOf(1 + Math.floor(k / LOGS_PER_BLOCK), k % LOGS_PER_BLOCK))}}}`

interface Call {
  readonly id: number | string
  readonly method: string
  readonly params: readonly unknown[]
}

/** Pages of logs that were asked for since `bench_pages`, so that others can ask the same. */
let pages: [number, number][] = []
let subscriptions = 0
const owners = new Map<string, WebSocket>()

function resultOf({ method, params }: Call, socket: WebSocket): string | undefined {
  switch (method) {
    case 'eth_chainId':
    case 'net_version':
      return '"0x1"'
    case 'eth_blockNumber':
      return `"${hex(HEAD)}"`
    case 'eth_getBlockByNumber': {
      const tag = String(params[0])
      return headerOf(
        tag === 'latest' ? HEAD : tag === 'finalized' || tag === 'safe' ? HEAD - 64 : Number(tag),
      )
    }
    case 'eth_getLogs': {
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string }
      pages.push([Number(fromBlock), Number(toBlock)])
      return logsFrom(Number(fromBlock), Number(toBlock))
    }
    case 'eth_subscribe': {
      const id = `0x${(++subscriptions).toString(16)}`
      if (params[0] === 'logs') {
        owners.set(id, socket)
        process.send?.({ subscribed: id })
      }
      return `"${id}"`
    }
    case 'eth_unsubscribe':
      return 'true'
    case 'bench_pages': {
      const asked = JSON.stringify(pages)
      pages = []
      return asked
    }
    // A call that stays pending.
    case 'eth_call':
      return undefined
    default:
      return 'null'
  }
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
server.on('connection', (socket, { socket: tcp }) => {
  socket.on('message', data => {
    const message = JSON.parse(data.toString()) as Call | Call[]
    // Answers to what came in one chunk leave in one write, as those of a fast node do.
    tcp.cork()
    process.nextTick(() => tcp.uncork())
    if (!Array.isArray(message)) return answer(message, socket)
    const answers = message.map(call => [call.id, resultOf(call, socket)] as const)
    socket.send(
      `[${answers.map(([id, result]) => `{"jsonrpc":"2.0","id":${id},"result":${result}}`).join(',')}]`,
    )
  })
})

function answer(call: Call, socket: WebSocket): void {
  const result = resultOf(call, socket)
  if (result !== undefined)
    socket.send(`{"jsonrpc":"2.0","id":${JSON.stringify(call.id)},"result":${result}}`)
}

server.on('listening', () => process.send?.({ port: (server.address() as AddressInfo).port, token: TOKEN }))
process.on('disconnect', () => process.exit())
// A burst is asked for over IPC, so that no contender pays for asking.
process.on('message', ({ id, count }: { id: string; count: number }) => {
  const socket = owners.get(id)
  for (let k = 0; k < count; k++) socket?.send(notification(id, k % (BLOCKS * LOGS_PER_BLOCK)))
})
