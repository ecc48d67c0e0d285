/**
 * `holdfast/viem`: a viem transport: one changed line gives a viem client, or wagmi, a line that holds.
 * Begin at {@link holdfast}.
 *
 * @module holdfast/viem
 */

import {
  createTransport,
  type EIP1193RequestFn,
  RpcRequestError,
  TimeoutError,
  type Transport,
  type TransportConfig,
  WebSocketRequestError,
} from 'viem'
import {
  type Client,
  type ClientOptions,
  createClient,
  type Endpoint,
  type Hex,
  HoldfastError,
  RequestTimeoutError,
  RpcError,
} from '../index.ts'
import { nodeErrorOf, reasonOf } from './failures.ts'
import { read } from './reading.ts'

/** What viem itself wants to know of a transport. There is nothing to retry: the client does that. */
export type TransportOptions = Pick<Partial<TransportConfig>, 'key' | 'name' | 'methods'>

/** What viem subscribes with. */
export interface SubscribeArguments {
  /** The kind, and what else the kind takes. */
  readonly params: readonly unknown[]
  /** Receives every item, with the id of the subscription. */
  readonly onData: (data: { subscription: Hex; result: unknown }) => unknown
  /** The subscription ended by itself; a lost line is no such end. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** What viem holds of a subscription. */
export interface TransportSubscription {
  /** Stable over reconnects. */
  subscriptionId: Hex
  /** Ends it. Never rejects; resolves with what a node answers to `eth_unsubscribe`. */
  unsubscribe: () => Promise<{
    /** 0: whichever request it was. */
    id: number
    /** The version of JSON-RPC. */
    jsonrpc: '2.0'
    /** It is ended. */
    result: true
  }>
}

/** `client.transport.client` is the holdfast client: its state, its events, and `close()`. */
export type HoldfastTransport = Transport<
  'webSocket',
  {
    /** The client underneath: its state, its events, its streams, and `close()`. */
    readonly client: Client
    /** A subscription that outlives its sockets, in the form in which viem's watchers take it. */
    subscribe(args: SubscribeArguments): Promise<TransportSubscription>
  }
>

/**
 * A transport for `createPublicClient`, wagmi's `createConfig` and `fallback()`. Watchers use subscriptions, and receive
 * what happened while the line was down. viem's `timeout` counts, its `retryCount` does not.
 *
 * @param source a client that may be shared by many transports, or an endpoint and the options of a client of its own
 * @example
 * const client = createPublicClient({ chain: mainnet, transport: holdfast('wss://node.example/ws') })
 * @throws ConfigurationError
 */
export function holdfast(source: Client, options?: TransportOptions): HoldfastTransport
export function holdfast(
  source: Endpoint | readonly Endpoint[],
  options?: ClientOptions & TransportOptions,
): HoldfastTransport
export function holdfast(
  source: Client | Endpoint | readonly Endpoint[],
  { key = 'holdfast', name = 'holdfast', methods, ...clientOptions }: ClientOptions & TransportOptions = {},
): HoldfastTransport {
  // viem makes a transport anew for every request of a `fallback()`: all of them share one client.
  const client = isClient(source) ? source : createClient(source, clientOptions)
  return ({ timeout }) => {
    const request = async (
      body: { method: string; params?: unknown },
      { signal }: { signal?: AbortSignal | undefined } = {},
    ): Promise<unknown> => {
      try {
        return await client.request(body, {
          ...(timeout !== undefined && { timeout }),
          ...(signal !== undefined && { signal }),
        })
      } catch (error) {
        throw toViemError(error, body, client)
      }
    }
    return createTransport(
      { key, name, methods, request: request as EIP1193RequestFn, retryCount: 0, timeout, type: 'webSocket' },
      { client, subscribe: args => subscribe(client, args) },
    )
  }
}

const subscribe: (
  client: Client,
  args: SubscribeArguments,
) => ReturnType<NonNullable<ReturnType<HoldfastTransport>['value']>['subscribe']> = async (
  client,
  { params, onData, onError },
) => {
  const body = { method: 'eth_subscribe', params }
  try {
    const { id, stop } = await read(
      client,
      params as [string, ...unknown[]],
      (result, subscription) => onData({ subscription, result }),
      error => onError?.(toViemError(error, body, client)),
    )
    const unsubscribe = async () => {
      await stop()
      return { id: 0, jsonrpc: '2.0', result: true } as const
    }
    return { subscriptionId: id, unsubscribe }
  } catch (error) {
    throw toViemError(error, body, client)
  }
}

function isClient(source: object | string): source is Client {
  return typeof source === 'object' && 'request' in source && 'subscribe' in source
}

type Body = { method: string; params?: unknown }

/** What viem's actions understand: a node's error keeps code and data, so that reverts are decoded. */
function toViemError(error: unknown, body: Body, client: Client): unknown {
  const cause = reasonOf(error)
  if (!(cause instanceof HoldfastError)) return error
  // The name or origin: a URL may hold a key.
  const url = client.state.endpoint ?? 'holdfast'
  if (cause instanceof RpcError) return new RpcRequestError({ body, error: nodeErrorOf(cause), url })
  if (cause instanceof RequestTimeoutError) {
    return Object.assign(new TimeoutError({ body, url }), { cause })
  }
  return new WebSocketRequestError({ body, url, cause })
}
