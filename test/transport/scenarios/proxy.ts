/** A proxy in between: its refusals must not be taken for the endpoint's. */

import { connect, type Socket } from 'node:net'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { issue } from '../../support/certificates.ts'
import { httpReply, rawPeer, replyPeer } from '../../support/peers.ts'
import { KEY, type Scenario, type Setup, url } from './scenario.ts'

/** What the proxy does with a CONNECT. */
const proxied = (
  title: string,
  onConnect: (client: Socket, target: string) => void,
  expected: Setup['expected'],
  says: readonly string[] = [],
): Scenario => ({
  title,
  set: async use => {
    const { cert, key } = await issue()
    const endpoint = await use(replyPeer(httpReply('403 Forbidden'), { cert, key }))
    const proxy = await use(
      rawPeer(client => {
        client.once('data', chunk => onConnect(client, /^CONNECT (\S+)/.exec(chunk.toString())?.[1] ?? ''))
      }),
    )
    const agent = new HttpsProxyAgent(`http://user:${KEY}@127.0.0.1:${proxy.port}`)
    return { endpoint: { url: url(endpoint.port, 'wss'), agent, tls: { ca: cert } }, expected, says }
  },
})

function tunnel(client: Socket, target: string): void {
  const upstream = connect(Number(target.split(':')[1]), '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    client.pipe(upstream).pipe(client)
  })
  upstream.on('error', () => client.destroy())
  client.on('close', () => upstream.destroy())
}

export const proxyScenarios: readonly Scenario[] = [
  {
    title: 'the proxy does not listen',
    set: async use => {
      const gone = await use(rawPeer(() => undefined))
      await gone.close()
      const agent = new HttpsProxyAgent(`http://127.0.0.1:${gone.port}`)
      return {
        endpoint: { url: url(9, 'wss'), agent },
        expected: { name: 'ProxyUnreachableError', retryable: true, phase: 'proxy', category: 'network' },
      }
    },
  },
  proxied(
    'the proxy wants credentials',
    client => client.end(httpReply('407 Proxy Authentication Required')),
    {
      name: 'ProxyAuthenticationRequiredError',
      retryable: false,
      phase: 'proxy',
      category: 'auth',
    },
  ),
  proxied(
    'the proxy forbids the tunnel',
    client => client.end(httpReply('403 Forbidden')),
    {
      name: 'ProxyRejectedError',
      retryable: false,
      phase: 'proxy',
      status: 403,
    },
    ['403'],
  ),
  proxied('the proxy cannot reach the endpoint', client => client.end(httpReply('502 Bad Gateway')), {
    name: 'ProxyRejectedError',
    retryable: true,
    status: 502,
  }),
  proxied('the proxy closes without a word', client => client.end(), {
    name: 'ProxyRejectedError',
    retryable: false,
    phase: 'proxy',
  }),
  proxied('the proxy never answers', () => undefined, {
    name: 'ProxyTimeoutError',
    retryable: true,
    phase: 'proxy',
  }),
  proxied(
    'the proxy answers with an upgrade',
    client =>
      client.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    {
      name: 'ProxyRejectedError',
      retryable: false,
      phase: 'proxy',
    },
  ),
  proxied('the proxy tunnels, and the endpoint refuses', tunnel, {
    name: 'ForbiddenError',
    retryable: false,
    phase: 'http',
    status: 403,
  }),
]
