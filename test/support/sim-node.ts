/**
 * A node that serves a simulated chain over fake lines, in virtual time: every answer takes `latency`, heads are pushed,
 * and a test may bend any answer. `sim-server.ts` serves the same over real WebSockets.
 */

import { hex, type SimBlock, type SimChain, type SimLog } from './sim-chain.ts'

export interface SimRequest {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** One line to a client: a `FakeDial`, or a real WebSocket. */
export interface SimLine {
  readonly socket: SimSocket
  open(): void
}

export interface SimSocket {
  onRequest: (request: SimRequest, socket: never) => void
  receive(message: unknown): void
  notify(subscription: string, result: unknown): void
  drop(): void
}

/** What is thrown to answer with a JSON-RPC error. */
export class SimRpcError extends Error {
  readonly code: number
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** To answer nothing at all. */
export const NO_ANSWER = Symbol('no answer')

export class SimNode {
  readonly chain: SimChain
  /** Milliseconds from request to answer. */
  latency = 10
  chainId = 1
  /** Whether new heads are told to subscribers. */
  pushesHeads = true
  /** Blocks between head and `finalized`; undefined for a node without the tag. */
  finality: number | undefined = 64
  /** Bends an answer: gives another one, throws, or leaves it to the node by giving undefined. */
  bend: (request: SimRequest) => unknown = () => undefined
  readonly requests: SimRequest[] = []
  readonly #sockets = new Map<SimSocket, Map<string, readonly unknown[]>>()

  constructor(chain: SimChain) {
    this.chain = chain
  }

  /** For `new FakeWorld(node.accept)`. */
  readonly accept = (line: SimLine): void => {
    const { socket } = line
    const subscriptions = new Map<string, readonly unknown[]>()
    this.#sockets.set(socket, subscriptions)
    socket.onRequest = request => this.#serve(request, socket, subscriptions)
    line.open()
  }

  /** Mines, and tells. */
  mine(...blocks: Parameters<SimChain['extend']>[0][]): void {
    for (const logs of blocks.length === 0 ? [[]] : blocks) {
      this.chain.extend(logs)
      this.announce()
    }
  }

  /** Tells subscribers of a head. */
  announce(block: SimBlock = this.chain.head): void {
    if (!this.pushesHeads) return
    for (const [socket, subscriptions] of this.#sockets) {
      for (const [id, [kind]] of subscriptions) if (kind === 'newHeads') socket.notify(id, headerOf(block))
    }
  }

  /** Pushes logs to those who subscribed to them; a node may push them before or after their head. */
  push(logs: readonly SimLog[]): void {
    for (const [socket, subscriptions] of this.#sockets) {
      for (const [id, [kind, filter]] of subscriptions) {
        if (kind !== 'logs') continue
        for (const log of logs) if (matches(log, (filter ?? {}) as LogQuery)) socket.notify(id, log)
      }
    }
  }

  /** Cuts every line. */
  cut(): void {
    for (const socket of this.#sockets.keys()) socket.drop()
    this.#sockets.clear()
  }

  count(method: string): number {
    return this.requests.filter(request => request.method === method).length
  }

  #serve(request: SimRequest, socket: SimSocket, subscriptions: Map<string, readonly unknown[]>): void {
    this.requests.push(request)
    setTimeout(() => {
      if (!this.#sockets.has(socket)) return
      const answer = this.#answer(request, subscriptions)
      if (answer === NO_ANSWER) return
      socket.receive({ jsonrpc: '2.0', id: request.id, ...(answer as object) })
    }, this.latency)
  }

  #answer(request: SimRequest, subscriptions: Map<string, readonly unknown[]>): unknown {
    try {
      const bent = this.bend(request)
      if (bent === NO_ANSWER) return NO_ANSWER
      return { result: bent === undefined ? this.#result(request, subscriptions) : bent }
    } catch (error) {
      if (!(error instanceof SimRpcError)) throw error
      const { code, message, data } = error
      return { error: { code, message, ...(data !== undefined && { data }) } }
    }
  }

  #result({ method, params }: SimRequest, subscriptions: Map<string, readonly unknown[]>): unknown {
    switch (method) {
      case 'eth_chainId':
        return hex(this.chainId)
      case 'eth_blockNumber':
        return hex(this.chain.head.number)
      case 'eth_subscribe': {
        const id = `0x${(subscriptions.size + 1).toString(16)}`
        subscriptions.set(id, params)
        return id
      }
      case 'eth_unsubscribe':
        return subscriptions.delete(String(params[0]))
      case 'eth_getBlockByNumber':
        return this.#blockByTag(String(params[0]))
      case 'eth_getBlockByHash': {
        const block = this.chain.byHash(String(params[0]))
        return block === undefined ? null : headerOf(block)
      }
      case 'eth_getLogs':
        return this.getLogs(params[0] as LogQuery)
      default:
        throw new SimRpcError(-32601, `the method ${method} does not exist`)
    }
  }

  #blockByTag(tag: string): unknown {
    const { head, blocks } = this.chain
    if (tag === 'latest') return headerOf(head)
    if (tag === 'safe' || tag === 'finalized') {
      if (this.finality === undefined) throw new SimRpcError(-32602, `invalid block tag: ${tag}`)
      return headerOf(blocks[Math.max(0, head.number - this.finality)] as SimBlock)
    }
    const block = blocks[Number(tag)]
    return block === undefined ? null : headerOf(block)
  }

  /** As geth answers: an unknown hash is an error, a range past the head too. */
  getLogs(query: LogQuery): readonly SimLog[] {
    const { blockHash, fromBlock, toBlock } = query
    if (blockHash !== undefined) {
      const block = this.chain.byHash(blockHash)
      if (block === undefined) throw new SimRpcError(-32000, 'unknown block')
      return block.logs.filter(log => matches(log, query))
    }
    if (Number(toBlock) > this.chain.head.number) {
      throw new SimRpcError(-32602, 'block range extends beyond current head block')
    }
    return this.chain.logs(Number(fromBlock), Number(toBlock)).filter(log => matches(log, query))
  }
}

export interface LogQuery {
  readonly blockHash?: string
  readonly fromBlock?: string
  readonly toBlock?: string
  readonly address?: string | readonly string[]
  readonly topics?: readonly (string | readonly string[] | null)[]
}

function matches(log: SimLog, { address, topics = [] }: LogQuery): boolean {
  return (
    (address === undefined || [address].flat().includes(log.address)) &&
    topics.every((topic, i) => topic === null || [topic].flat().includes(log.topics[i] ?? ''))
  )
}

export function headerOf({ number, hash, parentHash, timestamp, logsBloom }: SimBlock) {
  return { number: hex(number), hash, parentHash, timestamp: hex(timestamp), logsBloom }
}
