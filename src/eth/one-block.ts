/** Reads that belong together: all of them of one and the same block. */

import { RateLimitedError, RpcError } from '../rpc/errors.ts'
import { type CallOptions, encodeBlockNumber } from './call.ts'
import { ExecutionRevertedError, NodeInconsistentError } from './errors.ts'
import { type Block, readBlock } from './header.ts'
import { isWord } from './hex.ts'
import type { Requester } from './requester.ts'

/** How often reads by number are begun anew when their block is replaced meanwhile. */
const TRIES = 5

/** Several reads that agree with each other: against one block's hash (EIP-1898), or its number where that is refused. */
export async function atOneBlock<T>(
  requester: Requester,
  options: CallOptions = {},
  reads: (pinned: CallOptions) => Promise<T>,
): Promise<T> {
  const { block = 'latest', overrides, ...rest } = options
  const look = async (at: NonNullable<CallOptions['block']>) => {
    const isHash = isWord(at)
    const method = isHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
    const raw = await requester.request(method, [isHash ? at : encodeBlockNumber(at), false], rest)
    return raw === null ? undefined : readBlock(raw, method)
  }
  // What is pending has no hash; a block that is not there is the node's to speak of.
  if (block === 'pending') return reads(options)
  let pinned: Block | undefined = await look(block)
  if (pinned === undefined) return reads(options)
  try {
    return await reads({ ...options, block: pinned.hash })
  } catch (error) {
    if (!isRefusal(error)) throw error
  }
  for (let tries = 0; tries < TRIES; tries++) {
    const { number, hash }: Block = pinned
    const result = await reads({ ...options, block: number })
    const after = await look(number)
    if (after?.hash === hash) return result
    if (isWord(block)) break
    pinned = after ?? pinned
  }
  const evidence = `block ${pinned.number} was replaced while it was read`
  throw new NodeInconsistentError(`Reads of one block do not agree: ${evidence}.`, {
    evidence,
    retryable: true,
  })
}

/** Nodes refuse a block hash in many words; what they cannot mean by any of them is that the contract reverted. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof RpcError &&
    !(error instanceof ExecutionRevertedError) &&
    !(error instanceof RateLimitedError)
  )
}
