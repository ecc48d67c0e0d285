/** Transfers per block, as bars: live, filled after an outage, and the ghosts of blocks that left the chain. */

import uPlot from 'uplot'
import { find, write } from './element.ts'
import type { Block } from './ledger.ts'
import { count, blocks as inWords, many } from './words.ts'

/** Blocks side by side. */
const SHOWN = 48

const root = find('plot', HTMLElement)
const readout = find('readout', HTMLElement)
const sizeOf = ({ clientWidth, clientHeight }: Element) => ({ width: clientWidth, height: clientHeight })
const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

let plot: uPlot | undefined
let shown: readonly Block[] = []

export function showChart(all: readonly Block[]): void {
  shown = all.slice(-SHOWN)
  plot ??= createPlot()
  plot.setData(dataOf(shown))
  root.setAttribute('aria-label', describe(shown))
  say(plot)
}

// The bars are painted: they learn of another scheme or size only by being told.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  if (plot === undefined) return
  plot.destroy()
  plot = createPlot()
})
new ResizeObserver(() => plot?.setSize(sizeOf(root))).observe(root)

function dataOf(blocks: readonly Block[]): uPlot.AlignedData {
  return [
    blocks.map(({ number }) => number),
    blocks.map(({ struck }) => struck || null),
    blocks.map(({ origin, ids }) => (origin === 'live' ? ids.length : null)),
    blocks.map(({ origin, ids }) => (origin === 'filled' ? ids.length : null)),
  ]
}

function createPlot(): uPlot {
  const bars = uPlot.paths.bars?.({ size: [0.72, 28], radius: 0.15 })
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--rule'), width: 1 },
    ticks: { show: false },
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
  }
  const series = (name: string, fill: string, more: uPlot.Series = {}): uPlot.Series => ({
    label: name,
    fill: colour(fill),
    width: 0,
    points: { show: false },
    ...(bars && { paths: bars }),
    ...more,
  })
  return new uPlot(
    {
      ...sizeOf(root),
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: (_, __, max) => [max - SHOWN + 0.4, max + 0.6] },
        y: { range: (_, __, max) => [0, Math.max(4, max) * 1.1] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 28,
          incrs: [5, 10, 20],
          values: (_, at) => at.map(nameOf),
        },
        {
          ...axis,
          size: 34,
          space: 48,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
          values: (_, at) => at.map(count),
        },
      ],
      series: [
        { label: 'block' },
        series('rolled back', '--struck-soft', { stroke: colour('--struck'), width: 1, dash: [3, 3] }),
        series('live', '--live'),
        series('filled', '--filled'),
      ],
      hooks: { setCursor: [say] },
    },
    dataOf(shown),
    root,
  )
}

/** Left of the first block there is no block. */
function nameOf(block: number): string {
  return shown.length > 0 && block >= 0 ? String(block) : ''
}

/** The block under the pointer, else the newest. */
function say({ cursor }: uPlot): void {
  const block = shown[cursor.idx ?? shown.length - 1]
  if (block === undefined) return write(readout, '')
  const struck = block.struck > 0 ? `, ${count(block.struck)} rolled back` : ''
  const filled = block.origin === 'filled' ? ', filled after an outage' : ''
  write(readout, `Block ${block.number}: ${many(block.ids.length, 'transfer')}${filled}${struck}`)
}

function describe(blocks: readonly Block[]): string {
  const [first, last] = [blocks[0], blocks.at(-1)]
  if (first === undefined || last === undefined) return 'No blocks yet'
  const counts = blocks.map(({ ids }) => ids.length)
  const total = counts.reduce((sum, each) => sum + each, 0)
  return `Bar chart of ${inWords(first.number, last.number)}: ${many(total, 'transfer')}, at most ${Math.max(...counts)} in a block`
}
