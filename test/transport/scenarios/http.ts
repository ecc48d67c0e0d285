/** Refused upgrades, and 101s that are none. */

import type { Socket } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { httpReply, rawPeer, replyPeer, switchingProtocols } from '../../support/peers.ts'
import { KEY, type Scenario, url } from './scenario.ts'

const status = (line: string, name: string, category: string, retryable: boolean): Scenario => ({
  title: line,
  set: async use => ({
    endpoint: url((await use(replyPeer(httpReply(line, `we saw ${KEY}`)))).port),
    expected: {
      name,
      category,
      retryable,
      phase: 'http',
      status: Number(line.slice(0, 3)),
      body: 'we saw …',
    },
    says: [line.slice(0, 3)],
  }),
})

const reply = (
  title: string,
  text: string,
  expected: Record<string, unknown> & { name: string; retryable: boolean },
): Scenario => ({
  title,
  set: async use => ({ endpoint: url((await use(replyPeer(text))).port), expected }),
})

/** The status stays the cause, whatever becomes of the body. */
const broken = (line: string, fault: string, write: (head: string, socket: Socket) => void): Scenario => {
  const names: Readonly<Record<string, readonly [string, boolean]>> = {
    '401': ['UnauthorizedError', false],
    '302': ['RedirectedError', false],
    '429': ['TooManyRequestsError', true],
  }
  const [name = '', retryable = false] = names[line.slice(0, 3)] ?? []
  return {
    title: `${line} with ${fault}`,
    set: async use => {
      const peer = await use(
        replyPeer((_, socket) => {
          write(`HTTP/1.1 ${line}\r\n`, socket)
          return undefined
        }),
      )
      return { endpoint: url(peer.port), expected: { name, retryable, status: Number(line.slice(0, 3)) } }
    },
  }
}

const rpcBody = JSON.stringify({
  jsonrpc: '2.0',
  id: null,
  error: { code: -32600, message: `bad key ${KEY}` },
})

const compressed = (encoding: string, body: Buffer): Scenario =>
  reply(
    `a JSON-RPC error in a body by ${encoding}`,
    `HTTP/1.1 401 Unauthorized\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n${body.toString('latin1')}`,
    { name: 'UnauthorizedError', retryable: false, rpcError: { code: -32600, message: 'bad key …' } },
  )

/** Sends these headers, then a byte now and then, for ever. */
const dripping = (
  title: string,
  head: string,
  expected: Record<string, unknown> & { name: string; retryable: boolean },
): Scenario => ({
  title,
  set: async use => {
    const peer = await use(
      replyPeer((_, socket) => {
        const drip = setInterval(() => socket.write('x'), 20)
        socket.on('close', () => clearInterval(drip))
        return head
      }),
    )
    return { endpoint: url(peer.port), expected }
  },
})

const switching = (
  title: string,
  bytes: (request: string) => string,
  name: string,
  more: Record<string, unknown> = {},
): Scenario => ({
  title: `101 with ${title}`,
  set: async use => ({
    endpoint: url((await use(replyPeer(bytes))).port),
    expected: { name, retryable: false, ...more },
  }),
})

const asked = (title: string, protocols: string, more: string, reason: string): Scenario => ({
  title: `101 ${title}`,
  set: async use => ({
    endpoint: {
      url: url((await use(replyPeer(request => switchingProtocols(request, more)))).port),
      protocols,
    },
    expected: { name: 'SubprotocolMismatchError', retryable: false, phase: 'ws', reason },
  }),
})

const inAnHour = new Date(Date.now() + 3_600_000).toUTCString()

