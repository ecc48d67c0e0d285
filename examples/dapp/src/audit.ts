/** The proof: what the page holds, compared with what the node says of the same blocks. */

import { decodeTransfer } from 'holdfast'
import { idOf, type Ledger } from './ledger.ts'
import type { Session } from './session.ts'
import { blocks, many } from './words.ts'

export async function audit(session: Session, ledger: Ledger): Promise<string> {
  const held = ledger.blocks
  const [first, last] = [held[0], held.at(-1)]
  if (first === undefined || last === undefined) return 'There is nothing to compare yet.'
  const { removed } = ledger
  const logs = await session.logs(first.number, last.number)
  if (ledger.removed !== removed) return 'The chain changed meanwhile: compare again.'

  const theirs = new Set(logs.map(decodeTransfer).flatMap(each => (each === undefined ? [] : [idOf(each)])))
  const ids = held.flatMap(block => block.ids)
  const ours = new Set(ids)
  const missing = [...theirs].filter(id => !ours.has(id)).length
  const foreign = [...ours].filter(id => !theirs.has(id)).length
  const twice = ids.length - ours.size
  const range = `The node has ${many(theirs.size, 'transfer')} in ${blocks(first.number, last.number)}`
  if (missing + foreign + twice === 0) return `${range}, and so has this page: none missing, none twice.`
  return `${range}; here ${missing} are missing, ${foreign} are too many, ${twice} came twice.`
}
