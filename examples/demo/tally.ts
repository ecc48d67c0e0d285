/** Who got what: every transfer carries its own number as its amount, so that none can hide. */

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

export interface Score {
  readonly sent: number
  readonly delivered: number
  readonly lost: number
  readonly twice: number
  readonly disordered: number
}

export class Tally {
  readonly acts: Act[] = []
  sent = 0
  /** The highest number that came through. */
  delivered = 0
  readonly #times: number[] = []
  readonly #disordered = new Set<number>()

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
    this.#times[number] = (this.#times[number] ?? 0) + 1
    if (number <= this.delivered) this.#disordered.add(number)
    this.delivered = Math.max(this.delivered, number)
    this.act?.delivered()
  }

  /** The count for a stretch of numbers; without one for all. */
  score({ from, to } = { from: 1, to: this.sent }): Score {
    const score = { sent: to - from + 1, delivered: 0, lost: 0, twice: 0, disordered: 0 }
    for (let number = from; number <= to; number++) {
      const times = this.#times[number] ?? 0
      if (times === 0) score.lost++
      else score.delivered++
      if (times > 1) score.twice++
      if (this.#disordered.has(number)) score.disordered++
    }
    return score
  }
}
