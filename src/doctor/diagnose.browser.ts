/** `diagnose()` in a page: the dial with all that a page can know of it, and what the node says. */

import { createClient } from '../create-client.ts'
import { parseEndpointUrl } from '../endpoint-url.ts'
import type { Endpoint, EndpointOptions } from '../options.ts'
import { type DiagnoseOptions, type Diagnosis, skipped } from './diagnosis.ts'
import { tryLiveness, tryLogs, tryRpc } from './rpc.ts'
import { tryUpgrade } from './upgrade.ts'

/** @throws ConfigurationError for arguments that make no sense */
export async function diagnose(endpoint: Endpoint, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const { timeout = 10_000, chainId, ...dialOptions } = options
  const own =
    typeof endpoint === 'object' && 'url' in endpoint ? endpoint : ({ url: endpoint } as EndpointOptions)
  const url = parseEndpointUrl(typeof own.url === 'function' ? await own.url() : own.url, 'url')
  const client = createClient(
    { ...dialOptions, ...own, url: url.href },
    { reconnect: false, handshakeTimeout: timeout, timeout, ...(chainId !== undefined && { chainId }) },
  )
  try {
    const { step, finding } = await tryUpgrade(client)
    const hidden = (['name', 'tcp', 'tls'] as const).map(name => skipped(name, 'the browser hides it'))
    const after =
      finding === undefined
        ? [await tryRpc(client), await tryLogs(client), await tryLiveness(client)]
        : (['rpc', 'logs', 'liveness'] as const).map(name => skipped(name, 'not tried'))
    return {
      endpoint: url.origin,
      healthy: finding === undefined,
      ...(finding !== undefined && { finding }),
      steps: [...hidden, step, ...after],
    }
  } finally {
    await client.close()
  }
}
