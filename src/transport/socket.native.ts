/** A WHATWG WebSocket. Implementations differ in how they end: some give `error` only, some `close` only. */

import type { WebSocketLike } from '../options.ts'
import { type Negotiated, type Socket, SocketEvents, type SocketListener } from './socket.ts'

const OPEN = 1
/** An `error` is mostly followed by its `close` at once; some platforms give no `close` at all. */
const CLOSE_FOLLOWS = 50

export class NativeSocket implements Socket {
  /** Resolves once: when it is open, or with the close code, as far as that is told, when it will not open. */
  readonly ready: Promise<'open' | number | undefined>
  readonly received = undefined
  readonly #ws: WebSocketLike
  readonly #events = new SocketEvents()

  constructor(ws: WebSocketLike) {
    this.#ws = ws
    ws.binaryType = 'arraybuffer'
    this.ready = new Promise(resolve => {
      ws.addEventListener('open', () => resolve('open'))
      // Node 22 gives no 'close' after a failed dial, Chromium none where a Content-Security-Policy forbids it.
      let patience: ReturnType<typeof setTimeout>
      ws.addEventListener('error', () => {
        patience = setTimeout(() => resolve(undefined), CLOSE_FOLLOWS)
      })
      ws.addEventListener('close', ({ code, reason }: { code: number; reason: string }) => {
        clearTimeout(patience)
        resolve(code)
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

  /** Each has left with `send`. */
  flush(): void {}

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
