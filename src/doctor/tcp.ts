/** Whether TCP opens, on every address by itself. Node only. */

import { connect } from 'node:net'
import { type Step, timed } from './diagnosis.ts'
import type { Address } from './resolve.ts'

export function tryTcp(addresses: readonly Address[], port: number, timeout: number): Promise<Step> {
  return timed('tcp', async () => {
    const results = await Promise.all(addresses.map(({ address }) => open(address, port, timeout)))
    const opened = results.filter(({ fault }) => fault === undefined)
    const details = results.map(({ address, took, fault }) => `${address} ${fault ?? `opened in ${took} ms`}`)
    const outcome = opened.length === 0 ? 'failed' : opened.length < results.length ? 'noted' : 'ok'
    const summary = `${opened.length} of ${results.length} address${results.length === 1 ? '' : 'es'} open on port ${port}`
    return { outcome, summary, details }
  })
}

interface Opened {
  readonly address: string
  readonly took: number
  readonly fault: string | undefined
}

function open(address: string, port: number, timeout: number): Promise<Opened> {
  const startedAt = performance.now()
  return new Promise(resolve => {
    const socket = connect(port, address)
    const done = (fault: string | undefined) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ address, took: Math.round(performance.now() - startedAt), fault })
    }
    const timer = setTimeout(() => done(`did not answer within ${timeout} ms`), timeout)
    socket.once('connect', () => done(undefined))
    socket.once('error', error => done(`failed (${String(Reflect.get(error, 'code'))})`))
  })
}
