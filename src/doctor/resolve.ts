/** Which addresses the name has. Node only. */

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { DialOptions } from '../options.ts'
import { type Step, timed } from './diagnosis.ts'

export interface Address {
  readonly address: string
  readonly family: number
}

/** @param custom the `lookup` option of the endpoint, asked instead of the system */
export async function resolve(
  host: string,
  custom?: DialOptions['lookup'],
): Promise<{ readonly step: Step; readonly addresses: readonly Address[] }> {
  let addresses: readonly Address[] = []
  const step = await timed('name', async () => {
    if (isIP(host) !== 0) {
      addresses = [{ address: host, family: isIP(host) }]
      return { outcome: 'ok', summary: `${host} is an address`, details: [] }
    }
    try {
      addresses = await (custom === undefined ? lookup(host, { all: true }) : ask(custom, host))
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

/** Some answer with one address even where all are asked for. */
function ask(custom: NonNullable<DialOptions['lookup']>, host: string): Promise<readonly Address[]> {
  return new Promise((resolve, reject) => {
    const answer = (error: unknown, found: string | readonly Address[], family = 4) => {
      if (error) reject(error)
      else resolve(typeof found === 'string' ? [{ address: found, family }] : found)
    }
    Reflect.apply(custom, undefined, [host, { all: true }, answer])
  })
}
