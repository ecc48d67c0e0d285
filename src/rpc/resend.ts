/** What a refusal means for a transaction that may have been sent twice. */

import { HoldfastError } from '../errors.ts'
import { OutcomeUnknownError, RpcError } from './errors.ts'
import type { Hex } from './message.ts'

export const LOOK_UP = 'eth_getTransactionByHash'

/** geth, erigon: "already known" · Parity, besu: "known transaction", "already imported" · nethermind: "AlreadyKnown", "OldNonce". */
const SENT_BEFORE =
  /already ?(known|imported|exists|in (the )?mempool)|known transaction|nonce (is )?too low|old ?nonce/i

/**
 * The hash, if the node knows that very transaction; else the refusal stands.
 *
 * @param lookUp asks the node for the transaction
 * @throws the refusal, or OutcomeUnknownError where the node cannot be asked
 */
export async function judgeResent(error: unknown, hash: Hex, lookUp: () => Promise<unknown>): Promise<Hex> {
  if (!(error instanceof RpcError) || !SENT_BEFORE.test(error.message)) throw error
  const { method, message } = error
  let known: unknown
  try {
    known = await lookUp()
  } catch (cause) {
    if (!(cause instanceof HoldfastError)) throw cause
    throw new OutcomeUnknownError(
      `${method} was refused (${message}), and the node could not be asked for the transaction.`,
      { method, cause },
    )
  }
  if (known === null || known === undefined) throw error
  return hash
}
