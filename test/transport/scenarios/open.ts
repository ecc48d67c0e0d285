/** After 101: close frames, and what the first answer says. */

import type { WebSocket } from 'ws'
import { nodePeer, replyPeer, switchingProtocols } from '../../support/peers.ts'
import { KEY, type Scenario, url } from './scenario.ts'

const closing = (
  code: number,
  reason: string,
  name: string,
  retryable: boolean,
  more: Record<string, unknown> = {},
): Scenario => ({
  title: `a close with ${code}${reason && ` “${reason}”`}`,
  set: async use => {
    const peer = await use(
      nodePeer(
        (_, socket) => {
          if (code === 1005) socket.close()
          else socket.close(code, reason)
        },
        { silent: true },
      ),
    )
    return { endpoint: url(peer.port), expected: { name, retryable, phase: 'open', ...more } }
  },
})

const answering = (
  title: string,
  answer: (id: number, socket: WebSocket) => void,
  name: string,
  retryable: boolean,
  more: Record<string, unknown> = {},
): Scenario => ({
  title,
  set: async use => {
    const peer = await use(
      nodePeer(
        ({ id, method }, socket) => {
          if (method === 'eth_chainId') answer(id, socket)
          return undefined
        },
        { silent: true },
      ),
    )
    return { endpoint: url(peer.port), expected: { name, retryable, phase: 'open', ...more } }
  },
})

const refusing = (
  title: string,
  error: object,
  name: string,
  retryable: boolean,
  more: Record<string, unknown> = {},
): Scenario =>
  answering(
    title,
    (id, socket) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, error })),
    name,
    retryable,
    more,
  )

