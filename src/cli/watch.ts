/** `holdfast watch`: transfers as they happen, and what the line is doing meanwhile. */

import { parseArgs } from 'node:util'
import type { Client } from '../client.ts'
import { ClientClosedError } from '../errors.ts'
import { InvalidCursorError } from '../eth/errors.ts'
import type { StreamOptions } from '../eth/filter.ts'
import type { Page } from '../eth/page.ts'
import type { Transfer } from '../eth/transfer.ts'
import { CLIENT_FLAGS, CLIENT_HELP, openClient } from './client-flags.ts'
import type { Command } from './command.ts'
import { wholeNumber } from './dial-flags.ts'
import { EXIT, FileError, UsageError } from './exit-code.ts'
import { FILTER_FLAGS, FILTER_HELP, transferFilter } from './filter-flags.ts'
import { interruption } from './interruption.ts'
import { count, type LineReport, reportLine } from './line-report.ts'
import { ResumeFile } from './resume-file.ts'
import type { Terminal } from './terminal.ts'
import { TokenUnits } from './token-units.ts'
import { lineOf, recordsOf } from './transfer-record.ts'

const REFRESH = 250

export const watch: Command = {
  summary: 'transfers as they happen',
  help: `holdfast watch <url> [options]

Prints ERC-20 transfers as they happen: each once, in order, whatever the line does.
${FILTER_HELP}
  --from-block n      begin there; without it: with the next block
  --resume file       keep the cursor in this file, and go on from it
  --json              one JSON document per line${CLIENT_HELP}

Ctrl-C ends it. Exit code: 1 change something, 2 usage, 3 try again later, 130 Ctrl-C.`,

  run: async (args, terminal) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...CLIENT_FLAGS,
        ...FILTER_FLAGS,
        'from-block': { type: 'string' },
        resume: { type: 'string' },
        json: { type: 'boolean' },
      },
      allowPositionals: true,
    })
    const [url, ...more] = positionals
    if (more.length > 0) throw new UsageError('expected exactly one URL')
    const from = beginning(values['from-block'])
    const resume = values.resume === undefined ? undefined : new ResumeFile(values.resume)
    const start = resume?.cursor === undefined ? from : { after: resume.cursor }
    const client = openClient(url, values)
    const stopping = interruption(() => void client.close())
    const report = reportLine(client, terminal)
    const printer = new Printer(client, terminal, values.json === true, report)
    try {
      const filter = { ...transferFilter(values), ...start }
      await follow(pagesOf(client, filter, values.resume), printer, resume)
    } catch (error) {
      if (stopping.code === undefined || !(error instanceof ClientClosedError)) throw error
    } finally {
      printer.end()
      stopping.over()
      await client.close()
    }
    terminal.note(printer.lastWords(values.resume))
    return stopping.code ?? EXIT.ok
  },
}

function beginning(fromBlock: string | undefined): StreamOptions {
  if (fromBlock === undefined || fromBlock === 'latest') return {}
  return { fromBlock: wholeNumber('from-block', fromBlock) ?? 0 }
}

/** @throws FileError where the cursor in the file is of no use here */
function pagesOf(client: Client, filter: StreamOptions, file: string | undefined) {
  try {
    return client.transfers(filter).pages()
  } catch (error) {
    if (!(error instanceof InvalidCursorError)) throw error
    throw new FileError(`${file}: ${error.message} Name another file to begin anew.`, { cause: error })
  }
}

/** Prints each page, then stores its cursor: a page may come twice after a kill, and is never left out. */
async function follow(
  pages: AsyncIterable<Page<Transfer>>,
  printer: Printer,
  resume: ResumeFile | undefined,
): Promise<void> {
  let last: Page<Transfer> | undefined
  for await (const page of pages) {
    await printer.page(page)
    await resume?.store(page.cursor, page.items.length > 0 || page.rollback !== undefined)
    last = page
  }
  if (last !== undefined) await resume?.store(last.cursor, true)
}

class Printer {
  readonly #terminal: Terminal
  readonly #units: TokenUnits
  readonly #isJson: boolean
  readonly #report: LineReport
  readonly #timer: NodeJS.Timeout | undefined
  #page: Page<Transfer> | undefined
  #transfers = 0

  constructor(client: Client, terminal: Terminal, isJson: boolean, report: LineReport) {
    this.#terminal = terminal
    this.#units = new TokenUnits(client)
    this.#isJson = isJson
    this.#report = report
    if (terminal.hasStatus) this.#timer = setInterval(() => this.#drawStatus(), REFRESH)
  }

  async page(page: Page<Transfer>): Promise<void> {
    const removed = await recordsOf(page.removed, this.#units)
    const items = await recordsOf(page.items, this.#units)
    const { paint, columns } = this.#terminal
    const lines = this.#isJson
      ? [
          ...removed.map(record => JSON.stringify({ ...record, removed: true })),
          ...(page.rollback === undefined ? [] : [JSON.stringify({ rollback: page.rollback })]),
          ...items.map(record => JSON.stringify({ ...record, removed: false })),
        ]
      : [
          ...removed.map(record => lineOf(record, true, paint, columns)),
          ...items.map(record => lineOf(record, false, paint, columns)),
        ]
    if (page.rollback !== undefined) this.#sayRollback(page.rollback.blockNumber, page.removed.length)
    if (lines.length > 0) await this.#terminal.print(`${lines.join('\n')}\n`)
    this.#page = page
    this.#transfers += items.length
    this.#report.delivered(page)
    this.#drawStatus()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#terminal.status(undefined)
  }

  lastWords(file: string | undefined): string {
    if (this.#page === undefined) return 'Stopped before the first block.'
    const { toBlock, cursor } = this.#page
    const next =
      file === undefined
        ? `Its cursor, for a file to --resume: ${cursor}`
        : `The same command goes on there (${file}).`
    return `Stopped after block ${toBlock}, ${count(this.#transfers)}. ${next}`
  }

  #sayRollback(block: number, removed: number): void {
    const { note, notePaint } = this.#terminal
    note(
      `${notePaint.bad('reorg')}: the blocks above ${block} have left the chain, ${count(removed)} taken back`,
    )
  }

  #drawStatus(): void {
    const where =
      this.#page === undefined
        ? ''
        : `  block ${this.#page.toBlock} of ${this.#page.head}  ${count(this.#transfers)}`
    this.#terminal.status(`${this.#report.words()}${where}`)
  }
}
