/** Where the chain that a node serves and what was delivered part. */

import type { Ancestor } from './cursor.ts'
import { ReorgTooDeepError } from './errors.ts'
import type { Block } from './header.ts'
import type { Requester } from './requester.ts'
import { lookUp } from './source.ts'
import { isSameBlock } from './window.ts'

/** Most forks are a block or two deep; the search widens as it goes down. */
const FIRST_LOOK = 4
const WIDENING = 4

/**
 * The newest delivered block that the node has too; undefined where it has none of them.
 *
 * @param ancestors delivered blocks, newest first
 */
export async function findFork(
  requester: Requester,
  ancestors: readonly Ancestor[],
  signal: AbortSignal,
): Promise<Block | undefined> {
  const known = ancestors.filter(({ number, hashPrefix }) => number >= 0 && hashPrefix !== '')
  let from = 0
  for (let look = FIRST_LOOK; from < known.length; look *= WIDENING) {
    const some = known.slice(from, from + look)
    const numbers = some.map(({ number }) => number)
    const blocks = await lookUp(requester, numbers, signal)
    const fork = blocks.find((block, k) => {
      const ancestor = some[k]
      return block !== undefined && ancestor !== undefined && isSameBlock(ancestor, block.hash)
    })
    if (fork !== undefined) return fork
    from += look
  }
  return undefined
}

export function tooDeep(safeBlock: number, head: number): ReorgTooDeepError {
  return new ReorgTooDeepError(
    `The chain (head ${head}) and what was delivered differ already at block ${safeBlock}.`,
    {
      safeBlock,
      head,
      hint: 'Check that the endpoint serves the right chain; if so, discard what was stored, and start below that block.',
    },
  )
}