export const httpScenarios: readonly Scenario[] = [
  status('400 Bad Request', 'UpgradeRejectedError', 'protocol', false),
  status('401 Unauthorized', 'UnauthorizedError', 'auth', false),
  status('402 Payment Required', 'PaymentRequiredError', 'auth', false),
  status('403 Forbidden', 'ForbiddenError', 'auth', false),
  status('404 Not Found', 'EndpointNotFoundError', 'protocol', false),
  status('405 Method Not Allowed', 'NotAWebSocketEndpointError', 'protocol', false),
  status('408 Request Timeout', 'UpgradeRejectedError', 'protocol', true),
  status('410 Gone', 'EndpointNotFoundError', 'protocol', false),
  status('418 I am a teapot', 'UpgradeRejectedError', 'protocol', false),
  status('421 Misdirected Request', 'UpgradeRejectedError', 'protocol', false),
  status('426 Upgrade Required', 'UpgradeRequiredError', 'protocol', false),
  status('429 Too Many Requests', 'TooManyRequestsError', 'limit', true),
  status('431 Request Header Fields Too Large', 'UpgradeRejectedError', 'protocol', false),
  status('451 Unavailable For Legal Reasons', 'UpgradeRejectedError', 'protocol', false),
  status('500 Internal Server Error', 'ServerFailureError', 'server', true),
  status('501 Not Implemented', 'NotAWebSocketEndpointError', 'protocol', false),
  status('502 Bad Gateway', 'BadGatewayError', 'server', true),
  status('503 Service Unavailable', 'ServiceUnavailableError', 'server', true),
  status('504 Gateway Timeout', 'GatewayTimeoutError', 'server', true),
  ...['600 What', '999 What'].map(line => status(line, 'UpgradeRejectedError', 'protocol', false)),
  ...['401 Unauthorized', '302 Found', '429 Too Many Requests'].flatMap(line => [
    broken(line, 'a reset in the body', (head, socket) => {
      socket.write(`${head}Content-Length: 1000\r\n\r\nabc`, () => socket.resetAndDestroy())
    }),
    broken(line, 'a chunk that is none', (head, socket) => {
      socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n`)
    }),
    broken(line, 'more than its Content-Length', (head, socket) => {
      socket.write(`${head}Content-Length: 3\r\n\r\nabcdef`)
    }),
  ]),
  reply('101 in HTTP/1.0', httpReply('101 Switching').replace('HTTP/1.1', 'HTTP/1.0'), {
    name: 'InvalidUpgradeHeaderError',
    retryable: false,
    phase: 'ws',
  }),
  reply(
    'a JSON-RPC error with much data',
    httpReply('200 OK', JSON.stringify({ error: { code: 1, message: 'no', data: 'x'.repeat(9_000) } })),
    {
      name: 'RpcHandshakeRejectedError',
      retryable: false,
      rpcError: { message: 'no' },
    },
  ),
  reply(
    'a JSON-RPC error as a later member of a batch, after a byte order mark',
    Buffer.from(httpReply('403 Forbidden', `\uFEFF[{"result":1},${rpcBody}]`)).toString('latin1'),
    {
      name: 'ForbiddenError',
      retryable: false,
      rpcError: { code: -32600 },
    },
  ),
  reply(
    'challenges with commas in quotes',
    httpReply('401 Unauthorized', '', { 'WWW-Authenticate': 'Basic realm="a, b c", Bearer error="x, y z"' }),
    {
      name: 'UnauthorizedError',
      retryable: false,
      challenges: { 0: 'Basic realm="a, b c"', 1: 'Bearer error="x, y z"', length: 2 },
    },
  ),
  ...['garbage 2031', 'later-3', '-5'].map(value =>
    reply(
      `Retry-After: ${value}, which is no time`,
      httpReply('503 Service Unavailable', '', { 'Retry-After': value }),
      {
        name: 'ServiceUnavailableError',
        retryable: true,
        retryAfter: undefined,
      },
    ),
  ),
  reply(
    'Retry-After beyond what a timer can hold',
    httpReply('503 Service Unavailable', '', { 'Retry-After': '9'.repeat(40) }),
    {
      name: 'ServiceUnavailableError',
      retryable: true,
      retryAfter: 2 ** 31 - 1,
    },
  ),
  reply(
    'a redirect to the same host by another scheme',
    httpReply('302 Found', '', { Location: 'https://127.0.0.1:1/' }),
    {
      name: 'RedirectedError',
      retryable: false,
      crossOrigin: true,
      insecure: false,
    },
  ),
  status('520 Web Server Returned an Unknown Error', 'ServerFailureError', 'server', true),
  status('525 SSL Handshake Failed', 'GatewayTlsError', 'server', false),
  status('526 Invalid SSL Certificate', 'GatewayTlsError', 'server', false),
  status('200 OK', 'NotAWebSocketEndpointError', 'protocol', false),
  reply('204 without a body', 'HTTP/1.1 204 No Content\r\n\r\n', {
    name: 'NotAWebSocketEndpointError',
    retryable: false,
  }),
  reply('304', 'HTTP/1.1 304 Not Modified\r\n\r\n', { name: 'NotAWebSocketEndpointError', retryable: false }),
  reply('a JSON-RPC error with 200', httpReply('200 OK', rpcBody), {
    name: 'RpcHandshakeRejectedError',
    retryable: false,
    rpcError: { code: -32600, message: 'bad key …' },
  }),
  reply(
    'a JSON-RPC error with 403 keeps the class of the status',
    httpReply('403 Forbidden', `[${rpcBody}]`),
    {
      name: 'ForbiddenError',
      retryable: false,
      rpcError: { code: -32600 },
    },
  ),
  compressed('gzip', gzipSync(rpcBody)),
  compressed('deflate', deflateSync(rpcBody)),
  compressed('deflate', deflateRawSync(rpcBody)),
  compressed('br', brotliCompressSync(rpcBody)),
  reply(
    'WWW-Authenticate',
    httpReply('401 Unauthorized', '', { 'WWW-Authenticate': 'Basic realm="x", Bearer scope="y"' }),
    {
      name: 'UnauthorizedError',
      retryable: false,
      challenges: ['Basic realm="x"', 'Bearer scope="y"'],
    },
  ),
  reply('Retry-After in seconds', httpReply('429 Too Many Requests', '', { 'Retry-After': '12' }), {
    name: 'TooManyRequestsError',
    retryable: true,
    retryAfter: 12_000,
  }),
  {
    title: 'Retry-After as a date',
    set: async use => ({
      endpoint: url(
        (await use(replyPeer(httpReply('503 Service Unavailable', '', { 'Retry-After': inAnHour })))).port,
      ),
      expected: { name: 'ServiceUnavailableError', retryable: true },
      says: ['503'],
    }),
  },
  reply(
    'a plain request on a TLS port, as nginx says it',
    httpReply('400 Bad Request', '<center>The plain HTTP request was sent to HTTPS port</center>'),
    { name: 'TlsRequiredError', retryable: false },
  ),
  reply(
    'a plain request on a TLS port, as Go says it',
    httpReply('400 Bad Request', 'Client sent an HTTP request to an HTTPS server.\n'),
    { name: 'TlsRequiredError', retryable: false },
  ),
  reply('a redirect elsewhere', httpReply('302 Found', '', { Location: `http://elsewhere.example/${KEY}` }), {
    name: 'RedirectedError',
    retryable: false,
    location: 'http://elsewhere.example/…',
    crossOrigin: true,
    insecure: false,
  }),
  reply('a redirect on the same host', httpReply('308 Permanent Redirect', '', { Location: '/ws' }), {
    name: 'RedirectedError',
    retryable: false,
    location: '/ws',
    crossOrigin: false,
  }),
  reply('a redirect to nowhere', httpReply('301 Moved Permanently'), {
    name: 'RedirectedError',
    retryable: false,
  }),
  dripping('an error body that never ends', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 1000000\r\n\r\n', {
    name: 'ForbiddenError',
    retryable: false,
  }),
  dripping('headers that drip', 'HTTP/1.1 101 Switching Protocols\r\nX-Slow: ', {
    name: 'UpgradeTimeoutError',
    retryable: true,
    phase: 'http',
  }),
  {
    title: 'an error body of a gigabyte',
    set: async use => {
      const peer = await use(
        replyPeer((_, socket) => {
          const chunk = 'x'.repeat(65_536)
          const pour = () => {
            while (!socket.destroyed && socket.write(chunk)) {}
          }
          socket.on('drain', pour)
          setImmediate(pour)
          return 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 1073741824\r\n\r\n'
        }),
      )
      return { endpoint: url(peer.port), expected: { name: 'UnauthorizedError', retryable: false } }
    },
  },
  {
    title: 'no reply at all',
    set: async use => ({
      endpoint: url((await use(rawPeer(socket => socket.resume()))).port),
      expected: { name: 'UpgradeTimeoutError', retryable: true, phase: 'http' },
    }),
  },
  reply('a reply that is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', {
    name: 'MalformedHttpResponseError',
    retryable: false,
  }),
  reply('HTTP/2 without being asked', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', {
    name: 'MalformedHttpResponseError',
    retryable: false,
  }),
  reply('headers without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, {
    name: 'MalformedHttpResponseError',
    retryable: false,
  }),
  {
    title: 'a TLS alert in answer to a plain request',
    set: async use => ({
      endpoint: url((await use(replyPeer('\x15\x03\x01\x00\x02\x02\x46'))).port),
      expected: { name: 'TlsRequiredError', retryable: false },
      says: ['wss://127.0.0.1'],
    }),
  },
  switching(
    'a wrong accept hash',
    request => switchingProtocols(request).replace(/Accept: .*\r\n/, 'Accept: nope\r\n'),
    'InvalidAcceptError',
    { phase: 'ws' },
  ),
  switching(
    'no accept hash',
    request => switchingProtocols(request).replace(/Sec-WebSocket-Accept: .*\r\n/, ''),
    'InvalidAcceptError',
  ),
  switching(
    'another protocol in Upgrade',
    request => switchingProtocols(request).replace('Upgrade: websocket', 'Upgrade: h2c'),
    'InvalidUpgradeHeaderError',
  ),
  switching(
    'no Upgrade header',
    request => switchingProtocols(request).replace('Upgrade: websocket\r\n', ''),
    'InvalidUpgradeHeaderError',
  ),
  switching(
    'no Connection header',
    request => switchingProtocols(request).replace('Connection: Upgrade\r\n', ''),
    'InvalidUpgradeHeaderError',
  ),
  switching(
    'a subprotocol that nobody asked for',
    request => switchingProtocols(request, 'Sec-WebSocket-Protocol: x\r\n'),
    'SubprotocolMismatchError',
    { reason: 'unasked' },
  ),
  asked('without the subprotocol that was asked for', 'eth-json-rpc', '', 'missing'),
  asked(
    'with another subprotocol than was asked for',
    'eth-json-rpc',
    'Sec-WebSocket-Protocol: x\r\n',
    'invalid',
  ),
  switching(
    'an extension that nobody offered',
    request => switchingProtocols(request, 'Sec-WebSocket-Extensions: x-y\r\n'),
    'ExtensionMismatchError',
  ),
  switching(
    'deflate that nobody offered',
    request => switchingProtocols(request, 'Sec-WebSocket-Extensions: permessage-deflate\r\n'),
    'ExtensionMismatchError',
  ),
  switching(
    'bytes that are no frames',
    request => `${switchingProtocols(request)}\xff\xff\xff\xff\xff`,
    'ProtocolViolationError',
    { phase: 'open' },
  ),
  switching(
    'a masked frame',
    request => `${switchingProtocols(request)}\x81\x81\x00\x00\x00\x00x`,
    'ProtocolViolationError',
  ),
]
