/** What users hold: one line to the chain, and everything that can be done with it. */

import type { ConnectionState, StateChange } from './connection/state.ts'
import type { CallOptions, CallRequest } from './eth/call.ts'
import type { Erc20 } from './eth/erc20.ts'
import type { LogFilter, StreamOptions, TransferFilter } from './eth/filter.ts'
import type { Header } from './eth/header.ts'
import type { Address } from './eth/hex.ts'
import type { Log } from './eth/log.ts'
import type { Receipt, WaitOptions } from './eth/receipt.ts'
import type { Stream } from './eth/stream.ts'
import type { Transfer } from './eth/transfer.ts'
import type { Hex } from './rpc/message.ts'
import type { Call, Item, Result } from './rpc/method-types.ts'
import type { Recover } from './rpc/recovery.ts'
import type { AbortSignalLike, RequestOptions } from './rpc/request.ts'
import type { Subscription } from './rpc/subscription.ts'
import type { Outcome } from './rpc/tracing.ts'
import type { Notice, Stats } from './stats.ts'

declare global {
  // Exactly as in TypeScript's lib.esnext.disposable, for projects that do not name that library.
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol
  }
}

/** What `on`, `once` and `off` know. */
export interface ClientEvents {
  state: StateChange
  notice: Notice
  /** A request was written; `attempt` counts its writings from 1. */
  request: { readonly id: number; readonly method: string; readonly attempt: number }
  /** A request settled; `duration` in milliseconds since it was made. */
  response: {
    readonly id: number
    readonly method: string
    readonly duration: number
    readonly outcome: Outcome
  }
  /** An item of a subscription that `request({ method: 'eth_subscribe' })` made (EIP-1193, "message"). */
  message: {
    readonly type: 'eth_subscription'
    readonly data: { readonly subscription: Hex; readonly result: unknown }
  }
}

export interface ConnectOptions {
  /** Stops the waiting, not the client. */
  readonly signal?: AbortSignalLike
}

export interface SubscribeOptions {
  /** Ends the subscription by throwing `signal.reason`. */
  readonly signal?: AbortSignalLike
  /**
   * Whether what a lost line swallowed is asked for: `logs` and `newHeads` only. `maxBlocks`: what is missed beyond them
   * is a `gap` notice, as everything is with `false`.
   *
   * @default true for `logs`, `{ maxBlocks: 256 }` for `newHeads`
   */
  readonly recover?: Recover
}

/**
 * A client of one or several endpoints of one chain. It dials by itself when it is first used, and again whenever the
 * line falls, until `close()`.
 *
 * @example
 * await using client = createClient('wss://node.example/ws')
 * for await (const transfer of client.transfers({ token })) console.log(transfer)
 */
export interface Client {
  readonly state: ConnectionState
  /** Plain counters since the client was made. */
  readonly stats: Stats

  /**
   * Resolves when the line is open. Need not be called; need not be awaited.
   *
   * @throws the final error; AttemptsExhaustedError; ClientClosedError; `signal.reason`
   */
  connect(options?: ConnectOptions): Promise<void>

  /** Ends the client: streams and subscriptions end quietly, requests reject with ClientClosedError. Final. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>

  /**
   * One JSON-RPC request; the answer passes untouched. A pure read that a lost line interrupts is sent again.
   *
   * @throws RpcError, RequestTimeoutError, OutcomeUnknownError, ConnectionLostError, QueueFullError, ClientClosedError …
   */
  request<M extends string>(call: Call<M>, options?: RequestOptions): Promise<Result<M>>

  /**
   * A subscription that outlives its sockets.
   *
   * @param params the filter of `logs`, or whatever else the kind takes
   * @throws SubscriptionRejectedError, RequestTimeoutError, ClientClosedError, `signal.reason`
   */
  subscribe<K extends string>(
    kind: K,
    params?: unknown,
    options?: SubscribeOptions,
  ): Promise<Subscription<Item<K>>>

  /** `eth_call`. @throws ExecutionRevertedError, ConfigurationError, and what every request throws */
  call(tx: CallRequest, options?: CallOptions): Promise<Hex>

  /** Reads of one token. @throws ConfigurationError for an address that is none */
  erc20(token: Address): Erc20

  /** ERC-20 transfers: complete, each once, in order. @throws ConfigurationError, InvalidCursorError */
  transfers(filter?: TransferFilter): Stream<Transfer>

  /** Any event's logs, with the same promise. @throws ConfigurationError, InvalidCursorError */
  logs(filter?: LogFilter): Stream<Log>

  /** Canonical headers, with the same promise. @throws ConfigurationError, InvalidCursorError */
  blocks(options?: StreamOptions): Stream<Header>

  /** The receipt, once its block is canonical and deep enough; survives lost lines and reorgs. */
  waitForTransaction(hash: Hex, options?: WaitOptions): Promise<Receipt>

  on<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): this
  once<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): this
  off<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): this
}
