/**
 * `holdfast/eip1193`: an EIP-1193 provider, for everything that takes what a wallet injects. Begin at {@link eip1193}.
 *
 * @module holdfast/eip1193
 */

import { Events } from '../events.ts'
import {
  type Client,
  type ClientEvents,
  type ConnectionState,
  type Hex,
  HoldfastError,
  type RequestOptions,
  RpcError,
} from '../index.ts'
import { nodeErrorOf, reasonOf } from './failures.ts'

/** What the listeners of a provider receive. */
export interface Eip1193Events {
  /** An item of a subscription made with `eth_subscribe`; its id outlives every socket. */
  message: ClientEvents['message']
  /** The line is open, for the first time or again. */
  connect: {
    /** Hexadecimal. */
    readonly chainId: Hex
  }
  /** The line fell, or the client was closed. The client dials again by itself. */
  disconnect: ProviderRpcError
  /** A client serves one chain for life: another one is an error, so this is not to be expected. */
  chainChanged: Hex
  /** Never emitted: accounts are a wallet's. */
  accountsChanged: readonly Hex[]
}

/** What EIP-1193 asks of a provider, and no more. */
export interface Eip1193Provider {
  /**
   * One JSON-RPC request; `eth_subscribe` gives the id under which items come as `'message'` events.
   *
   * @throws ProviderRpcError; `signal.reason`
   */
  request(
    call: { readonly method: string; readonly params?: unknown },
    options?: RequestOptions,
  ): Promise<unknown>
  /** Calls the listener at every event, until `removeListener`. */
  on<K extends keyof Eip1193Events>(event: K, listener: (payload: Eip1193Events[K]) => void): this
  /** The listener is called no more. */
  removeListener<K extends keyof Eip1193Events>(event: K, listener: (payload: Eip1193Events[K]) => void): this
}

/**
 * How a provider's request fails: the node's own code, message and data; 4900 while the line is down, 4901 where the
 * endpoint serves another chain (EIP-1193, "Provider Errors"). `cause` is holdfast's own error.
 */
export class ProviderRpcError extends Error {
  /** Always `ProviderRpcError`, as EIP-1193 wants it. */
  override readonly name = 'ProviderRpcError'
  /** The node's own code, or one of EIP-1193. */
  readonly code: number
  /** The node's own `data`, as it came. */
  readonly data?: unknown

  /** For this library itself: programs catch errors and make none. */
  constructor(code: number, message: string, { data, cause }: { data?: unknown; cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    if (data !== undefined) this.data = data
  }
}

/**
 * The client as an EIP-1193 provider, for `ethers.BrowserProvider`, viem's `custom()`, `new Web3(…)` and whatever else takes
 * one. Closing it is closing the client.
 *
 * @example
 * const web3 = new Web3(eip1193(createClient('wss://node.example/ws')))
 */
export function eip1193(client: Client): Eip1193Provider {
  const events = new Events<Eip1193Events>()
  let chainId: number | undefined
  client.on('message', message => events.emit('message', message))
  client.on('state', ({ from, to }) => {
    if (from.status === 'open') events.emit('disconnect', disconnection(to))
    if (to.status !== 'open' || to.chainId === undefined) return
    const chain: Hex = `0x${to.chainId.toString(16)}`
    events.emit('connect', { chainId: chain })
    if (chainId !== undefined && chainId !== to.chainId) events.emit('chainChanged', chain)
    chainId = to.chainId
  })
  const provider: Eip1193Provider = {
    request: async (call, options) => {
      try {
        return await client.request(call, options)
      } catch (error) {
        throw toProviderError(error)
      }
    },
    on: (event, listener) => {
      events.on(event, listener)
      return provider
    },
    removeListener: (event, listener) => {
      events.off(event, listener)
      return provider
    },
  }
  return provider
}

const DISCONNECTED = 4900
/** Numbers of EIP-1193 and EIP-1474 for what is no answer of a node; where the line is what failed, it is 4900. */
const CODES: Readonly<Record<string, number>> = {
  CONFIGURATION: -32602,
  INVALID_RESPONSE: -32603,
  MESSAGE_TOO_LARGE: -32005,
  QUEUE_FULL: -32005,
  WRONG_CHAIN: 4901,
}

function toProviderError(error: unknown): unknown {
  const cause = reasonOf(error)
  if (!(cause instanceof HoldfastError)) return error
  if (cause instanceof RpcError) {
    const { code, message, data } = nodeErrorOf(cause)
    return new ProviderRpcError(code, message, { data, cause })
  }
  return new ProviderRpcError(CODES[cause.code] ?? DISCONNECTED, cause.message, { cause })
}

function disconnection(state: ConnectionState): ProviderRpcError {
  const cause = 'error' in state ? state.error : undefined
  return new ProviderRpcError(DISCONNECTED, cause?.message ?? 'The client was closed.', { cause })
}
