/** Endpoints that refuse the handshake, each in its own way; CORS lets the page read why. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Refusals {
  /** `ws://…` that answers with this status. */
  url(status: 401 | 429): string
  /** `ws://…` where nothing listens. */
  readonly nowhere: string
  close(): Promise<void>
}

const MAY_BE_READ = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Retry-After' }

export async function startRefusals(): Promise<Refusals> {
  // Without a listener for 'upgrade' Node takes the handshake for a plain request.
  const server = createServer(({ url }, response) => {
    if (url === '/401') response.writeHead(401, MAY_BE_READ).end('this key is not known')
    else response.writeHead(429, { ...MAY_BE_READ, 'Retry-After': '6' }).end('too many connections')
  })
  const port = await listen(server)
  const gone = createServer()
  const nowhere = await listen(gone)
  await new Promise(resolve => gone.close(resolve))
  return {
    url: status => `ws://127.0.0.1:${port}/${status}`,
    nowhere: `ws://127.0.0.1:${nowhere}/`,
    close: async () => {
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
