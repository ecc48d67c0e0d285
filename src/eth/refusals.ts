/** What a node means when it does not answer `eth_getLogs`: each row a wording, and what to do about it. */

import { RateLimitedError, RpcError } from '../rpc/errors.ts'

/**
 * `wide`: too many blocks, logs, bytes or seconds; ask for less · `behind`: the node does not have the block (yet) ·
 * `pruned`: it has it no more · `by-hash`: it cannot ask by block hash · `rate`: too often.
 */
export type Refusal = 'wide' | 'behind' | 'pruned' | 'by-hash' | 'rate'

/**
 * Read from top to bottom; the first that fits counts. Ranges come before all but the plainest words for rates: on
 * `eth_getLogs` the codes of rate limits usually mean a range. `test/eth/refusals.test.ts` has the texts of nodes and providers.
 */
const WORDINGS: readonly (readonly [RegExp, Refusal])[] = [
  [
    /pruned|pre-?merge|history (data )?(is )?(unavailable|not available)|missing trie node|archive/i,
    'pruned',
  ],
  [
    /current head|last accepted|(greater|higher|bigger|after|above) (than )?(the )?(latest|head|current)|future/i,
    'behind',
  ],
  [
    /unknown block|(header|block|filter).{0,20}not found|(find|missing) (the )?block|not yet (available|indexed)/i,
    'behind',
  ],
  [
    /block_?hash\W.{0,60}(support|unknown field|unexpected|ignored|not allowed)|unknown field.{0,4}block_?hash/i,
    'by-hash',
  ],
  [/per second|\/s(ec|econd)?\b|rate.?limit|request rate/i, 'rate'],
  [
    /(block|log|range|result|response|quer(y|ies)).{0,40}(range|exceed|large|wide|limit|size|more than|too|max)/i,
    'wide',
  ],
  [
    /rate|too many requests|requests? (count|per)|compute unit|capacity|credit|quota|throughput|backoff/i,
    'rate',
  ],
  [
    /range|too (many|large|big|wide|long)|limit|exceed|more than|at most|maximum|tim(ed? ?|e)out|reduce|specify/i,
    'wide',
  ],
  [/deadline|cancell?ed|took too long/i, 'wide'],
]

export function refusalIn(error: unknown): Refusal | undefined {
  if (!(error instanceof RpcError) || error instanceof RateLimitedError) return undefined
  return WORDINGS.find(([wording]) => wording.test(error.message))?.[1]
}

/** Suggested ranges, `[0x1, 0xff]` and `1-255`; and limits, the plainer words first. */
const SPAN = /(?:\[|range )(0x[\da-f]+|\d+)(?:, ?|-)(0x[\da-f]+|\d+)/i
const LIMITS = [
  /(?:limit of|limited to an?|up to an?|at most|max(?:imum)?\b[^\d]{0,50}?) ?(\d[\d,]*) ?(k\b)?/i,
  /(?:range|over)s?:? (\d[\d,]*) ?(k\b)?/i,
]

/** How many blocks a refusal says would do; a hint only. */
export function blocksIn(error: unknown): number | undefined {
  if (!(error instanceof RpcError)) return undefined
  const { message, data } = error
  const { from, to } = Object(data) as { from?: unknown; to?: unknown }
  const [, first = from, last = to] = SPAN.exec(message) ?? []
  const [, most = '', thousands] = LIMITS.map(each => each.exec(message)).find(found => found !== null) ?? []
  const limit = /block|range/i.test(message) ? Number(most.replaceAll(',', '')) * (thousands ? 1_000 : 1) : 0
  const blocks = first === undefined ? limit : Number(last) - Number(first) + 1
  return Number.isSafeInteger(blocks) && blocks > 0 ? blocks : undefined
}
