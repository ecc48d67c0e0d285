/** An open `ws` socket. Its TCP socket is ours to write on, so that the frames of one tick leave in one write. Node only. */

import type { ClientRequest } from 'node:http'
import type { Socket as TcpSocket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type WebSocket from 'isomorphic-ws'
import { encodeFrames } from './frames.node.ts'
import type { DialPlan } from './handshake.ts'
import { type Negotiated, type Socket, SocketEvents, type SocketListener } from './socket.ts'
import { negotiatedTls } from './tls.node.ts'

/** The most that a control frame brings along: its own header (RFC 6455, section 5.2), and that of its TLS record. */
const FRAME_OVERHEAD = 80
const TOO_LARGE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'

export class NodeSocket implements Socket {
  readonly negotiated: Negotiated
  readonly #ws: WebSocket
  readonly #tcp: TcpSocket | undefined
  readonly #events = new SocketEvents()
  /** Frames of this tick. */
  #texts: string[] = []
  #waiting = 0
  /** Bytes of pings and pongs: a peer that only keeps the line warm sends no answer. */
  #control = 0
  #error: Error | undefined

  constructor(ws: WebSocket, request: ClientRequest | undefined, plan: DialPlan) {
    this.#ws = ws
    this.#tcp = request?.socket ?? undefined
    const tls = plan.url.protocol === 'wss:' ? (this.#tcp as TLSSocket | undefined) : undefined
    this.negotiated = {
      ...(ws.protocol !== '' && { protocol: ws.protocol }),
      compression: ws.extensions.includes('permessage-deflate'),
      ...(tls !== undefined && {
        tls: negotiatedTls(tls, plan.tls?.cert !== undefined || plan.tls?.pfx !== undefined),
      }),
    }
    ws.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.#events.binary(data.length)
      else this.#events.text(data.toString())
    })
    const noteControl = ({ length }: Buffer) => {
      this.#control += length + FRAME_OVERHEAD
    }
    ws.on('ping', noteControl)
    ws.on('pong', noteControl)
    ws.on('error', error => {
      this.#error ??= error
    })
    ws.on('close', (code: number, reason: Buffer) => this.#closed(code, reason.toString()))
  }

  get buffered(): number {
    return this.#ws.bufferedAmount + this.#waiting
  }

  get received(): number | undefined {
    return this.#tcp && this.#tcp.bytesRead - this.#control
  }

  send(frame: string): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return
    // Compressed frames are the business of `ws`.
    if (this.#tcp === undefined || this.negotiated.compression) return this.#ws.send(frame)
    this.#waiting += frame.length
    if (this.#texts.push(frame) === 1) process.nextTick(this.flush)
  }

  close(code: number, reason: string): void {
    // Nothing may follow a close frame.
    this.flush()
    this.#ws.close(code, reason)
  }

  terminate(): void {
    this.#ws.terminate()
    this.#closed(1006, '')
  }

  listen(listener: SocketListener): void {
    this.#events.listen(listener)
  }

  readonly flush = () => {
    const texts = this.#texts
    if (texts.length === 0) return
    this.#texts = []
    this.#waiting = 0
    if (this.#ws.readyState === this.#ws.OPEN) this.#tcp?.write(encodeFrames(texts))
  }

  #closed(closeCode: number, reason: string): void {
    // `ws` enforces our own size limit; what the peer was told is 1009.
    const isTooLarge = this.#error !== undefined && Reflect.get(this.#error, 'code') === TOO_LARGE
    const code = isTooLarge ? 1009 : closeCode
    this.#events.closed({ code, reason, ...(this.#error !== undefined && { error: this.#error }) })
  }
}
