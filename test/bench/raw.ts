/** The yardstick: `ws`, `JSON.parse`, a `Map`, and a decoder by hand. No time-outs, no reconnecting, no checks. */

import { WebSocket } from 'ws'

export interface RawLog {
  readonly address: string
  readonly topics: readonly [string, string, string]
  readonly data: string
  readonly blockNumber: string
  readonly blockHash: string
  readonly transactionHash: string
  readonly transactionIndex: string
  readonly logIndex: string
  readonly removed: boolean
}

export class Raw {
  readonly #ws: WebSocket
  readonly #pending = new Map<number, (result: unknown) => void>()
  readonly #subscriptions = new Map<string, (log: RawLog) => void>()
  #id = 0

  private constructor(ws: WebSocket) {
    this.#ws = ws
    ws.on('message', data => {
      const { id, result, params } = JSON.parse(data.toString())
      if (params !== undefined) return this.#subscriptions.get(params.subscription)?.(params.result)
      const resolve = this.#pending.get(id)
      this.#pending.delete(id)
      resolve?.(result)
    })
  }

  static open(url: string): Promise<Raw> {
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(url, { perMessageDeflate: false, maxPayload: 2 ** 28 })
      ws.on('open', () => resolve(new Raw(ws)))
      ws.on('error', reject)
    })
  }

  request<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    return new Promise(resolve => {
      const id = ++this.#id
      this.#pending.set(id, resolve as (result: unknown) => void)
      this.#ws.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }

  async subscribe(params: readonly unknown[], onLog: (log: RawLog) => void): Promise<string> {
    const id = await this.request<string>('eth_subscribe', params)
    this.#subscriptions.set(id, onLog)
    return id
  }

  close(): void {
    this.#ws.close()
  }
}

export function decode(log: RawLog) {
  return {
    token: log.address,
    from: `0x${log.topics[1].slice(26)}`,
    to: `0x${log.topics[2].slice(26)}`,
    value: BigInt(log.data),
    blockNumber: Number(log.blockNumber),
    blockHash: log.blockHash,
    transactionHash: log.transactionHash,
    transactionIndex: Number(log.transactionIndex),
    logIndex: Number(log.logIndex),
    removed: log.removed,
  }
}
