/** The last minute of the line, drawn: its state above, the blocks that arrived below, reorgs as strikes. */

import { shape } from './element.ts'
import { type Journal, SPAN } from './journal.ts'

const LANE = { y: 8, height: 20 }
const GROUND = 62
/** Pixels that a block with so many transfers is high. */
const heightOf = (transfers: number) => 4 + Math.min(22, transfers * 3)

export function drawStrip(strip: Element, journal: Journal, now: number): void {
  const x = (at: number) => 100 - ((now - at) / SPAN) * 100
  const stretches = journal.stretches.map(({ status, from, to }) => {
    const left = Math.max(0, x(from))
    const width = Math.max(0, x(to ?? now) - left)
    return shape('rect', {
      class: `stretch ${status}`,
      x: `${left}%`,
      y: LANE.y,
      width: `${width}%`,
      height: LANE.height,
    })
  })
  const arrivals = journal.arrivals
    .filter(({ at }) => at > now - SPAN)
    .map(({ at, transfers, origin }) =>
      shape('rect', {
        class: `arrival ${origin}`,
        x: `${x(at)}%`,
        y: GROUND - heightOf(transfers),
        width: 3,
        height: heightOf(transfers),
        rx: 1,
      }),
    )
  const strikes = journal.happenings
    .filter(({ what, at }) => what === 'reorg' && at > now - SPAN)
    .map(({ at }) => {
      const strike = shape('svg', { class: 'strike', x: `${x(at)}%`, overflow: 'visible' })
      strike.append(shape('line', { x1: 7, y1: 1, x2: -7, y2: GROUND }))
      return strike
    })
  const rail = shape('rect', { class: 'rail', x: 0, y: LANE.y, width: '100%', height: LANE.height })
  strip.replaceChildren(rail, ...stretches, ...arrivals, ...strikes)
}
