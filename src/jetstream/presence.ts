/**
 * Relays tell each other that they are there, with plain messages that nobody stores: a leader every so often, a standby
 * only to ask. This is for speed and thrift alone. What may be written is decided by the sequence of the stream, however
 * many believe to lead.
 */

import { pause } from '../pause.ts'
import type { NatsConnectionLike } from './nats.ts'

export interface PresenceParts {
  readonly connection: NatsConnectionLike
  readonly subject: string
  /** How this relay calls itself. */
  readonly id: string
  /** Milliseconds without a word after which a leader counts as gone. */
  readonly silence: number
  readonly random: () => number
  /** Another one leads than was known. */
  readonly heard: (leader: string) => void
  /** Somebody else leads by right: who took over later, or of two at once the one with the greater id. */
  readonly outranked: () => void
}

interface Word {
  readonly id: string
  readonly kind: 'lead' | 'ask' | 'bye'
  readonly term: number
}

const BEATS_PER_SILENCE = 5
/** How long a leader has for its answer, in parts of the silence. */
const ANSWER_TIME = 0.1

export class Presence {
  readonly #parts: PresenceParts
  readonly #subscription: { unsubscribe(): void }
  /** The highest term heard of, or had. */
  #term = 0
  /** Of another relay that leads, by the monotonic clock. */
  #heardAt = -Infinity
  #leader: string | undefined
  #leading: { readonly timer: ReturnType<typeof setInterval>; readonly beat: () => void } | undefined
  readonly #wakers = new Set<() => void>()

  constructor(parts: PresenceParts) {
    this.#parts = parts
    this.#subscription = parts.connection.subscribe(parts.subject, {
      callback: (error, message) => {
        if (error === null) this.#hear(parseWord(message.string()))
      },
    })
  }

  /** Resolves when no other relay leads any more, or with the signal. */
  async silence(signal: AbortSignal): Promise<void> {
    const { silence } = this.#parts
    while (!signal.aborted) {
      const left = this.#heardAt + silence - performance.now()
      if (left > 0) {
        await pause(left, signal, this.#wakers)
        continue
      }
      // After a pause of our own everything heard is old: asked once more.
      if (!(await this.isLed(signal))) return
    }
  }

  /** Asks, and waits a little; not all that ask wait equally long. */
  async isLed(signal: AbortSignal): Promise<boolean> {
    const { silence, random } = this.#parts
    const askedAt = performance.now()
    this.#say('ask')
    await pause(silence * ANSWER_TIME * (1 + random()), signal)
    return this.#heardAt >= askedAt
  }

  /** Says from now on that this relay leads, for as long as it is fit to. */
  lead(isFit: () => boolean): void {
    this.#term++
    const beat = () => {
      if (isFit()) this.#say('lead')
    }
    this.#leading = { beat, timer: setInterval(beat, this.#parts.silence / BEATS_PER_SILENCE) }
    beat()
  }

  /** Leads no more. `bye`: and another may at once. */
  follow(bye: 'bye' | 'silently'): void {
    if (this.#leading === undefined) return
    clearInterval(this.#leading.timer)
    this.#leading = undefined
    if (bye === 'bye') this.#say('bye')
  }

  close(): void {
    this.follow('bye')
    this.#subscription.unsubscribe()
  }

  #hear(word: Word | undefined): void {
    const { id } = this.#parts
    if (word === undefined || word.id === id) return
    if (word.kind === 'ask') {
      this.#leading?.beat()
    } else if (word.kind === 'bye') {
      if (word.id === this.#leader) this.#heardAt = -Infinity
      for (const wake of [...this.#wakers]) wake()
    } else this.#hearLeader(word)
  }

  #hearLeader({ id: leader, term }: Word): void {
    const { id, heard, outranked } = this.#parts
    const isHigher = term > this.#term || (term === this.#term && leader > id)
    if (this.#leading !== undefined && !isHigher) return
    this.#heardAt = performance.now()
    this.#term = Math.max(term, this.#term)
    const isNew = leader !== this.#leader
    this.#leader = leader
    if (this.#leading !== undefined) outranked()
    else if (isNew) heard(leader)
  }

  #say(kind: Word['kind']): void {
    const { connection, subject, id } = this.#parts
    const word: Word = { id, kind, term: this.#term }
    try {
      connection.publish(subject, JSON.stringify(word))
    } catch {
      // Closed or draining: the relay hears of it where it matters, and an unheard word is what silence is for.
    }
  }
}

/** Of all relays of a stream. */
export function presenceSubject(stream: string): string {
  return `holdfast.relay.${stream}`
}

function parseWord(text: string): Word | undefined {
  try {
    const word: Partial<Word> | null = JSON.parse(text)
    const isSound = typeof word?.id === 'string' && Number.isSafeInteger(word.term) && Number(word.term) >= 0
    return isSound ? (word as Word) : undefined
  } catch {
    return undefined
  }
}
