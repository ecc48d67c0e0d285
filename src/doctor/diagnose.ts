/**
 * `diagnose()`: does what the troubleshooting guide says a person should, step by step, and says what it saw.
 *
 * The looks at TCP and TLS may reach another server behind a load balancer than the dial itself.
 */

import { createClient } from '../create-client.ts'
import { parseEndpointUrl } from '../endpoint-url.ts'
import type { Endpoint, EndpointOptions } from '../options.ts'
import { settle } from '../settings.ts'
import {
  type DiagnoseOptions,
  type Diagnosis,
  type Finding,
  findingOf,
  type Step,
  skipped,
} from './diagnosis.ts'
import { tryNeighbour } from './neighbour.ts'
import { resolve } from './resolve.ts'
import { tryLiveness, tryLogs, tryRpc } from './rpc.ts'
import { tryTcp } from './tcp.ts'
import { tryTls } from './tls.ts'
import { tryUpgrade } from './upgrade.ts'

/**
 * Examines one endpoint, and says what is wrong with it.
 *
 * @example
 * const { healthy, finding, steps } = await diagnose('wss://node.example/ws')
 * @throws ConfigurationError for arguments that make no sense
 */
export async function diagnose(endpoint: Endpoint, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const { timeout = 10_000, chainId, ...dialOptions } = options
  const own =
    typeof endpoint === 'object' && 'url' in endpoint ? endpoint : ({ url: endpoint } as EndpointOptions)
  const whole: EndpointOptions = { ...dialOptions, ...own }
  const clientOptions = {
    reconnect: false,
    handshakeTimeout: timeout,
    timeout,
    ...(chainId !== undefined && { chainId }),
  } as const
  settle(whole, clientOptions)
  const given = typeof whole.url === 'function' ? await whole.url() : whole.url
  const url = parseEndpointUrl(given, 'url')
  const target = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (url.protocol === 'wss:' ? 443 : 80)),
    secure: url.protocol === 'wss:',
    options: whole.tls ?? {},
    timeout,
  }

  const client = createClient({ ...whole, url: url.href }, clientOptions)
  try {
    const network = whole.agent === undefined ? await lookAtNetwork(target) : throughAgent()
    const { step: upgrade, finding } = await tryUpgrade(client)
    const after =
      finding === undefined
        ? [await tryRpc(client), await tryLogs(client), await tryLiveness(client)]
        : notTried()
    const isPuzzling = finding !== undefined && whole.agent === undefined && PUZZLING.test(finding.name)
    const neighbour = isPuzzling ? [await tryNeighbour({ ...target, timeout: Math.min(timeout, 2_000) })] : []
    const steps = [...network.steps, upgrade, ...after, ...neighbour]
    const wrong = finding ?? findingOfSteps(steps)
    return {
      endpoint: url.origin,
      healthy: wrong === undefined,
      ...(wrong !== undefined && { finding: wrong }),
      steps,
      ...(network.links.length > 0 && { certificates: network.links }),
    }
  } finally {
    await client.close()
  }
}

/** Failures that the other scheme on the same port may explain. */
const PUZZLING =
  /^(NotTls|TlsRequired|TlsHandshake|ConnectionReset|MalformedHttp|UpgradeTimeout|TlsNegotiation)/

interface Network {
  readonly steps: readonly Step[]
  readonly links: NonNullable<Diagnosis['certificates']>
}

async function lookAtNetwork(
  target: Parameters<typeof tryTls>[0] & { readonly secure: boolean },
): Promise<Network> {
  const { step: name, addresses } = await resolve(target.host)
  if (addresses.length === 0)
    return { steps: [name, skipped('tcp', 'not tried'), skipped('tls', 'not tried')], links: [] }
  const tcp = await tryTcp(addresses, target.port, target.timeout)
  if (tcp.outcome === 'failed') return { steps: [name, tcp, skipped('tls', 'not tried')], links: [] }
  if (!target.secure) return { steps: [name, tcp, skipped('tls', 'ws:// uses none')], links: [] }
  const { step: tls, links } = await tryTls(target)
  return { steps: [name, tcp, tls], links }
}

function throughAgent(): Network {
  return {
    steps: [
      skipped('name', 'left to the agent'),
      skipped('tcp', 'left to the agent'),
      skipped('tls', 'left to the agent'),
    ],
    links: [],
  }
}

function notTried(): readonly Step[] {
  return [skipped('rpc', 'not tried'), skipped('logs', 'not tried'), skipped('liveness', 'not tried')]
}

/** The line opened, and yet a step failed: say which. */
function findingOfSteps(steps: readonly Step[]): Finding | undefined {
  const failed = steps.find(({ outcome }) => outcome === 'failed')
  if (failed === undefined) return undefined
  return findingOf({
    name: 'NodeUnhealthy',
    category: 'server',
    message: `${failed.name}: ${failed.summary}`,
    retryable: true,
  })
}
