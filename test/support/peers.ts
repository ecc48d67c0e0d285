/** Peers on this machine that behave, or misbehave, exactly as a test says. Each listens on 127.0.0.1, port 0. */

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Peer {
  readonly port: number
  /** Connections that are open now. */
  readonly connections: number
  close(): Promise<void>
}

/** Writes raw bytes, for whatever no library would send. */
export function rawPeer(onConnection: (socket: Socket) => void, tls?: TlsOptions): Promise<Peer> {
  const server =
    tls === undefined
      ? createTcpServer(onConnection)
      : createTlsServer(tls, onConnection as (socket: Duplex) => void)
  return listen(server)
}

/** Answers the upgrade request with these bytes, once its headers are in. */
export function replyPeer(
  reply: string | ((request: string, socket: Socket) => string | undefined),
  tls?: TlsOptions,
) {
  return rawPeer(socket => {
    let received = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', chunk => {
      received += chunk.toString('latin1')
      if (!received.includes('\r\n\r\n')) return
      const bytes = typeof reply === 'string' ? reply : reply(received, socket)
      received = ''
      if (bytes !== undefined) socket.write(bytes, 'latin1')
    })
  }, tls)
}

/** An HTTP reply with a body. */
export function httpReply(status: string, body = '', headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ 'Content-Length': String(Buffer.byteLength(body)), ...headers })
  return `HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/** The headers of a proper 101. */
export function switchingProtocols(request: string, more = ''): string {
  const key = /sec-websocket-key: (.+)\r\n/i.exec(request)?.[1] ?? ''
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${more}\r\n`
}

export interface NodePeer extends Peer {
  /** What the client sent at each upgrade. */
  readonly upgrades: readonly IncomingMessage[]
  /** Requests over all sockets, in order. */
  readonly requests: readonly { readonly method: string; readonly params: readonly unknown[] }[]
  readonly sockets: ReadonlySet<WebSocket>
}

/** A WebSocket server whose messages a test answers; without an answer it knows `eth_chainId`, unless it is `silent`. */
export async function nodePeer(
  onMessage: (
    message: { id: number; method: string; params: readonly unknown[] },
    socket: WebSocket,
  ) => unknown = () => undefined,
  { silent = false, host = '127.0.0.1' } = {},
): Promise<NodePeer> {
  const upgrades: IncomingMessage[] = []
  const requests: { method: string; params: readonly unknown[] }[] = []
  const server = createServer((_: IncomingMessage, response: ServerResponse) => response.writeHead(426).end())
  const webSockets = new WebSocketServer({ server })
  webSockets.on('connection', (socket, request) => {
    upgrades.push(request)
    socket.on('error', () => socket.terminate())
    socket.on('message', data => {
      for (const message of [JSON.parse(data.toString())].flat()) {
        requests.push(message)
        const result =
          onMessage(message, socket) ?? (message.method === 'eth_chainId' && !silent ? '0x1' : undefined)
        if (result !== undefined) socket.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }))
      }
    })
  })
  const peer = await listen(server, host)
  return Object.assign(peer, { upgrades, requests, sockets: webSockets.clients })
}

async function listen(server: Server, host = '127.0.0.1'): Promise<Peer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    get connections() {
      return sockets.size
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
