/** What is examined: an endpoint with its options, checked, and the client that dials it for real. */

import type { Client } from '../client.ts'
import { createClient } from '../create-client.ts'
import { parseEndpointUrl } from '../endpoint-url.ts'
import type { Endpoint, EndpointOptions } from '../options.ts'
import { Secrets } from '../secrets.ts'
import { settle } from '../settings.ts'
import type { DiagnoseOptions } from './diagnosis.ts'

export interface Target {
  readonly url: URL
  /** Without the brackets of IPv6. */
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly options: EndpointOptions
  /** Milliseconds for each step. */
  readonly timeout: number
  /** Dials when it is told to, and only once. */
  readonly client: Client
  readonly secrets: Secrets
}

/** @throws ConfigurationError for arguments that make no sense */
export async function targetOf(
  endpoint: Endpoint,
  { timeout = 10_000, chainId, ...dialOptions }: DiagnoseOptions,
): Promise<Target> {
  const own =
    typeof endpoint === 'object' && 'url' in endpoint ? endpoint : ({ url: endpoint } as EndpointOptions)
  const options: EndpointOptions = { ...dialOptions, ...own }
  const clientOptions = {
    reconnect: false,
    handshakeTimeout: timeout,
    timeout,
    ...(chainId !== undefined && { chainId }),
  } as const
  // A function must not be asked by options that are refused anyway.
  settle(options, clientOptions)
  const url = parseEndpointUrl(typeof options.url === 'function' ? await options.url() : options.url, 'url')
  const secrets = new Secrets()
  secrets.learnUrl(url)
  if (typeof options.bearer === 'string') secrets.learn(options.bearer)
  if (typeof options.headers === 'object') secrets.learn(...Object.values(options.headers))
  return {
    url,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (url.protocol === 'wss:' ? 443 : 80)),
    secure: url.protocol === 'wss:',
    options,
    timeout,
    client: createClient({ ...options, url: url.href }, clientOptions),
    secrets,
  }
}
