/** A TCP proxy whose line can be cut in every way a line gets cut. */

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy {
  readonly port: number
  /** Connections through it at the moment. */
  readonly connections: number
  /** Connections through it since it was made. */
  readonly accepted: number
  /** Cuts with a TCP reset, as a crashed peer or a firewall does. */
  reset(): void
  /** Ends both sides properly, without a WebSocket close frame. */
  end(): void
  /** Half-open: takes every byte and passes none; nothing tells either side. New connections work. */
  silence(): void
  /** Resets everything and refuses connections until `up()`. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

/** Systems give away higher ports by themselves: nobody takes one of these while the proxy is down. */
const LOWEST_PORT = 20_000
const HIGHEST_PORT = 32_000

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

export async function startProxy(targetPort: number): Promise<CuttingProxy> {
  const pairs = new Set<Pair>()
  let accepted = 0
  const server = createServer({ allowHalfOpen: false }, client => {
    accepted++
    const target = connect(targetPort, '127.0.0.1')
    const pair = { client, server: target }
    pairs.add(pair)
    client.pipe(target)
    target.pipe(client)
    for (const socket of [client, target]) {
      // A cut is what this proxy is for: whichever side notices it takes the other one along.
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        client.destroy()
        target.destroy()
        pairs.delete(pair)
      })
    }
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const listenSomewhere = async (): Promise<number> => {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT))
    try {
      await listen(port)
      return port
    } catch (error) {
      if (Reflect.get(Object(error), 'code') !== 'EADDRINUSE') throw error
      return listenSomewhere()
    }
  }
  const port = await listenSomewhere()
  const stopListening = () => new Promise<void>(resolve => server.close(() => resolve()))
  const reset = () => {
    for (const { client, server: target } of pairs) {
      client.resetAndDestroy()
      target.destroy()
    }
  }
  return {
    port,
    get connections() {
      return pairs.size
    },
    get accepted() {
      return accepted
    },
    reset,
    end: () => {
      for (const { client, server: target } of pairs) {
        client.end()
        target.end()
      }
    },
    silence: () => {
      for (const { client, server: target } of pairs) {
        client.unpipe(target)
        target.unpipe(client)
        client.resume()
        target.resume()
      }
    },
    down: async () => {
      const stopped = stopListening()
      reset()
      await stopped
    },
    up: () => listen(port),
    close: async () => {
      const stopped = server.listening ? stopListening() : Promise.resolve()
      reset()
      await stopped
    },
  }
}
