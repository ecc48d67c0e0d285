/**
 * A file of transfers that grows by pages, and holds each row once whatever happens to the process.
 *
 * Rows are written first, and count only when the ledger says so; the ledger is replaced as a whole. What stands behind
 * the counted bytes is cut off at the next start. A rollback does it the other way round: the ledger first says what
 * is left and which rows follow, then the file is cut; doing that twice does no harm.
 */

import { constants, type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileError, syncFolder } from './durable-file.ts'
import { FileError } from './exit-code.ts'
import { type Ledger, readLedger, writeLedger } from './ledger.ts'
import type { RowFormat } from './row-format.ts'

/** What a page does to the file. */
export interface Change {
  /** First: rows above this block go. */
  readonly rollbackTo: number | undefined
  /** Then: these are added. */
  readonly rows: readonly string[]
  /** The last block that is in the file then. */
  readonly block: number
  readonly cursor: string
}

/** How often rows are made to count, in milliseconds: what a kill costs is at most this much work. */
const COMMIT_EVERY = 500
const CHUNK = 65_536
const LINE_FEED = 10

export class HistoryFile {
  readonly #path: string
  readonly #format: RowFormat
  readonly #file: FileHandle
  /** As it stands on the disk. */
  #ledger: Ledger
  /** What it will say next. */
  #next: Ledger
  #committedAt = performance.now()

  private constructor(path: string, format: RowFormat, file: FileHandle, ledger: Ledger) {
    this.#path = path
    this.#format = format
    this.#file = file
    this.#ledger = ledger
    this.#next = ledger
  }

  /** @throws FileError where the file is of something else */
  static async open(path: string, format: RowFormat, fromBlock: number): Promise<HistoryFile> {
    const known = readLedger(path)
    if (known !== undefined && known.fromBlock !== fromBlock) {
      throw new FileError(`${path} begins at block ${known.fromBlock}, not ${fromBlock}. Name another --out.`)
    }
    const ledger = known ?? { version: 1, fromBlock, block: fromBlock - 1, bytes: 0, rows: 0 }
    const file = await openData(path, known)
    // Before the first row: rows without a ledger would look like a file of somebody else's.
    if (known === undefined) await writeLedger(path, ledger)
    const history = new HistoryFile(path, format, file, ledger)
    await history.#guard(() => history.#recover())
    return history
  }

  /** What counts. */
  get ledger(): Ledger {
    return this.#next
  }

