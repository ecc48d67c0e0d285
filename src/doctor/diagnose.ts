/**
 * `diagnose()`: does what the troubleshooting guide says a person should, step by step, and says what it saw.
 *
 * The looks at TCP and TLS may reach another server behind a load balancer than the dial itself.
 */

import type { Endpoint } from '../options.ts'
import {
  type CertificateLink,
  type DiagnoseOptions,
  type Diagnosis,
  diagnosisOf,
  type Finding,
  type Step,
  skipped,
} from './diagnosis.ts'
import { type Neighbour, tryNeighbour } from './neighbour.ts'
import { resolve } from './resolve.ts'
import { failureIn, talkTo } from './talk.ts'
import { type Target, targetOf } from './target.ts'
import { tryTcp } from './tcp.ts'
import { tryTls } from './tls.ts'

/**
 * Examines one endpoint, and says what is wrong with it.
 *
 * @example
 * const { healthy, finding, steps } = await diagnose('wss://node.example/ws')
 * @throws ConfigurationError for arguments that make no sense
 */
export async function diagnose(endpoint: Endpoint, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const target = await targetOf(endpoint, options)
  const { url, client, secrets } = target
  try {
    const network = await lookAtNetwork(target)
    const { steps, rejection } = await talkTo(client)
    const neighbour = await lookNextDoor(target, rejection)
    const finding = neighbour?.finding ?? rejection ?? failureIn(url.origin, steps)
    const all = [...network.steps, ...steps, ...(neighbour === undefined ? [] : [neighbour.step])]
    return diagnosisOf(url.origin, finding, all, network.certificates, secrets)
  } finally {
    await client.close()
  }
}

interface Network {
  readonly steps: readonly Step[]
  readonly certificates: readonly CertificateLink[]
}

async function lookAtNetwork(target: Target): Promise<Network> {
  const { options, host, port, secure, timeout } = target
  const steps: Step[] = []
  const rest = (why: string): Network => {
    const names = (['name', 'tcp', 'tls'] as const).slice(steps.length)
    return { steps: [...steps, ...names.map(name => skipped(name, why))], certificates: [] }
  }
  if (options.agent !== undefined) return rest('left to the agent')
  const { step: name, addresses } = await resolve(host, options.lookup)
  steps.push(name)
  if (addresses.length === 0) return rest('not tried')
  const tcp = await tryTcp(addresses, port, timeout)
  steps.push(tcp)
  if (tcp.outcome === 'failed') return rest('not tried')
  if (!secure) return rest('ws:// uses none')
  const { step: tls, links } = await tryTls(target)
  return { steps: [...steps, tls], certificates: links }
}

/** Failures that the other scheme on the same port may explain. */
const PUZZLING =
  /^(NotTls|TlsRequired|TlsHandshake|ConnectionReset|MalformedHttp|UpgradeTimeout|TlsNegotiation)/
/** A server that speaks the other scheme says so at once. */
const NEXT_DOOR_TIMEOUT = 2_000

async function lookNextDoor(
  { options, url, secrets, timeout }: Target,
  rejection: Finding | undefined,
): Promise<Neighbour | undefined> {
  if (rejection === undefined || options.agent !== undefined || !PUZZLING.test(rejection.name))
    return undefined
  return tryNeighbour(url, secrets, Math.min(timeout, NEXT_DOOR_TIMEOUT))
}
