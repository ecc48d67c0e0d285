/** Which addresses the name has. Node only. */

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type Step, timed } from './diagnosis.ts'

export interface Address {
  readonly address: string
  readonly family: number
}

export async function resolve(
  host: string,
): Promise<{ readonly step: Step; readonly addresses: readonly Address[] }> {
  let addresses: readonly Address[] = []
  const step = await timed('name', async () => {
    if (isIP(host) !== 0) {
      addresses = [{ address: host, family: isIP(host) }]
      return { outcome: 'ok', summary: `${host} is an address`, details: [] }
    }
    try {
      addresses = await lookup(host, { all: true })
      return {
        outcome: 'ok',
        summary: `${host} has ${addresses.map(({ address }) => address).join(', ')}`,
        details: [],
      }
    } catch (error) {
      return {
        outcome: 'failed',
        summary: `${host} has no address (${String(Reflect.get(Object(error), 'code'))})`,
        details: [],
      }
    }
  })
  return { step, addresses }
}
