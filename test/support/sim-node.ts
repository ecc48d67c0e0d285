/**
 * A node that serves a simulated chain over fake lines, in virtual time: every answer takes `latency`, heads are pushed,
 * and a test may bend any answer. `sim-server.ts` serves the same over real WebSockets.
 */

import { ConnectionLostError } from '../../src/connection/errors.ts'
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
  fail(error: Error): void
}

export interface SimSocket {
  onRequest: (request: SimRequest, socket: never) => void
  /** For JSON-RPC batches, where they are to come whole. */
  onBatch: ((requests: readonly SimRequest[], socket: never) => void) | undefined
  receive(message: unknown): void
  notify(subscription: string, result: unknown): void
  /** @param closure with the close code, where it says something: 1009 is "too large" */
  drop(closure?: { readonly code: number }): void
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

/** Thrown to cut the line instead of answering. */
export class SimCut extends Error {
  readonly code: number

  constructor(code = 1006) {
    super(`cut with ${code}`)
    this.code = code
  }
}

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
  /** What a request is answered from: a backend may be behind. */
  viewFor: (request: SimRequest) => readonly SimBlock[] = () => this.chain.blocks
  /** A node that is down accepts nobody. */
  isUp = true
  /** Called before each frame is answered: a backend may be chosen for it. */
  beforeFrame: (requests: readonly SimRequest[]) => void = () => {}
  /** What becomes of a JSON-RPC batch. */
  batches: 'answered' | 'refused' | 'singly' = 'answered'
  readonly requests: SimRequest[] = []
  /** Frames that came, batches being one. */
  frames = 0
  readonly #sockets = new Map<SimSocket, Map<string, readonly unknown[]>>()

  constructor(chain: SimChain) {
    this.chain = chain
  }

  /** For `new FakeWorld(node.accept)`. */
  readonly accept = (line: SimLine): void => {
    const { socket } = line
    if (!this.isUp)
      return line.fail(
        new ConnectionLostError('The node is down.', { closeCode: 1006, reason: '', retryable: true }),
      )
    const subscriptions = new Map<string, readonly unknown[]>()
    this.#sockets.set(socket, subscriptions)
    socket.onRequest = request => this.#serve([request], socket, subscriptions, false)
    socket.onBatch = requests => this.#serve(requests, socket, subscriptions, true)
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

  #serve(
    requests: readonly SimRequest[],
    socket: SimSocket,
    subscriptions: Map<string, readonly unknown[]>,
    isBatch: boolean,
  ): void {
    this.frames++
    this.requests.push(...requests)
    if (isBatch && this.batches === 'singly') {
      for (const request of requests) this.#answerLater([request], socket, subscriptions, false)
    } else this.#answerLater(requests, socket, subscriptions, isBatch)
  }

  #answerLater(
    requests: readonly SimRequest[],
    socket: SimSocket,
    subscriptions: Map<string, readonly unknown[]>,
    isBatch: boolean,
  ): void {
    setTimeout(() => {
      if (!this.#sockets.has(socket)) return
      if (isBatch && this.batches === 'refused') {
        socket.receive({
          jsonrpc: '2.0',
          id: null,
          error: { code: -32600, message: 'batches are not allowed' },
        })
        return
      }
      try {
        this.beforeFrame(requests)
        const answers = requests.flatMap(request => {
          const answer = this.#answer(request, subscriptions)
          return answer === NO_ANSWER ? [] : [{ jsonrpc: '2.0', id: request.id, ...(answer as object) }]
        })
        if (isBatch) socket.receive(answers)
        else for (const answer of answers) socket.receive(answer)
      } catch (cut) {
        if (!(cut instanceof SimCut)) throw cut
        this.#sockets.delete(socket)
        socket.drop({ code: cut.code })
      }
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

  #result(request: SimRequest, subscriptions: Map<string, readonly unknown[]>): unknown {
    const { method, params } = request
    const view = this.viewFor(request)
    switch (method) {
      case 'eth_chainId':
        return hex(this.chainId)
      case 'eth_blockNumber':
        return hex(view.length - 1)
      case 'eth_subscribe': {
        const id = `0x${(subscriptions.size + 1).toString(16)}`
        subscriptions.set(id, params)
        return id
      }
      case 'eth_unsubscribe':
        return subscriptions.delete(String(params[0]))
      case 'eth_getBlockByNumber':
        return this.#blockByTag(String(params[0]), view)
      case 'eth_getBlockByHash': {
        const block = this.#known(String(params[0]), view)
        return block === undefined ? null : headerOf(block)
      }
      case 'eth_getLogs':
        return this.getLogs(params[0] as LogQuery, view)
      default:
        throw new SimRpcError(-32601, `the method ${method} does not exist`)
    }
  }

  #blockByTag(tag: string, view: readonly SimBlock[]): unknown {
    if (tag === 'latest') return headerOf(view.at(-1) as SimBlock)
    if (tag === 'safe' || tag === 'finalized') {
      if (this.finality === undefined) throw new SimRpcError(-32602, `invalid block tag: ${tag}`)
      return headerOf(view[Math.max(0, view.length - 1 - this.finality)] as SimBlock)
    }
    const block = view[Number(tag)]
    return block === undefined ? null : headerOf(block)
  }

  /** Blocks that left the chain are known as well, but not those that a backend has not heard of. */
  #known(hash: string, view: readonly SimBlock[]): SimBlock | undefined {
    const block = this.chain.byHash(hash)
    return block !== undefined && block.number < view.length ? block : undefined
  }

  /** As geth answers: an unknown hash is an error, a range past the head too. */
  getLogs(
    { blockHash, fromBlock, toBlock, ...filter }: LogQuery,
    view: readonly SimBlock[] = this.chain.blocks,
  ): readonly SimLog[] {
    if (blockHash !== undefined) {
      const block = this.#known(blockHash, view)
      if (block === undefined) throw new SimRpcError(-32000, 'unknown block')
      return block.logs.filter(log => matches(log, filter))
    }
    if (Number(toBlock) >= view.length) {
      throw new SimRpcError(-32602, 'block range extends beyond current head block')
    }
    return view
      .slice(Number(fromBlock), Number(toBlock) + 1)
      .flatMap(({ logs }) => logs.filter(log => matches(log, filter)))
  }
}

export function matches(log: SimLog, { address, topics = [] }: LogQuery): boolean {
  return (
    (address === undefined || [address].flat().includes(log.address)) &&
    topics.every((topic, i) => topic === null || [topic].flat().includes(log.topics[i] ?? ''))
  )
}

export interface LogQuery {
  readonly blockHash?: string
  readonly fromBlock?: string
  readonly toBlock?: string
  readonly address?: string | readonly string[]
  readonly topics?: readonly (string | readonly string[] | null)[]
}

export function headerOf({ number, hash, parentHash, timestamp, logsBloom }: SimBlock) {
  return { number: hex(number), hash, parentHash, timestamp: hex(timestamp), logsBloom }
}
