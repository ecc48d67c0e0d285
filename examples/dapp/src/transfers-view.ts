/** The list of transfers. A row never moves to another transfer; what a reorg takes back stays, struck. */

import type { TokenMetadata } from 'holdfast'
import { element, find, write } from './element.ts'
import { type Fate, idOf, type Ledger, type Row } from './ledger.ts'
import { amount, count, short } from './words.ts'

const body = find('rows', HTMLTableSectionElement)
const totals = find('totals', HTMLElement)
const symbol = find('symbol', HTMLElement)
const empty = find('empty', HTMLElement)

const SAID: Readonly<Record<Fate, string>> = { live: '', filled: 'filled', struck: 'rolled back' }

interface Shown {
  readonly line: HTMLTableRowElement
  readonly fate: Element
}
let shown = new Map<number, Shown>()

export function showTransfers(ledger: Ledger, token: TokenMetadata | undefined): void {
  const decimals = token?.decimals ?? 0
  write(symbol, token?.symbol ?? '')
  const { delivered, removed } = ledger
  write(
    totals,
    `${count(delivered)} delivered, ${count(removed)} rolled back, ${count(delivered - removed)} stand`,
  )
  empty.hidden = ledger.rows.length > 0

  const before = shown
  shown = new Map(ledger.rows.map(row => [row.key, before.get(row.key) ?? createRow(row, decimals)]))
  for (const [key, { line }] of before) if (!shown.has(key)) line.remove()
  const fresh: Node[] = []
  for (const { key, fate } of ledger.rows) {
    const row = shown.get(key)
    if (row === undefined) continue
    row.line.dataset['fate'] = fate
    write(row.fate, SAID[fate])
    if (!before.has(key)) fresh.push(row.line)
  }
  body.prepend(...fresh)
}

function createRow({ transfer }: Row, decimals: number): Shown {
  const { blockNumber, from, to, value } = transfer
  const fate = element('span', 'fate')
  const cell = (className: string, ...children: (Node | string)[]) => element('td', className, ...children)
  const party = (address: typeof from) => {
    const code = element('code', '', short(address))
    code.title = address
    return code
  }
  const line = element(
    'tr',
    '',
    cell('block', element('span', 'height', String(blockNumber)), ' ', fate),
    cell('from', party(from)),
    cell('to', party(to)),
    cell('number', amount(value, decimals)),
  )
  line.dataset['id'] = idOf(transfer)
  return { line, fate }
}
