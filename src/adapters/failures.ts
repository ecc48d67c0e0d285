/** What a request failed with, in the words that every adapter translates from. */

import {
  ClientClosedError,
  ExecutionRevertedError,
  type RpcError,
  type RpcErrorObject,
  SubscriptionRejectedError,
} from '../index.ts'

/** What a client died of, and what a node said to a subscription, is what a caller must see. */
export function reasonOf(error: unknown): unknown {
  const isConsequence = error instanceof ClientClosedError || error instanceof SubscriptionRejectedError
  return isConsequence ? (error.cause ?? error) : error
}

/** What the node itself said. */
export function nodeErrorOf(error: RpcError): RpcErrorObject {
  const { rpcCode: code, message } = error
  const data = error instanceof ExecutionRevertedError ? error.nodeData : error.data
  return data === undefined ? { code, message } : { code, message, data }
}
