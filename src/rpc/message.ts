/** JSON-RPC 2.0 words: how a request is written, and what a frame that came in may be. */

import { rpcErrorIn } from '../rpc-error-object.ts'
import type { Traits } from './methods.ts'

/** Hexadecimal data or quantity with its `0x`. */
export type Hex = `0x${string}`

/** A frame after JSON.parse; nothing in it has been checked yet. */
export interface IncomingMessage {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

export interface Notification {
  readonly subscription: string
  readonly result: unknown
}

/** @param params as JSON */
export function encodeRequest(id: number, { prefix }: Traits, params: string): string {
  return `{"jsonrpc":"2.0","id":${id}${prefix}${params}}`
}

export function isMessage(value: unknown): value is IncomingMessage {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @returns undefined for what is not JSON */
export function parseFrame(frame: string): unknown {
  try {
    return JSON.parse(frame)
  } catch {
    return undefined
  }
}

/** A request, a notification or a response; an error is an object with code and message. */
export function isJsonRpc(value: unknown): value is IncomingMessage {
  if (!isMessage(value)) return false
  return value.method !== undefined || value.result !== undefined || rpcErrorIn(value) !== undefined
}

/** The content of an `eth_subscription` notification. */
export function notificationIn({ method, params }: IncomingMessage): Notification | undefined {
  if (method !== 'eth_subscription' || typeof params !== 'object' || params === null) return undefined
  const { subscription } = params as { subscription?: unknown }
  return typeof subscription === 'string' ? (params as Notification) : undefined
}

/** Of what subscriptions give only headers have a parent. */
export function isHead(item: unknown): boolean {
  return isMessage(item) && 'parentHash' in item
}
