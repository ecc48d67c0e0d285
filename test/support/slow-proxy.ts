/** A TCP proxy whose way back is slow: so many bytes a second reach the client, and no more. */

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Peer } from './peers.ts'

/** How often a slice is passed on, in milliseconds. */
const TICK = 20

export async function slowProxy(targetPort: number, bytesPerSecond: number): Promise<Peer> {
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const target = connect(targetPort, '127.0.0.1')
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        client.destroy()
        target.destroy()
        clearInterval(pump)
        sockets.delete(socket)
      })
    }
    client.pipe(target)
    const waiting: Buffer[] = []
    target.on('data', chunk => {
      waiting.push(chunk)
      // The sender feels it too, as on a real line.
      target.pause()
    })
    const pump = setInterval(() => {
      let left = (bytesPerSecond * TICK) / 1_000
      while (left > 0) {
        const chunk = waiting.shift()
        if (chunk === undefined) {
          target.resume()
          return
        }
        client.write(chunk.subarray(0, left))
        if (chunk.length > left) waiting.unshift(chunk.subarray(left))
        left -= chunk.length
      }
    }, TICK)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
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
