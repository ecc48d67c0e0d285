/** How far a history is, how fast it goes, and when it will be done. */

import { count } from './line-report.ts'

/** Rates are averaged over this many milliseconds. */
const RATE_WINDOW = 10_000
const BAR = 24

interface Sample {
  readonly at: number
  readonly block: number
  readonly transfers: number
}

export class Progress {
  readonly #from: number
  readonly #to: number
  #samples: readonly Sample[]

  /** @param block the last block that was there at the beginning */
  constructor(from: number, to: number, block: number, transfers: number) {
    this.#from = from
    this.#to = to
    this.#samples = [{ at: performance.now(), block, transfers }]
  }

  reached(block: number, transfers: number): void {
    const at = performance.now()
    const recent = this.#samples.findIndex(sample => sample.at > at - RATE_WINDOW)
    // One older than the window stays, so that a slow page has something to be measured from.
    this.#samples = [...this.#samples.slice(Math.max(0, recent - 1)), { at, block, transfers }]
  }

  bar(): string {
    const share = this.#share
    const done = Math.floor(share * BAR)
    return `${'█'.repeat(done)}${'░'.repeat(BAR - done)} ${Math.floor(share * 100)} %`
  }

  words(): string {
    const { block, transfers } = this.#last
    const rate = Math.round(this.#rate('transfers'))
    const left = (this.#to - block) / this.#rate('block')
    const eta = block >= this.#to || !Number.isFinite(left) ? '' : `  ETA ${clock(left)}`
    return `block ${block} of ${this.#to}  ${count(transfers)}  ${rate.toLocaleString('en')}/s${eta}`
  }

  get #last(): Sample {
    return this.#samples.at(-1) as Sample
  }

  get #share(): number {
    const all = this.#to - this.#from + 1
    return all <= 0 ? 1 : Math.min(1, Math.max(0, (this.#last.block - this.#from + 1) / all))
  }

  /** Per second. */
  #rate(what: 'block' | 'transfers'): number {
    const first = this.#samples[0] as Sample
    return Math.max(0, ((this.#last[what] - first[what]) / (performance.now() - first.at)) * 1_000)
  }
}

/** `1:05`, `2:03:04` */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (number: number) => String(number).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}
