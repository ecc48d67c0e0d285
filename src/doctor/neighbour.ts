/** The neighbour that explains a failure: TLS where there should be none, and the other way round. Node only. */

import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Step, timed } from './diagnosis.ts'

export interface NeighbourTarget {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** Milliseconds. */
  readonly timeout: number
}

/** Tries the port the other way. It may reach another server behind a balancer. */
export function tryNeighbour({ host, port, secure, timeout }: NeighbourTarget): Promise<Step> {
  return timed('neighbour', async () => {
    const speaks = await (secure ? speaksHttp(host, port, timeout) : speaksTls(host, port, timeout))
    const [tried, advice] = secure
      ? ['plain HTTP', `use ws://${host}:${port}`]
      : ['TLS', `use wss://${host}:${port}`]
    return speaks
      ? { outcome: 'noted', summary: `port ${port} speaks ${tried}: ${advice}`, details: [] }
      : { outcome: 'ok', summary: `port ${port} does not speak ${tried} either`, details: [] }
  })
}

function speaksHttp(host: string, port: number, timeout: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, host, () => socket.write(`GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`))
    const done = (speaks: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(speaks)
    }
    const timer = setTimeout(() => done(false), timeout)
    socket.once('data', chunk => done(chunk.toString('latin1').startsWith('HTTP/')))
    for (const event of ['error', 'close']) socket.once(event, () => done(false))
  })
}

function speaksTls(host: string, port: number, timeout: number): Promise<boolean> {
  return new Promise(resolve => {
    // Only whether it speaks TLS is asked: nothing is sent, nothing is trusted.
    const socket = connectTls({ host, port, rejectUnauthorized: false })
    const done = (speaks: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(speaks)
    }
    const timer = setTimeout(() => done(false), timeout)
    socket.once('secureConnect', () => done(true))
    for (const event of ['error', 'close']) socket.once(event, () => done(false))
  })
}
