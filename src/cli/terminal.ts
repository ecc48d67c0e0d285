/** Where a command writes: results to `out`, everything about the run to `note`. */

import { type Paint, PLAIN } from '../doctor/report.ts'

export interface Terminal {
  out(text: string): void
  note(text: string): void
  /** Colours, only where a person looks at `out` and has not asked for none (https://no-color.org). */
  readonly paint: Paint
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process
  // Whoever reads may stop reading: `holdfast … | head`.
  stdout.on('error', error => {
    if (Reflect.get(error, 'code') !== 'EPIPE') throw error
    process.exit(0)
  })
  return {
    out: text => void stdout.write(`${text}\n`),
    note: text => void stderr.write(`${text}\n`),
    paint: stdout.isTTY && !env['NO_COLOR'] ? COLOURS : PLAIN,
  }
}

const style = (on: number, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`
const COLOURS: Paint = {
  good: style(32, 39),
  bad: style(31, 39),
  dim: style(2, 22),
  bold: style(1, 22),
}
