/** Runs a rejection scenario and finds everything that is wrong with what came of it. */

import type * as Holdfast from '../../src/index.ts'
import { BUDGET, KEY, type Scenario } from '../transport/scenarios/scenario.ts'
import type { Peer } from './peers.ts'

/** How long after a timer of the same length as its budget a handshake may end, in milliseconds. */
const GRACE = 250

export interface Verdict {
  readonly error: Holdfast.HandshakeError
  /** Empty where all is well. */
  readonly faults: readonly string[]
}

export async function runScenario(
  { createClient }: Pick<typeof Holdfast, 'createClient'>,
  scenario: Scenario,
): Promise<Verdict> {
  const peers: Peer[] = []
  const use = async <P extends Peer>(peer: Promise<P>): Promise<P> => {
    const ready = await peer
    peers.push(ready)
    return ready
  }
  try {
    const { endpoint, options, expected, says = [] } = await scenario.set(use)
    const client = createClient(endpoint, { reconnect: false, handshakeTimeout: BUDGET, ...options })
    let due = Number.POSITIVE_INFINITY
    const timer = setTimeout(() => {
      due = performance.now()
    }, BUDGET)
    const error = await client.connect().then(
      () => client.close().then(() => Promise.reject(new Error('the handshake was not rejected'))),
      (reason: unknown) => reason as Holdfast.HandshakeError,
    )
    const late = performance.now() - due
    clearTimeout(timer)
    const said = `${error.message} ${error.hint}`
    const faults = [
      ...differences(expected, error),
      ...(late > GRACE ? [`ended ${Math.round(late)} ms late`] : []),
      ...(everythingIn(error).includes(KEY) ? ['a secret is shown'] : []),
      ...(/^[A-Z].*[.”]$/s.test(error.hint ?? '') ? [] : [`hint: ${error.hint}`]),
      ...says.filter(words => !said.includes(words)).map(words => `does not say “${words}”: ${said}`),
    ]
    return { error, faults }
  } finally {
    await Promise.all(peers.map(peer => peer.close()))
  }
}

/** Message, hint, stack and JSON of an error and of all its causes. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const own = [error.message, error.stack, JSON.stringify(error), JSON.stringify(Object.entries(error))]
  return [...own, everythingIn(error.cause)].join('\n')
}

function differences(expected: object, actual: object, path = ''): string[] {
  return Object.entries(expected).flatMap(([key, value]) => {
    const got: unknown = Reflect.get(actual, key)
    if (typeof value === 'object' && value !== null && typeof got === 'object' && got !== null) {
      return differences(value, got, `${path}${key}.`)
    }
    return got === value ? [] : [`${path}${key} is ${JSON.stringify(got)}, not ${JSON.stringify(value)}`]
  })
}
