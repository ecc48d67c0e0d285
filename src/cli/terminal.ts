/** Where a command writes: results to `out` and `print`, everything about the run to `note` and `status`. */

import { type Paint, PLAIN } from '../doctor/report.ts'

export interface Terminal {
  out(text: string): void
  /** Resolves when the operating system has the text: a pipe may be slow, and a cursor must not run ahead of it. */
  print(text: string): Promise<void>
  note(text: string): void
  /** A line that stays below everything else; undefined takes it away. Nothing where nobody looks. */
  status(line: string | undefined): void
  /** Whether a person sees `status`. */
  readonly hasStatus: boolean
  /** Characters in a line of results; undefined where they go into a pipe or file. */
  readonly columns: number | undefined
  /** Colours, only where a person looks at `out` and has not asked for none (https://no-color.org). */
  readonly paint: Paint
  /** The same for `note` and `status`. */
  readonly notePaint: Paint
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process
  // Whoever reads results may stop reading: `holdfast … | head`. Whoever reads notes misses nothing that counts.
  const unlessGone = (then: () => void) => (error: Error) => {
    if (Reflect.get(error, 'code') !== 'EPIPE') throw error
    then()
  }
  stdout.on(
    'error',
    unlessGone(() => process.exit(0)),
  )
  stderr.on(
    'error',
    unlessGone(() => undefined),
  )
  const paintFor = (isTTY: boolean | undefined) => (isTTY && !env['NO_COLOR'] ? COLOURS : PLAIN)
  const line = new StatusLine(stderr, Boolean(stderr.isTTY) && env['TERM'] !== 'dumb')
  return {
    out: text => line.above(() => void stdout.write(`${text}\n`), stdout.isTTY),
    print: text =>
      new Promise(resolve => {
        line.above(() => void stdout.write(text, () => resolve()), stdout.isTTY)
      }),
    note: text => line.above(() => void stderr.write(`${text}\n`), true),
    status: text => line.show(text),
    hasStatus: line.isVisible,
    get columns() {
      return stdout.isTTY ? stdout.columns || 80 : undefined
    },
    paint: paintFor(stdout.isTTY),
    notePaint: paintFor(stderr.isTTY),
  }
}

/** The last line of a terminal, taken away while something is written above it. */
class StatusLine {
  readonly isVisible: boolean
  readonly #stream: NodeJS.WriteStream
  #text: string | undefined

  constructor(stream: NodeJS.WriteStream, isVisible: boolean) {
    this.#stream = stream
    this.isVisible = isVisible
  }

  show(text: string | undefined): void {
    if (!this.isVisible || text === this.#text) return
    this.#erase()
    this.#text = text
    this.#draw()
  }

  /** @param isSameScreen whether what is written lands where this line stands */
  above(write: () => void, isSameScreen: boolean): void {
    if (!isSameScreen) return write()
    this.#erase()
    write()
    this.#draw()
  }

  #erase(): void {
    if (this.#text !== undefined) this.#stream.write('\r\x1b[K')
  }

  #draw(): void {
    if (this.#text !== undefined) this.#stream.write(shorten(this.#text, this.#stream.columns || 80))
  }
}

/** A line that would wrap could not be taken away again. Escape sequences take no room. */
function shorten(line: string, columns: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const visible = line.replace(/\x1b\[\d+m/g, '')
  return visible.length < columns ? line : `${visible.slice(0, columns - 2)}…`
}

/** Text of a peer, so that it cannot move the cursor or paint. */
export function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, ' ')
}

const style = (on: number, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`
const COLOURS: Paint = {
  good: style(32, 39),
  bad: style(31, 39),
  dim: style(2, 22),
  bold: style(1, 22),
}
