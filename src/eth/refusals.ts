/** What a node means when it does not answer `eth_getLogs`: each row a wording, and what to do about it. */

import { RateLimitedError, RpcError } from '../rpc/errors.ts'

/**
 * `wide`: too many blocks, logs or bytes, ask for less · `behind`: the node does not have the block (yet) ·
 * `pruned`: it has it no more · `by-hash`: it cannot ask by block hash.
 */
export type Refusal = 'wide' | 'behind' | 'pruned' | 'by-hash'

/** Read from top to bottom; the first that fits counts. */
const WORDINGS: readonly (readonly [RegExp, Refusal])[] = [
  // geth ("pruned history unavailable"), erigon, nethermind, reth.
  [/pruned|history (is )?(unavailable|not available)|missing trie node/i, 'pruned'],
  // geth, execution-apis #875; besu and avalanche say it in their own words.
  [/beyond current head|after last accepted block|greater than (the )?(latest|head)/i, 'behind'],
  [/unknown block|(header|block) (was )?not found|cannot find block|missing block/i, 'behind'],
  [/block ?hash.{0,40}(not supported|unsupported|unknown field|invalid|unexpected)/i, 'by-hash'],
  [
    /range|too (many|large|big|wide)|limit|exceed|more than|at most|maximum|response size|timed? ?out|reduce/i,
    'wide',
  ],
]

export function refusalIn(error: unknown): Refusal | undefined {
  if (!(error instanceof RpcError) || error instanceof RateLimitedError) return undefined
  return WORDINGS.find(([wording]) => wording.test(error.message))?.[1]
}
