/** Everything that the page is shown with: a node, a token, a line that can be cut, endpoints that refuse, and Vite. */

import { fileURLToPath } from 'node:url'
import { createServer, type Plugin } from 'vite'
import { type CuttingProxy, startProxy } from '../../local/cutting-proxy.ts'
import { type Economy, startEconomy } from '../../local/economy.ts'
import type { Demo } from '../src/demo.ts'
import { createFaults, type Faults } from './faults.ts'
import { type Refusals, startRefusals } from './refusals.ts'

export interface Stage {
  /** Where the page is. */
  readonly url: string
  readonly chain: Economy
  readonly proxy: CuttingProxy
  close(): Promise<void>
}

const HISTORY = 40
/** Quicker than the defaults (15 s and 5 s), so that a silent line is noticed while one watches. */
const HEARTBEAT = { interval: 2_000, timeout: 1_500 }
/** Slower at first than the default (250 ms), so that the countdown can be watched, and never as slow (10 s). */
const RECONNECT = { minDelay: 1_500, maxDelay: 3_000 }

/** @param history blocks that there are from the start */
export async function startStage(history = HISTORY): Promise<Stage> {
  const chain = await startEconomy(history)
  const proxy = await startProxy(chain.anvil.port)
  const refusals = await startRefusals()
  const faults = createFaults(proxy, chain)
  const vite = await createServer({
    root: fileURLToPath(new URL('..', import.meta.url)),
    configFile: false,
    logLevel: 'warn',
    server: { host: '127.0.0.1', port: 0 },
    plugins: [control(describe(chain, proxy, refusals, faults), faults)],
  })
  await vite.listen()
  const [url = ''] = vite.resolvedUrls?.local ?? []
  return {
    url,
    chain,
    proxy,
    close: async () => {
      faults.close()
      await vite.close()
      await proxy.close()
      await refusals.close()
      await chain.stop()
    },
  }
}

function describe(chain: Economy, proxy: CuttingProxy, refusals: Refusals, faults: Faults): Demo {
  const options = { heartbeat: HEARTBEAT, reconnect: RECONNECT }
  const line = `ws://127.0.0.1:${proxy.port}/`
  return {
    token: chain.token.address,
    endpoints: [
      { label: 'Local node', url: line, options },
      { label: 'Wrong key (401)', url: refusals.url(401), options },
      { label: 'Too busy (429)', url: refusals.url(429), options },
      { label: 'Nobody there', url: refusals.nowhere, options },
      { label: 'Another chain', url: line, options: { ...options, chainId: 1 } },
    ],
    faults: faults.all.map(({ id, label, what }) => ({ id, label, what })),
  }
}

/** `GET /demo` says what there is; `POST /demo/faults/<id>` breaks something. */
function control(demo: Demo, faults: Faults): Plugin {
  return {
    name: 'demo-control',
    configureServer: ({ middlewares }) => {
      middlewares.use('/demo', async ({ method, url = '' }, response) => {
        const fault = faults.all.find(({ id }) => url === `/faults/${id}`)
        if (method === 'GET' && url === '/') {
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(demo))
        } else if (method === 'POST' && fault !== undefined) {
          const status = await fault.run().then(
            () => 204,
            () => 500,
          )
          response.writeHead(status).end()
        } else response.writeHead(404).end()
      })
    },
  }
}
