/** The error member of a JSON-RPC response (JSON-RPC 2.0, section 5.1). */

export interface RpcErrorObject {
  /** The numeric code. */
  readonly code: number
  /** A sentence. */
  readonly message: string
  /** Whatever else the node says. */
  readonly data?: unknown
}

/** The error in a parsed response, where it is one. */
export function rpcErrorIn(message: unknown): RpcErrorObject | undefined {
  const error: unknown =
    typeof message === 'object' && message !== null ? Reflect.get(message, 'error') : undefined
  if (typeof error !== 'object' || error === null) return undefined
  const { code, message: text, data } = error as { code?: unknown; message?: unknown; data?: unknown }
  if (typeof code !== 'number' || typeof text !== 'string') return undefined
  return data === undefined ? { code, message: text } : { code, message: text, data }
}
