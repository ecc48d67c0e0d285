/** What a refusal means for a transaction that may have been sent twice. */

import { HoldfastError } from '../errors.ts'
import { OutcomeUnknownError, RpcError } from './errors.ts'
import type { Hex } from './message.ts'

const LOOK_UP = 'eth_getTransactionByHash'

/** geth, erigon: "already known" · Parity, besu: "known transaction", "already imported" · nethermind: "AlreadyKnown", "OldNonce". */
const SENT_BEFORE =
  /already ?(known|imported|exists|in (the )?mempool)|known transaction|nonce (is )?too low|old ?nonce/i

interface Asker {
  ask(method: string, params: unknown, options: { readonly timeout: number }): Promise<unknown>
}

/** What is done with the refusal of a transaction that may be sent again: `answered` is given what it means. */
export function judgingResent(
  asker: Asker,
  hash: Hex,
  timeout: number,
  answered: (result: unknown) => void,
): (error: unknown) => void {
  const lookUp = () => asker.ask(LOOK_UP, [hash], { timeout })
  return error => answered(judgeResent(error, hash, lookUp))
}

/**
 * The hash, if the node knows that very transaction; else the refusal stands.
 *
 * @param lookUp asks the node for the transaction
 * @throws the refusal, or OutcomeUnknownError where the node cannot be asked
 */
async function judgeResent(error: unknown, hash: Hex, lookUp: () => Promise<unknown>): Promise<Hex> {
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
