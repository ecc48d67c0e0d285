/** Who got what, cut by cut. */

import { Receipts, type Score } from '../local/receipts.ts'

/** The stretch of the show that begins with one cut. Times are milliseconds. */
export class Act {
  readonly title: string
  /** Numbers of the transfers sent in it, inclusive; `to` grows until the next act begins. */
  readonly from: number
  to: number
  /** From the cut to the moment the client knew. */
  noticedAfter: number | undefined
  /** From the line being usable again to the first transfer. */
  flowedAfter: number | undefined
  /** Transfers sent while none came through. */
  gap = 0
  readonly #deliveredBefore: number
  readonly #cutAt = performance.now()
  #usableAt: number | undefined
  #opened = false

  constructor(title: string, sent: number, delivered: number) {
    this.title = title
    this.from = sent + 1
    this.to = sent
    this.#deliveredBefore = delivered
  }

  /** The line could be used from now on. */
  usable(): void {
    this.#usableAt = performance.now()
  }

  noticed(): void {
    this.noticedAfter ??= performance.now() - this.#cutAt
  }

  reopened(): void {
    this.#opened = this.noticedAfter !== undefined
  }

  delivered(): void {
    if (!this.#opened || this.flowedAfter !== undefined || this.#usableAt === undefined) return
    this.flowedAfter = performance.now() - this.#usableAt
    this.gap = this.to - this.#deliveredBefore
  }
}

export class Tally {
  readonly acts: Act[] = []
  sent = 0
  readonly #receipts = new Receipts()

  /** The highest number that came through. */
  get delivered(): number {
    return this.#receipts.highest
  }

  get act(): Act | undefined {
    return this.acts.at(-1)
  }

  begin(title: string): Act {
    const act = new Act(title, this.sent, this.delivered)
    this.acts.push(act)
    return act
  }

  /** The number of the next transfer. */
  next(): number {
    this.sent++
    if (this.act !== undefined) this.act.to = this.sent
    return this.sent
  }

  noteDelivered(number: number): void {
    this.#receipts.note(number)
    this.act?.delivered()
  }

  /** The count for a stretch of numbers; without one for all. */
  score({ from, to } = { from: 1, to: this.sent }): Score {
    return this.#receipts.score(from, to)
  }
}