const dialled: readonly Scenario[] = [
  closing(1000, 'bye', 'CloseRejectionError', true, { category: 'server', closeCode: 1000 }),
  closing(1001, 'going away', 'CloseRejectionError', true),
  closing(1002, '', 'CloseRejectionError', false, { category: 'protocol' }),
  closing(1003, '', 'CloseRejectionError', false),
  closing(1005, '', 'CloseRejectionError', true),
  closing(1007, '', 'CloseRejectionError', false),
  closing(1008, `key ${KEY} is not allowed`, 'PolicyViolationError', false, {
    category: 'auth',
    reason: 'key … is not allowed',
  }),
  closing(1008, 'rate limit exceeded', 'TryAgainLaterError', true, { category: 'limit' }),
  ...['RATE_LIMIT_EXCEEDED', 'rateLimited', 'too_many_requests', 'quotas'].map(reason =>
    closing(1008, reason, 'TryAgainLaterError', true, { category: 'limit' }),
  ),
  closing(1008, 'deliberate, inaccurate and unlimited', 'PolicyViolationError', false),
  closing(1013, 'try again in 5s', 'TryAgainLaterError', true, { retryAfter: 5_000 }),
  closing(4000, 'session duration exceeded', 'CloseRejectionError', false),
  closing(1009, 'message over the limit', 'CloseRejectionError', false),
  closing(1011, 'internal error', 'CloseRejectionError', true, { category: 'server' }),
  closing(1012, 'service restart', 'TryAgainLaterError', true),
  closing(1013, 'try again later', 'TryAgainLaterError', true),
  closing(1014, 'bad gateway', 'CloseRejectionError', true),
  closing(3000, 'unauthorized', 'CloseUnauthorizedError', false, { category: 'auth' }),
  closing(3003, 'forbidden', 'CloseUnauthorizedError', false),
  closing(3008, 'timeout', 'CloseRejectionError', true),
  closing(4001, '', 'CloseUnauthorizedError', false),
  closing(4003, '', 'CloseUnauthorizedError', false),
  closing(4029, '', 'TryAgainLaterError', true),
  closing(4401, 'quota exceeded', 'TryAgainLaterError', true),
  closing(4403, '', 'CloseUnauthorizedError', false),
  closing(4429, '', 'TryAgainLaterError', true),
  closing(4999, 'whatever', 'CloseRejectionError', false),
  {
    title: 'the connection falls right after 101',
    set: async use => {
      const peer = await use(
        replyPeer((request, socket) => {
          setImmediate(() => socket.resetAndDestroy())
          return switchingProtocols(request)
        }),
      )
      return {
        endpoint: url(peer.port),
        expected: { name: 'AbnormalClosureError', retryable: true, phase: 'open' },
      }
    },
  },
  {
    title: 'the connection is closed right after 101, without a close frame',
    set: async use => {
      const peer = await use(
        replyPeer((request, socket) => {
          setImmediate(() => socket.end())
          return switchingProtocols(request)
        }),
      )
      return { endpoint: url(peer.port), expected: { name: 'AbnormalClosureError', retryable: true } }
    },
  },
  refusing(
    'the first answer is an error',
    { code: -32000, message: `project ${KEY} is disabled` },
    'RpcRejectedError',
    false,
    {
      category: 'auth',
      rpcError: { code: -32000, message: 'project … is disabled' },
    },
  ),
  refusing(
    'the first answer is a limit',
    { code: -32005, message: 'daily request count exceeded', data: { backoff_seconds: 30 } },
    'RpcLimitExceededError',
    true,
    {
      category: 'limit',
      retryAfter: 30_000,
    },
  ),
  refusing(
    'the first answer is 429',
    { code: 429, message: 'compute units per second' },
    'RpcLimitExceededError',
    true,
  ),
  refusing(
    'the peer has no eth_chainId',
    { code: -32601, message: 'Method not found' },
    'RpcMethodUnavailableError',
    false,
  ),
  refusing(
    'the peer has no eth_chainId, as anvil would say it',
    { code: -32602, message: 'unknown variant `eth_chainId`, unknown method' },
    'RpcMethodUnavailableError',
    false,
  ),
  answering(
    'an error without id comes first',
    (_, socket) =>
      socket.send(
        JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32002, message: 'project id rejected' } }),
      ),
    'RpcRejectedError',
    false,
    { rpcError: { code: -32002 } },
  ),
  answering(
    'another chain',
    (id, socket) => socket.send(JSON.stringify({ id, result: '0x5' })),
    'WrongChainError',
    false,
    {
      category: 'chain',
      expected: 1,
      actual: 5,
    },
  ),
  answering('garbage', (_, socket) => socket.send('hello'), 'NotJsonRpcError', false, {
    category: 'protocol',
  }),
  answering('JSON that is no JSON-RPC', (_, socket) => socket.send('"hello"'), 'NotJsonRpcError', false),
  ...[{ hello: 1 }, { message: 'Forbidden' }, { error: 'invalid api key' }, [], [1]].map(said =>
    answering(
      `${JSON.stringify(said)}, which is no JSON-RPC`,
      (_, socket) => socket.send(JSON.stringify(said)),
      'NotJsonRpcError',
      false,
    ),
  ),
  ...[0, '', -1, 'probe'].map(id =>
    answering(
      `an error with the id ${JSON.stringify(id)}, which nobody asked`,
      (_, socket) => socket.send(JSON.stringify({ id, error: { code: -32000, message: 'no' } })),
      'RpcRejectedError',
      false,
    ),
  ),
  answering(
    'an error in a batch that nobody sent',
    (_, socket) => socket.send(JSON.stringify([{ id: null, error: { code: -32000, message: 'no' } }])),
    'RpcRejectedError',
    false,
  ),
  answering(
    'the answer in a batch',
    (id, socket) => socket.send(JSON.stringify([{ id, error: { code: -32000, message: 'no' } }])),
    'RpcRejectedError',
    false,
  ),
  refusing(
    'a long message of brackets',
    { code: -32000, message: '<'.repeat(300_000) },
    'RpcRejectedError',
    false,
  ),
  answering('binary', (_, socket) => socket.send(Buffer.from([1, 2, 3])), 'NotJsonRpcError', false),
  answering(
    'a chain id that is none',
    (id, socket) => socket.send(JSON.stringify({ id, result: 'mainnet' })),
    'NotJsonRpcError',
    false,
  ),
  answering('silence', () => undefined, 'ProbeTimeoutError', true, { category: 'network' }),
]

/** All of these are dialled by a client that expects chain 1. */
function withChain(scenario: Scenario): Scenario {
  return {
    ...scenario,
    set: async use => {
      const setup = await scenario.set(use)
      return { ...setup, options: { chainId: 1, ...setup.options } }
    },
  }
}

export const openScenarios: readonly Scenario[] = dialled.map(withChain)
