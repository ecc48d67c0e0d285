/** `holdfast transfers`: history into a file that can be gone on with. */

import { parseArgs } from 'node:util'
import type { Client } from '../client.ts'
import { ClientClosedError } from '../errors.ts'
import { InvalidCursorError } from '../eth/errors.ts'
import type { TransferFilter } from '../eth/filter.ts'
import type { Page } from '../eth/page.ts'
import type { Transfer } from '../eth/transfer.ts'
import { CLIENT_FLAGS, CLIENT_HELP, openClient } from './client-flags.ts'
import type { Command } from './command.ts'
import { wholeNumber } from './dial-flags.ts'
import { EXIT, FileError, UsageError } from './exit-code.ts'
import { FILTER_FLAGS, FILTER_HELP, transferFilter } from './filter-flags.ts'
import { HistoryFile } from './history-file.ts'
import { interruption } from './interruption.ts'
import { count, type LineReport, reportLine } from './line-report.ts'
import { Progress } from './progress.ts'
import { formatFor, type RowFormat } from './row-format.ts'
import type { Terminal } from './terminal.ts'
import { TokenUnits } from './token-units.ts'
import { recordsOf } from './transfer-record.ts'

const REFRESH = 250
/** Where nobody looks, a line now and then. */
const SAY_EVERY = 10_000

export const transfers: Command = {
  summary: 'the history of transfers, into a CSV or JSON lines file',
  help: `holdfast transfers <url> --from-block n --out file.csv [options]

Writes every transfer once, in order. After Ctrl-C or a kill the same command goes on.

  --from-block n      the first block
  --to-block n        the last block; without it: the head at the start
  --out file          ends in .csv or .jsonl; file.cursor beside it says where to go on${FILTER_HELP}${CLIENT_HELP}

Exit code: 0 whole, 1 change something, 2 usage, 3 try again later, 130 Ctrl-C.`,

  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_FLAGS,
        ...FILTER_FLAGS,
        'from-block': { type: 'string' },
        'to-block': { type: 'string' },
        out: { type: 'string' },
      },
      allowPositionals: true,
    })
    const [url, ...more] = positionals
    if (more.length > 0) throw new UsageError('expected exactly one URL')
    const fromBlock = wholeNumber('from-block', values['from-block'])
    const toBlock = wholeNumber('to-block', values['to-block'])
    if (fromBlock === undefined) throw new UsageError('expected --from-block')
    if (values.out === undefined) throw new UsageError('expected --out')
    const format = formatFor(values.out)
    const filter = transferFilter(values)
    const client = openClient(url, values)
    // Checked at the door, before a file is begun for it.
    client.transfers({ ...filter, fromBlock })
    const stopping = interruption(() => void client.close())
    const report = reportLine(client, terminal)
    try {
      const file = await HistoryFile.open(values.out, format, fromBlock)
      const job = { client, file, format, filter, path: values.out, fromBlock, toBlock, report, terminal }
      await writeHistory(job, () => stopping.code !== undefined)
    } finally {
      terminal.status(undefined)
      stopping.over()
      await client.close()
    }
    return stopping.code ?? EXIT.ok
  },
}

interface Job {
  readonly client: Client
  readonly file: HistoryFile
  readonly format: RowFormat
  readonly filter: TransferFilter
  readonly path: string
  readonly fromBlock: number
  readonly toBlock: number | undefined
  readonly report: LineReport
  readonly terminal: Terminal
}

async function writeHistory(job: Job, isInterrupted: () => boolean): Promise<void> {
  const { file, path, fromBlock, terminal } = job
  try {
    await fill(job)
  } catch (error) {
    if (!isInterrupted() || !(error instanceof ClientClosedError)) {
      await (error instanceof FileError ? file.abandon(error) : file.close())
      throw error
    }
  }
  await file.close()
  const { block, rows } = file.ledger
  terminal.status(undefined)
  const reach = block < fromBlock ? 'nothing yet' : `${count(rows)} of blocks ${fromBlock} to ${block}`
  terminal.note(`${path}: ${reach}${isInterrupted() ? '. The same command goes on there.' : ''}`)
}

async function fill({
  client,
  file,
  format,
  filter,
  path,
  fromBlock,
  toBlock,
  report,
  terminal,
}: Job): Promise<void> {
  const { cursor, block, rows } = file.ledger
  const open = (to: number) => pagesOf(client, { ...filter, toBlock: to, ...start(cursor, fromBlock) }, path)
  // A file of another filter is refused before anything is dialled.
  if (cursor !== undefined) open(block)
  const last = toBlock ?? (await newestBlock(client, filter))
  if (cursor !== undefined) terminal.note(`${path}: goes on after block ${block}, ${count(rows)}`)
  const progress = new Progress(fromBlock, last, block, rows)
  const stopShowing = show(progress, report, terminal)
  try {
    const units = new TokenUnits(client)
    for await (const page of open(last)) {
      const records = await recordsOf(page.items, units)
      await file.apply({
        rollbackTo: page.rollback?.blockNumber,
        rows: records.map(format.row),
        block: page.toBlock,
        cursor: page.cursor,
      })
      progress.reached(page.toBlock, file.ledger.rows)
    }
  } finally {
    stopShowing()
  }
}

function start(cursor: string | undefined, fromBlock: number) {
  return cursor === undefined ? { fromBlock } : { after: cursor }
}

/** @throws FileError where the cursor beside the file is of no use here */
function pagesOf(client: Client, filter: TransferFilter, path: string): AsyncIterable<Page<Transfer>> {
  try {
    return client.transfers(filter).pages()
  } catch (error) {
    if (!(error instanceof InvalidCursorError)) throw error
    throw new FileError(`${path}: ${error.message} Name another --out.`, { cause: error })
  }
}

/** The newest block that is deep enough now: who asks for history does not want to wait for what comes. */
async function newestBlock(client: Client, { confirmations = 1 }: TransferFilter): Promise<number> {
  const options = { timeout: Infinity }
  if (typeof confirmations === 'number') {
    return Number(await client.request({ method: 'eth_blockNumber' }, options)) - confirmations + 1
  }
  const params = [confirmations, false] as const
  const block = await client.request({ method: 'eth_getBlockByNumber', params }, options)
  return Number(Reflect.get(Object(block), 'number') ?? -1)
}

/** @returns how to stop */
function show(progress: Progress, report: LineReport, { hasStatus, status, note }: Terminal): () => void {
  const timer = hasStatus
    ? setInterval(() => status(`${progress.bar()}  ${progress.words()}  ${report.words()}`), REFRESH)
    : setInterval(() => note(progress.words()), SAY_EVERY)
  return () => clearInterval(timer)
}
