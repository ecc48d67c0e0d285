/** What one watcher was told: every transfer carries its own number as its amount, so that none can hide. */

export interface Score {
  readonly sent: number
  readonly delivered: number
  readonly lost: number
  readonly twice: number
  readonly disordered: number
}

export class Receipts {
  /** The highest number that came. */
  highest = 0
  readonly #times: number[] = []
  readonly #disordered = new Set<number>()

  note(number: number): void {
    this.#times[number] = (this.#times[number] ?? 0) + 1
    if (number <= this.highest) this.#disordered.add(number)
    this.highest = Math.max(this.highest, number)
  }

  /** The count for a stretch of numbers, inclusive. */
  score(from: number, to: number): Score {
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

/** Whether everything came, once and in order. */
export function isComplete({ sent, lost, twice, disordered }: Score): boolean {
  return sent > 0 && lost + twice + disordered === 0
}
