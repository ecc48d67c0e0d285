/** Serves a simulated node over real WebSockets on 127.0.0.1, port 0. */

import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { SimNode, SimRequest, SimSocket } from './sim-node.ts'

export interface SimServer {
  readonly url: string
  close(): Promise<void>
}

export async function serveSimNode(node: SimNode): Promise<SimServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise(resolve => server.once('listening', resolve))
  server.on('connection', webSocket => {
    const socket: SimSocket = {
      onRequest: () => undefined,
      onBatch: undefined,
      receive: message => webSocket.send(JSON.stringify(message)),
      notify: (subscription, result) =>
        socket.receive({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } }),
      drop: () => webSocket.terminate(),
    }
    webSocket.on('error', () => webSocket.terminate())
    webSocket.on('message', data => {
      const sent = JSON.parse(data.toString()) as SimRequest | SimRequest[]
      if (Array.isArray(sent)) socket.onBatch?.(sent, undefined as never)
      else socket.onRequest(sent, undefined as never)
    })
    node.accept({ socket, open: () => undefined, fail: () => webSocket.terminate() })
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const webSocket of server.clients) webSocket.terminate()
      }),
  }
}
