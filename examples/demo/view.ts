/** What the terminal shows: a few lines that stay in place; without a terminal, plain lines one after the other. */

import type { ConnectionState } from 'holdfast'
import type { Tally } from './tally.ts'

const REFRESH = 200
/** Transfers per second are averaged over this many milliseconds. */
const RATE_WINDOW = 1_000

export interface View {
  /** Something that happens once. */
  say(line: string): void
  error(name: string, message: string, hint: string | undefined): void
  end(): void
}

export function createView(tally: Tally, state: () => ConnectionState): View {
  return process.stdout.isTTY ? new LiveView(tally, state) : new PlainView(tally, state)
}

const isColoured = process.stdout.isTTY && !process.env['NO_COLOR']
const paint = (code: number) => (text: string) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text)
export const bold = paint(1)
const dim = paint(2)
export const red = paint(31)
export const green = paint(32)
const yellow = paint(33)

/** The state in a few words. */
function inWords(state: ConnectionState): string {
  switch (state.status) {
    case 'connecting':
      return yellow(`connecting, attempt ${state.attempt}`)
    case 'open':
      return green('open')
    case 'waiting': {
      const left = Math.max(0, (state.retryAt ?? Date.now()) - Date.now())
      return yellow(`waiting, attempt ${state.attempt} in ${(left / 1000).toFixed(1)} s`)
    }
    default:
      return state.status
  }
}

class Rate {
  #samples: { readonly at: number; readonly count: number }[] = []

  perSecond(count: number): number {
    const now = performance.now()
    const recent = this.#samples.findIndex(({ at }) => at > now - RATE_WINDOW)
    this.#samples = [...this.#samples.slice(recent < 1 ? recent : recent - 1), { at: now, count }]
    const [first] = this.#samples
    return first === undefined || first.at === now
      ? 0
      : Math.round(((count - first.count) / (now - first.at)) * 1000)
  }
}

class LiveView implements View {
  readonly #tally: Tally
  readonly #state: () => ConnectionState
  readonly #rate = new Rate()
  readonly #timer: NodeJS.Timeout
  #lastError: readonly string[] = [dim('none')]
  #drawn = 0

  constructor(tally: Tally, state: () => ConnectionState) {
    this.#tally = tally
    this.#state = state
    this.#timer = setInterval(() => this.#draw(), REFRESH)
  }

  say(line: string): void {
    this.#erase()
    process.stdout.write(`${line}\n`)
    this.#draw()
  }

  error(name: string, message: string, hint: string | undefined): void {
    this.#lastError = [`${red(name)}  ${message}`, ...(hint === undefined ? [] : [dim(hint)])]
  }

  end(): void {
    clearInterval(this.#timer)
    this.#erase()
  }

  #draw(): void {
    this.#erase()
    const { sent, delivered } = this.#tally
    const [error = '', hint = ''] = this.#lastError
    const lines = [
      '',
      `  line        ${inWords(this.#state())}`,
      `  transfers   ${sent} sent, ${delivered} delivered, ${this.#rate.perSecond(delivered)}/s`,
      `  last error  ${error}`,
      `              ${hint}`,
    ]
    process.stdout.write(`${lines.map(fit).join('\n')}\n`)
    this.#drawn = lines.length
  }

  #erase(): void {
    if (this.#drawn > 0) process.stdout.write(`\x1b[${this.#drawn}A\x1b[0J`)
    this.#drawn = 0
  }
}

class PlainView implements View {
  readonly #tally: Tally
  readonly #state: () => ConnectionState
  readonly #rate = new Rate()
  readonly #timer: NodeJS.Timeout
  #lastError = ''

  constructor(tally: Tally, state: () => ConnectionState) {
    this.#tally = tally
    this.#state = state
    this.#timer = setInterval(() => {
      const { sent, delivered } = this.#tally
      this.say(
        `  ${inWords(this.#state())}; ${sent} sent, ${delivered} delivered, ${this.#rate.perSecond(delivered)}/s`,
      )
    }, RATE_WINDOW)
  }

  say(line: string): void {
    process.stdout.write(`${line}\n`)
  }

  error(name: string, message: string, hint: string | undefined): void {
    if (name !== this.#lastError) this.say(`  ${name}: ${message}${hint === undefined ? '' : ` ${hint}`}`)
    this.#lastError = name
  }

  end(): void {
    clearInterval(this.#timer)
  }
}

/** A line that would wrap would break the drawing. Escape sequences take no room. */
function fit(line: string): string {
  const width = (process.stdout.columns ?? 100) - 1
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const visible = line.replace(/\x1b\[\d+m/g, '')
  return visible.length <= width ? line : `${visible.slice(0, width - 1)}…`
}
