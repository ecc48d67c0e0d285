/** The file of `holdfast transfers` equals what was applied to it, wherever its process was killed. */

import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FileError } from '../../src/cli/exit-code.ts'
import { type Change, HistoryFile } from '../../src/cli/history-file.ts'
import { readLedger, writeLedger } from '../../src/cli/ledger.ts'
import { formatFor } from '../../src/cli/row-format.ts'
import type { TransferRecord } from '../../src/cli/transfer-record.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-history-'))
  file = join(folder, 'history.csv')
})
afterEach(() => rmSync(folder, { recursive: true }))

const format = formatFor('history.csv')
function record(blockNumber: number, symbol: string | null = 'HOLD'): TransferRecord {
  const [token, from, to] = ['0x70', '0x01', '0x02']
  const rest = { amount: '1', value: '1', transactionHash: '0xaa', blockHash: '0xbb' }
  return { blockNumber, transactionIndex: 0, logIndex: 0, token, symbol, from, to, ...rest }
}
const rowsOf = (...blocks: number[]) => blocks.map(block => format.row(record(block)))
const page = (block: number, rows: readonly string[], rollbackTo?: number): Change => ({
  rollbackTo,
  rows,
  block,
  cursor: `after ${block}`,
})
const open = (path = file) => HistoryFile.open(path, format, 1)
const blocksIn = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(1, -1)
    .map(row => format.blockOf(`${row}\n`))

test('any pages, rollbacks and kills leave exactly the rows that count', async () => {
  const step = fc.record({
    blocks: fc.integer({ min: 1, max: 300 }),
    perBlock: fc.integer({ min: 0, max: 3 }),
    rollback: fc.option(fc.integer({ min: 1, max: 600 }), { nil: undefined, freq: 3 }),
    end: fc.constantFrom('go on', 'close', 'kill'),
  })
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
      const path = join(folder, `run-${run++}.csv`)
      let history = await open(path)
      /** The blocks of all rows that were applied since the file was begun, up to its last cursor. */
      let rows: number[] = []
      for (const { blocks, perBlock, rollback, end } of steps) {
        const rollbackTo = rollback === undefined ? undefined : Math.max(0, history.ledger.block - rollback)
        const first = (rollbackTo ?? history.ledger.block) + 1
        const added = Array.from({ length: blocks * perBlock }, (_, i) => first + Math.floor(i / perBlock))
        await history.apply(page(first + blocks - 1, rowsOf(...added), rollbackTo))
        rows = [...rows.filter(block => block < first), ...added]
        if (end === 'go on') continue
        if (end === 'close') await history.close()
        else await kill(history, path)
        history = await open(path)
        // What a kill has cost is what the stream delivers again, after the cursor that is left.
        rows = rows.filter(block => block <= history.ledger.block)
        expect(history.ledger.rows).toBe(rows.length)
      }
      await history.close()
      expect(blocksIn(path)).toEqual(rows)
      expect(readLedger(path)).toMatchObject({ rows: rows.length })
    }),
    { numRuns: 60 },
  )
}, 60_000)

/** As kill −9 leaves it: the ledger as it was stored last, and rows behind what it counts, the last of them torn. */
async function kill(history: HistoryFile, path: string): Promise<void> {
  const [data, ledger] = [readFileSync(path), readFileSync(`${path}.cursor`)]
  await history.close()
  writeFileSync(path, data)
  appendFileSync(path, '99999,0,0,0x')
  writeFileSync(`${path}.cursor`, ledger)
}

describe('a kill while a rollback is carried out', () => {
  test.each([
    ['before the file was cut', (whole: string) => whole],
    ['after it was cut', (whole: string) => whole.slice(0, whole.indexOf('3,'))],
    ['while the new rows were written', (whole: string) => `${whole.slice(0, whole.indexOf('3,'))}3,0,0`],
  ])('%s', async (_, left) => {
    const history = await open()
    await history.apply(page(4, rowsOf(1, 2, 3, 4)))
    await history.close()
    const whole = readFileSync(file, 'utf8')
    const bytes = Buffer.byteLength(format.header) + Buffer.byteLength(rowsOf(1, 2).join(''))
    await writeLedger(file, {
      version: 1,
      fromBlock: 1,
      block: 3,
      cursor: 'after the rollback',
      bytes,
      rows: 2,
      tail: rowsOf(3).join(''),
    })
    writeFileSync(file, left(whole))

    const again = await open()
    await again.close()

    expect(blocksIn(file)).toEqual([1, 2, 3])
    expect(again.ledger).toMatchObject({ block: 3, cursor: 'after the rollback', rows: 3 })
    expect(readLedger(file)).not.toHaveProperty('tail')
  })
})

test('a rollback whose ledger cannot be written leaves the file as it was', async () => {
  const history = await open()
  await history.apply(page(4, rowsOf(1, 2, 3, 4)))
  await history.close()
  const again = await open()
  mkdirSync(`${file}.cursor.tmp`)

  const failure = await again.apply(page(3, rowsOf(3), 2)).catch(error => error)
  await again.abandon(failure)

  expect(failure).toBeInstanceOf(FileError)
  expect(blocksIn(file)).toEqual([1, 2, 3, 4])
  rmSync(`${file}.cursor.tmp`, { recursive: true })
  const third = await open()
  await third.close()
  expect(blocksIn(file)).toEqual([1, 2, 3, 4])
  expect(third.ledger).toMatchObject({ block: 4, rows: 4 })
})

test('a second process at the same file is noticed', async () => {
  const [first, second] = [await open(), await open()]

  await first.apply(page(1, rowsOf(1)))

  await expect(second.apply(page(1, rowsOf(1)))).rejects.toThrow('by another process, too')
  await first.close()
})

test('a ledger that was copied to another file counts nothing there', async () => {
  const history = await open()
  await history.apply(page(1, rowsOf(1)))
  await history.close()
  copyFileSync(`${file}.cursor`, join(folder, 'other.csv.cursor'))

  await expect(open(join(folder, 'other.csv'))).rejects.toThrow('does not exist (ENOENT)')
})

describe('a row', () => {
  test('quotes what CSV would take for its own', () => {
    expect(format.row(record(1, 'a,"b"'))).toContain(',"a,""b""",')
  })

  test('is no formula to a spreadsheet, whatever a token calls itself', () => {
    expect(format.row(record(1, '=HYPERLINK(1)'))).toContain(",'=HYPERLINK(1),")
  })

  test('has its block at the beginning, in either format', () => {
    const json = formatFor('x.jsonl')

    expect(json.blockOf(json.row(record(77)))).toBe(77)
    expect(format.blockOf(format.row(record(77)))).toBe(77)
  })
})
