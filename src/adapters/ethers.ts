/**
 * `holdfast/ethers`: an ethers v6 provider on a line that holds. Begin at {@link HoldfastProvider}.
 *
 * @module holdfast/ethers
 */

import {
  JsonRpcApiProvider,
  type JsonRpcApiProviderOptions,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  makeError,
  type Network,
  type Networkish,
  type Subscriber,
  type Subscription,
  type TransactionReceipt,
} from 'ethers'
import { type Client, type ClientOptions, createClient, type Endpoint, type Hex, RpcError } from '../index.ts'
import { nodeErrorOf, reasonOf } from './failures.ts'
import { ItemSubscriber } from './item-subscriber.ts'

/** What ethers itself wants to know of a provider. */
export type ProviderOptions = Pick<
  JsonRpcApiProviderOptions,
  'cacheTimeout' | 'pollingInterval' | 'staticNetwork'
>

/**
 * `block`, `pending` and log events come by subscriptions, with what happened while the line was down. Dials when it is
 * first used. A handshake that failed for good rejects whatever was asked with its own error; nothing is thrown into the
 * process. `'error'` tells of subscriptions that ended by themselves.
 *
 * @example
 * const provider = new HoldfastProvider('wss://node.example/ws')
 * await contract.connect(provider).on('Transfer', (from, to, value) => …)
 */
export class HoldfastProvider extends JsonRpcApiProvider {
  /** The client underneath: its state, its events, its streams. */
  readonly client: Client
  readonly #isOwner: boolean
  readonly #end = new AbortController()
  #network: Network | undefined

  /**
   * A provider on a client that may serve others too: `destroy()` leaves it open.
   *
   * @param network what the client must serve, where that is to be checked
   */
  constructor(source: Client, network?: Networkish, options?: ProviderOptions)
  /**
   * A provider with a client of its own, made of an endpoint and its options.
   *
   * @param network what the endpoint must serve, where that is to be checked
   * @throws ConfigurationError
   */
  constructor(
    source: Endpoint | readonly Endpoint[],
    network?: Networkish,
    options?: ClientOptions & ProviderOptions,
  )
  constructor(
    source: Client | Endpoint | readonly Endpoint[],
    network?: Networkish,
    { cacheTimeout, pollingInterval, staticNetwork, ...options }: ClientOptions & ProviderOptions = {},
  ) {
    super(network, {
      // The client gathers what leaves in one tick by itself.
      batchMaxCount: 1,
      ...(cacheTimeout !== undefined && { cacheTimeout }),
      ...(pollingInterval !== undefined && { pollingInterval }),
      ...(staticNetwork !== undefined && { staticNetwork }),
    })
    this.#isOwner = !isClient(source)
    this.client = isClient(source) ? source : createClient(source, options)
  }

  override get _network(): Network {
    return this.#network ?? super._network
  }

  override async _send(
    payload: JsonRpcPayload | JsonRpcPayload[],
  ): Promise<(JsonRpcResult | JsonRpcError)[]> {
    return Promise.all([payload].flat().map(each => this.#ask(each)))
  }

  /** A client serves one chain for life: it is asked once. */
  override async _detectNetwork(): Promise<Network> {
    this.#network ??= await super._detectNetwork()
    return this.#network
  }

  override _getSubscriber(subscription: Subscription): Subscriber {
    const failed = (error: unknown) => void this.emit('error', reasonOf(error))
    const subscribe = (params: [string, ...unknown[]], emit: (item: never) => Promise<unknown>) =>
      new ItemSubscriber(this.client, params, emit, failed, this.#end.signal)
    switch (subscription.type) {
      case 'block':
        return subscribe(['newHeads'], ({ number }: { number: Hex }) => this.emit('block', Number(number)))
      case 'pending':
        return subscribe(['newPendingTransactions'], (hash: Hex) => this.emit('pending', hash))
      case 'event': {
        const { filter } = subscription
        return subscribe(['logs', filter], async log =>
          this.emit(filter, this._wrapLog(log, await this.getNetwork())),
        )
      }
      default:
        return guarded(super._getSubscriber(subscription), failed)
    }
  }

  /** As ethers means it, but it survives cuts and reorgs, and its failure is a rejection. */
  override async waitForTransaction(
    hash: string,
    confirms?: number | null,
    timeout?: number | null,
  ): Promise<TransactionReceipt | null> {
    if (confirms === 0) return this.getTransactionReceipt(hash)
    const operation = 'waitForTransaction'
    const stop = new AbortController()
    const abort = () => stop.abort()
    const timer = timeout ? setTimeout(abort, timeout) : undefined
    if (this.destroyed) abort()
    this.#end.signal.addEventListener('abort', abort)
    try {
      const options = { confirmations: confirms ?? 1, signal: stop.signal }
      await this.client.waitForTransaction(hash as Hex, options)
    } catch (error) {
      if (this.destroyed) throw makeError('provider destroyed', 'UNSUPPORTED_OPERATION', { operation })
      throw stop.signal.aborted
        ? makeError('timeout', 'TIMEOUT', { operation, reason: 'timeout' })
        : reasonOf(error)
    } finally {
      clearTimeout(timer)
      this.#end.signal.removeEventListener('abort', abort)
    }
    return this.getTransactionReceipt(hash)
  }

  /** Ends every listener, and the client where it is the provider's own. Resolves when the socket is closed. */
  override async destroy(): Promise<void> {
    super.destroy()
    this.#end.abort()
    if (this.#isOwner) await this.client.close()
  }

  async #ask({ id, method, params }: JsonRpcPayload): Promise<JsonRpcResult | JsonRpcError> {
    try {
      return { id, result: await this.client.request({ method, params }) }
    } catch (error) {
      const reason = reasonOf(error)
      if (reason instanceof RpcError) return { id, error: nodeErrorOf(reason) }
      throw reason
    }
  }
}

function isClient(source: object | string): source is Client {
  return typeof source === 'object' && 'request' in source && 'subscribe' in source
}

/** What ethers asks at every block, and waits for nowhere: its failure would be an unhandled rejection. */
function guarded(subscriber: Subscriber, failed: (error: unknown) => void): Subscriber {
  const { _poll: poll } = subscriber as { _poll?: (...args: unknown[]) => Promise<void> }
  if (poll === undefined) return subscriber
  return Object.assign(subscriber, {
    _poll: (...args: unknown[]) => poll.apply(subscriber, args).catch(failed),
  })
}
