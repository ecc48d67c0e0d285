/** The table at the end. */

import { isComplete, type Score } from '../local/receipts.ts'
import type { Tally } from './tally.ts'
import { bold, green, red } from './view.ts'

const COLUMNS = ['sent', 'delivered', 'lost', 'twice', 'out of order'] as const

/** @returns whether all is well */
export function printTable(tally: Tally): boolean {
  const [first] = tally.acts
  const undisturbed = { title: 'before the first cut', from: 1, to: (first?.from ?? 1) - 1 }
  const rows = [undisturbed, ...tally.acts].map(act => row(act.title, tally.score(act)))
  const all = tally.score()
  const isGood = isComplete(all)
  process.stdout.write(`\n${bold(line('', COLUMNS))}\n${rows.join('\n')}\n${bold(row('in all', all))}\n\n`)
  process.stdout.write(
    isGood ? green('Nothing lost, nothing twice, all in order.\n') : red('The promise was broken.\n'),
  )
  return isGood
}

function row(title: string, { sent, delivered, lost, twice, disordered }: Score): string {
  return line(title, [sent, delivered, lost, twice, disordered])
}

function line(title: string, cells: readonly (string | number)[]): string {
  return `  ${title.padEnd(22)}${cells.map(cell => String(cell).padStart(14)).join('')}`
}
