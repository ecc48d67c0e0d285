/**
 * Following the chain: one algorithm for live, catch-up, outage, reorg and restart. It advances a cursor, step by step
 * (`steps.ts`), and decides what to do where a step fails: wait a little and try again, or end.
 */

import { Settlement } from '../settlement.ts'
import type { Course } from './course.ts'
import type { Page } from './page.ts'
import { Steps, type StepsParts } from './steps.ts'
import { Trouble } from './trouble.ts'

export interface FollowParts<T> extends Omit<StepsParts<T>, 'course'> {
  /** Finds where the stream begins, with its first pull. */
  readonly begin: (signal: AbortSignal) => Promise<Course<T>>
}

/** Milliseconds between two tries, after which the node is asked for its head. */
const LONG = 400

export class Follower<T> {
  readonly #parts: FollowParts<T>
  readonly #trouble: Trouble
  readonly #start = new Settlement<{ readonly fromBlock: number }>()
  #steps: Steps<T> | undefined

  constructor(parts: FollowParts<T>) {
    this.#parts = parts
    this.#trouble = new Trouble(parts.requester, parts.stallTimeout)
  }

  /**
   * The next page; undefined once everything up to `to` is covered.
   *
   * @throws `signal.reason`, ClientClosedError, and what a stream that cannot keep its promise throws
   */
  async next(signal: AbortSignal): Promise<Page<T> | undefined> {
    for (;;) {
      signal.throwIfAborted()
      try {
        this.#steps ??= await this.#begin(signal)
        if (this.#steps.isOver) return undefined
        const page = await this.#steps.take(signal)
        // Also where there was nothing to deliver: what failed before has nothing to do with what fails later.
        this.#trouble.over()
        if (page !== undefined) return page
      } catch (error) {
        await this.#recover(error, signal)
      }
    }
  }

  /** Where the stream begins. Settles with the first pull; rejects where that fails. */
  get started(): Promise<{ readonly fromBlock: number }> {
    return this.#start.promise
  }

  /** The same, as far as it is known. */
  get fromBlock(): number | undefined {
    return this.#steps?.fromBlock
  }

  async #begin(signal: AbortSignal): Promise<Steps<T>> {
    const course = await this.#parts.begin(signal)
    this.#start.resolve({ fromBlock: course.from })
    return new Steps({ ...this.#parts, course })
  }

  /** Waits before the next try, or ends the stream. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted()
      const head = this.#steps?.failed()
      const wait = this.#trouble.judge(error, this.#steps?.firstOpen ?? 0, head?.number)
      // The head itself may be what the node has no more, and has not told of.
      if (wait >= LONG) void this.#parts.heads.ask(signal)
      await this.#parts.heads.next(head, wait, signal)
    } catch (final) {
      this.#start.reject(final)
      throw final
    }
  }
}
