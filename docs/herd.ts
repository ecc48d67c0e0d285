/** Draws docs/herd.svg: when 5,000 clients that lost one server dial again. */

import { CLIENTS, DOWN, redials, SLOT, STRATEGIES } from '../test/support/herd.ts'

const COLOURS = ['#c2410c', '#a16207', '#15803d']
const WIDTH = 720
const ROW = 120
const LEFT = 60
/** Milliseconds shown. */
const SHOWN = 12_000

export function herdPlot(): string {
  const rows = Object.entries(STRATEGIES).map(([name, delay], i) => row(name, redials(delay), i))
  const height = ROW * rows.length + 40
  const ticks = Array.from({ length: SHOWN / 1_000 + 1 }, (_, second) => {
    const x = place(second * 1_000)
    return `<text x="${x}" y="${height - 8}" text-anchor="middle">${second} s</text>`
  })
  const back = `<line x1="${place(DOWN)}" x2="${place(DOWN)}" y1="10" y2="${height - 30}" stroke="#888" stroke-dasharray="4"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#777">
<title>Dials per ${SLOT} ms of ${CLIENTS} clients that lost one server at 0 s; it is back at ${DOWN / 1000} s</title>
${[...rows, back, ...ticks].join('\n')}
</svg>
`
}

function row(name: string, slots: readonly number[], i: number): string {
  const base = ROW * (i + 1)
  const bars = slots.slice(0, SHOWN / SLOT).map((count, slot) => {
    const height = ((ROW - 40) * count) / CLIENTS
    const width = (WIDTH - LEFT) / (SHOWN / SLOT) - 0.5
    return count === 0
      ? ''
      : `<rect x="${place(slot * SLOT).toFixed(1)}" y="${(base - height).toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}"/>`
  })
  const peak = Math.max(...slots)
  return `<g fill="${COLOURS[i]}"><text x="${LEFT}" y="${base - ROW + 28}">${name}: at most ${peak} dials in ${SLOT} ms</text>${bars.join('')}</g>
<line x1="${LEFT}" x2="${WIDTH}" y1="${base}" y2="${base}" stroke="#bbb"/>`
}

function place(milliseconds: number): number {
  return LEFT + ((WIDTH - LEFT) * milliseconds) / SHOWN
}
