/**
 * `holdfast`: a WebSocket JSON-RPC client for Ethereum that does not let go. Begin at {@link createClient} and
 * {@link Client}. The public door; nothing happens on import.
 *
 * @module holdfast
 */

export type * from './client.ts'
export * from './connection/errors.ts'
export type { ConnectionState, StateChange, Status } from './connection/state.ts'
export { createClient } from './create-client.ts'
export * from './errors.ts'
export type { BlockId, CallOptions, CallRequest } from './eth/call.ts'
export type { Erc20, TokenMetadata } from './eth/erc20.ts'
export * from './eth/errors.ts'
export type { LogFilter, StreamOptions, TransferFilter } from './eth/filter.ts'
export type { Header } from './eth/header.ts'
export type { Address } from './eth/hex.ts'
export type { Log } from './eth/log.ts'
export type { Page } from './eth/page.ts'
export type { Receipt, WaitOptions } from './eth/receipt.ts'
export type { Progress, Stream } from './eth/stream.ts'
export { decodeTransfer, type LogLike, type Transfer } from './eth/transfer.ts'
export type * from './options.ts'
export * from './rpc/errors.ts'
export type { Hex } from './rpc/message.ts'
export type * from './rpc/method-types.ts'
export type * from './rpc/node-objects.ts'
export type { Recover } from './rpc/recovery.ts'
export type { AbortSignalLike, RequestOptions } from './rpc/request.ts'
export type { Subscription } from './rpc/subscription.ts'
export type { Outcome } from './rpc/tracing.ts'
export type { RpcErrorObject } from './rpc-error-object.ts'
export type { Notice, NoticeKind, Stats } from './stats.ts'
export * from './transport/errors/index.ts'
export type { Negotiated } from './transport/socket.ts'
