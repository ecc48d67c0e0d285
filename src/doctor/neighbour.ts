/** The neighbour that explains a failure: TLS where there should be none, and the other way round. Node only. */

import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Secrets } from '../secrets.ts'
import { reject } from '../transport/causes/cause.ts'
import { NOT_TLS, TLS_REQUIRED } from '../transport/causes/tls.ts'
import { Scene } from '../transport/scene.ts'
import { type Finding, findingOf, type Step, timed } from './diagnosis.ts'

export interface Neighbour {
  readonly step: Step
  /** What is wrong, where the neighbour explains it. */
  readonly finding: Finding | undefined
}

/** Tries the port the other way. It may reach another server behind a balancer. */
export async function tryNeighbour(url: URL, secrets: Secrets, timeout: number): Promise<Neighbour> {
  const scene = new Scene(undefined, false, secrets)
  scene.url = url
  scene.phase = scene.secure ? 'tls' : 'http'
  const { host, port, secure } = scene
  let finding: Finding | undefined
  const step = await timed('neighbour', async () => {
    const speaks = await (secure ? speaksHttp(host, port, timeout) : speaksTls(host, port, timeout))
    const other = secure ? 'plain HTTP' : 'TLS'
    if (!speaks) return { outcome: 'ok', summary: `port ${port} does not speak ${other} either`, details: [] }
    finding = findingOf(reject(secure ? NOT_TLS : TLS_REQUIRED, scene))
    const right = `${secure ? 'ws' : 'wss'}://${scene.address}`
    return { outcome: 'noted', summary: `port ${port} speaks ${other}: use ${right}`, details: [] }
  })
  return { step, finding }
}

function speaksHttp(host: string, port: string, timeout: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(Number(port), host, () => socket.write(`GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`))
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

function speaksTls(host: string, port: string, timeout: number): Promise<boolean> {
  return new Promise(resolve => {
    // Only whether it speaks TLS is asked: nothing is sent, nothing is trusted.
    const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false })
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
