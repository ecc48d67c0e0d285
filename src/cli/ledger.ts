/** What is known of a file of transfers, beside it in `<file>.cursor`: how much of it counts, and where to go on. */

import { readIfThere, replaceFile } from './durable-file.ts'
import { FileError } from './exit-code.ts'

export interface Ledger {
  readonly version: 1
  /** The first block of the file. */
  readonly fromBlock: number
  /** The last block that is in it; below `fromBlock` while there is none. */
  readonly block: number
  /** Undefined before the first page. */
  readonly cursor?: string
  /** How much of the file counts: what stands behind it was not finished. */
  readonly bytes: number
  readonly rows: number
  /** Rows that belong behind `bytes`, and may not have got there: the file was being cut. */
  readonly tail?: string
}

export const ledgerPath = (file: string) => `${file}.cursor`

/** Undefined where there is none. @throws FileError */
export function readLedger(file: string): Ledger | undefined {
  const path = ledgerPath(file)
  const text = readIfThere(path)
  if (text === undefined) return undefined
  const ledger = parse(text)
  if (isLedger(ledger)) return ledger
  throw new FileError(`${path} is none of this program’s. Name another --out file.`)
}

export function writeLedger(file: string, ledger: Ledger): Promise<void> {
  return replaceFile(ledgerPath(file), `${JSON.stringify(ledger)}\n`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isLedger(value: unknown): value is Ledger {
  if (typeof value !== 'object' || value === null) return false
  const { version, fromBlock, block, cursor, bytes, rows, tail } = value as Record<keyof Ledger, unknown>
  return (
    version === 1 &&
    [fromBlock, block, bytes, rows].every(Number.isSafeInteger) &&
    ['string', 'undefined'].includes(typeof cursor) &&
    ['string', 'undefined'].includes(typeof tail)
  )
}
