/** A WHATWG WebSocket. Implementations differ in how they end: some give `error` only, some `close` only. */

import type { WebSocketLike } from '../options.ts'
import { type Negotiated, type Socket, SocketEvents, type SocketListener } from './socket.ts'

const OPEN = 1

export class NativeSocket implements Socket {
  /** Settles once: open, or failed before. */
  readonly opened: Promise<void>
  readonly received = undefined
  readonly #ws: WebSocketLike
  readonly #events = new SocketEvents()

  constructor(ws: WebSocketLike) {
    this.#ws = ws
    ws.binaryType = 'arraybuffer'
    this.opened = new Promise((resolve, reject) => {
      ws.addEventListener('open', () => resolve())
      // Node 22 gives no 'close' after a failed dial, Chromium none where a Content-Security-Policy forbids it.
      ws.addEventListener('error', () => reject(new Error('the WebSocket failed')))
      ws.addEventListener('close', ({ code, reason }: { code: number; reason: string }) => {
        reject(new Error('the WebSocket closed'))
        // Deno says 0 where the standard says 1006.
        this.#events.closed({ code: code || 1006, reason })
      })
    })
    ws.addEventListener('message', ({ data }: { data: unknown }) => {
      if (typeof data === 'string') this.#events.text(data)
      else this.#events.binary((data as ArrayBuffer).byteLength)
    })
  }

  get negotiated(): Negotiated {
    const { protocol } = this.#ws
    return { ...(protocol !== '' && { protocol }), compression: false }
  }

  get buffered(): number {
    return this.#ws.bufferedAmount
  }

  send(frame: string): void {
    if (this.#ws.readyState === OPEN) this.#ws.send(frame)
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason)
  }

  /** A page cannot cut a line; it can only stop listening to it. */
  terminate(): void {
    this.#ws.close()
    this.#events.closed({ code: 1006, reason: '' })
  }

  listen(listener: SocketListener): void {
    this.#events.listen(listener)
  }
}
