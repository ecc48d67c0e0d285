/** How a file of transfers is written: CSV (RFC 4180, with LF) or one JSON document per line. */

import { extname } from 'node:path'
import { UsageError } from './exit-code.ts'
import type { TransferRecord } from './transfer-record.ts'

export interface RowFormat {
  /** What stands before the first row. */
  readonly header: string
  row(record: TransferRecord): string
  /** The block of a row that `row` has written; NaN for anything else. */
  blockOf(row: string): number
}

const COLUMNS: readonly (keyof TransferRecord)[] = [
  'blockNumber',
  'transactionIndex',
  'logIndex',
  'token',
  'symbol',
  'from',
  'to',
  'amount',
  'value',
  'transactionHash',
  'blockHash',
]

const FORMATS: Readonly<Record<string, RowFormat>> = {
  '.csv': {
    header: `${COLUMNS.join(',')}\n`,
    row: record => `${COLUMNS.map(column => field(record[column])).join(',')}\n`,
    blockOf: row => Number(/^\d+(?=,)/.exec(row)?.[0] ?? NaN),
  },
  '.jsonl': {
    header: '',
    row: record => `${JSON.stringify(record)}\n`,
    blockOf: row => Number(/^\{"blockNumber":(\d+),/.exec(row)?.[1] ?? NaN),
  },
}

/** @throws UsageError */
export function formatFor(path: string): RowFormat {
  const format = FORMATS[extname(path).toLowerCase()]
  if (format !== undefined) return format
  throw new UsageError(`--out: expected a name that ends in ${Object.keys(FORMATS).join(' or ')}`)
}

/** Anybody can name a token: a name that a spreadsheet would take for a formula gets an apostrophe before it. */
function field(value: string | number | null): string {
  const text = String(value ?? '').replace(/^[=+\-@]/, "'$&")
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
