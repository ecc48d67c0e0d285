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
  /** The line has gone from one state to another. */
  state: StateChange
  /** Something that a person may want to know. */
  notice: Notice
  /** A request was written. */
  request: {
    /** Names the request, here and in `'response'`; not its id on the wire. */
    readonly id: number
    /** The JSON-RPC method. */
    readonly method: string
    /** Counts its writings from 1: after a lost line a read is written again. */
    readonly attempt: number
  }
  /** A request settled. */
  response: {
    /** Names the request, here and in `'request'`; 0 where it never was written. */
    readonly id: number
    /** The JSON-RPC method. */
    readonly method: string
    /** Milliseconds since it was made. */
    readonly duration: number
    /** How it went. */
    readonly outcome: Outcome
  }
  /** An item of a subscription that `request({ method: 'eth_subscribe' })` made (EIP-1193, "message"). */
  message: {
    /** The only type there is. */
    readonly type: 'eth_subscription'
    /** The item. */
    readonly data: {
      /** The id that `eth_subscribe` gave; stable over reconnects. */
      readonly subscription: Hex
      /** The item as the node sent it. */
      readonly result: unknown
    }
  }
}

/** Options of `connect`. */
export interface ConnectOptions {
  /** Stops the waiting, not the client. */
  readonly signal?: AbortSignalLike
}

/** Options of `subscribe`. */
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
  /** Where the line stands now. */
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
  /** The same as `close()`, for `await using`. */
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

  /**
   * The receipt, once its block is canonical and deep enough; survives lost lines and reorgs. It waits for as long as the
   * transaction is not mined: there is no time-out but `signal`.
   *
   * @throws ConfigurationError, NodeInconsistentError, ClientClosedError, `signal.reason`
   */
  waitForTransaction(hash: Hex, options?: WaitOptions): Promise<Receipt>

  /** Calls the listener at every event, until `off`. What a listener throws becomes an uncaught exception of its own. */
  on<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): this
  /** The same, for the next event only. */
  once<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): this
  /** The listener is called no more. */
  off<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): this
}