  /** @throws FileError */
  async apply({ rollbackTo, rows, block, cursor }: Change): Promise<void> {
    await this.#guard(async () => {
      const text = Buffer.from(rows.join(''))
      if (rollbackTo === undefined) {
        await this.#write(text)
        this.#next = { ...this.#advanced(text, rows.length), block, cursor }
        if (performance.now() - this.#committedAt >= COMMIT_EVERY) await this.#commit()
        return
      }
      const { bytes, gone } = await this.#above(rollbackTo)
      this.#next = {
        ...this.#next,
        bytes,
        rows: this.#next.rows - gone,
        block,
        cursor,
        tail: text.toString(),
      }
      await this.#commit()
      await this.#finishCut()
    })
  }

  /** Makes everything count that was written, and lets go of the file. @throws FileError */
  async close(): Promise<void> {
    try {
      if (this.#next !== this.#ledger) await this.#guard(() => this.#commit())
    } finally {
      await this.#file.close()
    }
  }

  /** After a failure: keeps what is whole, as far as that is still possible, and lets go. */
  async abandon({ cause }: FileError): Promise<void> {
    try {
      // Without a cause it is not the disk that failed: the file is not as it should be, and not ours to mend.
      if (cause !== undefined) {
        await this.#file.truncate(Math.max(this.#next.bytes, this.#ledger.bytes))
        await this.#commit()
      }
    } catch {
      // The ledger stays as it was: the next start cuts off what it does not count.
    } finally {
      await this.#file.close()
    }
  }

  async #recover(): Promise<void> {
    const { size } = await this.#file.stat()
    if (size < this.#ledger.bytes) {
      throw new FileError(
        `${this.#path} is shorter than what was stored in it; something has changed it. Name another --out.`,
      )
    }
    await this.#finishCut()
    if (this.#ledger.bytes > 0) return
    const header = Buffer.from(this.#format.header)
    await this.#write(header)
    this.#next = this.#advanced(header, 0)
  }

  /** The file as the ledger has it, and the tail back in its place. */
  async #finishCut(): Promise<void> {
    const { tail, ...ledger } = this.#ledger
    await this.#file.truncate(ledger.bytes)
    this.#next = ledger
    if (tail === undefined) return
    const text = Buffer.from(tail)
    await this.#write(text)
    this.#next = this.#advanced(text, tail.split('\n').length - 1)
    await this.#commit()
  }

  async #commit(): Promise<void> {
    await this.#file.datasync()
    const ledger = this.#next
    await writeLedger(this.#path, ledger)
    this.#ledger = ledger
    this.#committedAt = performance.now()
  }

  async #write(text: Buffer): Promise<void> {
    const { size } = await this.#file.stat()
    if (size !== this.#next.bytes) {
      throw new FileError(`${this.#path} is being written by another process, too. Stop one of them.`)
    }
    for (let done = 0; done < text.length; ) {
      const { bytesWritten } = await this.#file.write(text, done, text.length - done, this.#next.bytes + done)
      done += bytesWritten
    }
  }

  #advanced(text: Buffer, rows: number): Ledger {
    return { ...this.#next, bytes: this.#next.bytes + text.length, rows: this.#next.rows + rows }
  }

  /** Where the rows above a block begin, and how many they are: read from the end, since reorgs are short. */
  async #above(block: number): Promise<{ bytes: number; gone: number }> {
    const top = Buffer.byteLength(this.#format.header)
    let end = this.#next.bytes
    let gone = 0
    while (end > top) {
      const start = Math.max(top, end - CHUNK)
      const chunk = Buffer.alloc(end - start)
      await this.#file.read(chunk, 0, chunk.length, start)
      // A row that begins before this chunk is left for the next one.
      const first = start === top ? 0 : chunk.indexOf(LINE_FEED) + 1
      if (first === chunk.length) throw this.#damaged()
      for (let rowEnd = chunk.length; rowEnd > first; ) {
        const rowStart = Math.max(first, chunk.lastIndexOf(LINE_FEED, rowEnd - 2) + 1)
        const found = this.#format.blockOf(chunk.toString('utf8', rowStart, rowEnd))
        if (Number.isNaN(found)) throw this.#damaged()
        if (found <= block) return { bytes: start + rowEnd, gone }
        gone++
        rowEnd = rowStart
      }
      end = start + first
    }
    return { bytes: top, gone }
  }

  #damaged(): FileError {
    return new FileError(
      `${this.#path} holds a row that is none; something has changed it. Name another --out.`,
    )
  }

  async #guard(action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      throw error instanceof FileError ? error : fileError(this.#path, 'written', error)
    }
  }
}

/** @param known whether there is a ledger */
async function openData(path: string, known: Ledger | undefined): Promise<FileHandle> {
  try {
    // Rows that the ledger counts must be there; else an empty file is as good as none.
    const isBegun = known !== undefined && known.bytes > 0
    const file = await open(path, isBegun ? 'r+' : constants.O_RDWR | constants.O_CREAT)
    if (known === undefined && (await file.stat()).size > 0) {
      await file.close()
      throw new FileError(`${path} is there already, and was not begun by this program. Name another --out.`)
    }
    await syncFolder(dirname(path))
    return file
  } catch (error) {
    throw error instanceof FileError ? error : fileError(path, 'opened', error)
  }
}
