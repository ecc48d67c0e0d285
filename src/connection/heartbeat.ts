/** Silence → probe → verdict. What counts as a sign of life is an answer, not a frame. */

import type { HeartbeatOptions } from '../options.ts'

/** What can be read off a line without asking it. */
export interface Vitals {
  /** When the last answer came, by `performance.now()`. */
  readonly answeredAt: number
  /** Whole frames that came so far. */
  readonly frames: number
  /** Bytes that came so far; `undefined` where the platform does not tell. */
  readonly bytes: number | undefined
  /** A read that was asked before the probe still has time. */
  readonly awaitsRead: boolean
}

/** A peer that pushes frames but answers nothing has this many times `timeout`. */
const PATIENCE_WITH_PUSHERS = 3
/** A timer that fires this much late was throttled, or the machine slept: what was due meanwhile proves nothing. */
const LATE = 1_000
/** The longest timer: how soon a machine that slept finds out that it did. */
const LONGEST_STEP = 5_000
/** No look at the line comes sooner after the last one only because the interval is short. */
const SHORTEST_STEP = 100

/**
 * Watches one line until `signal` is aborted.
 *
 * Resolves with the milliseconds since the last answer once the line must be taken for dead: nothing was answered for
 * `interval`, and the probe sent then was not answered within `timeout` either.
 *
 * @param wakers takes the function that has the line probed at once
 */
export function watchHeartbeat(
  { interval, timeout }: Required<HeartbeatOptions>,
  vitals: () => Vitals,
  probe: () => void,
  wakers: Set<() => void>,
  signal: AbortSignal,
): Promise<number> {
  // Where the timeout is longer than the interval, an answer must be seen before the next probe is due.
  const longest = Math.min(LONGEST_STEP, Math.max(SHORTEST_STEP, interval))
  return new Promise(resolve => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let asked: Asked | undefined
    let clocks = readClocks()

    const ask = (chances: number) => {
      const { frames, bytes } = vitals()
      const at = performance.now()
      asked = { at, frames, seen: { frames, bytes }, until: at + timeout, chances }
      probe()
      wait(timeout)
    }
    const wait = (milliseconds: number) => {
      const step = Math.min(milliseconds, longest)
      const due = performance.now() + step
      timer = setTimeout(() => check(performance.now() - due > LATE), step)
    }
    const check = (late: boolean) => {
      const slept = late || clocks.slept()
      clocks = readClocks()
      const now = performance.now()
      const { answeredAt, frames, bytes, awaitsRead } = vitals()
      if (asked === undefined || answeredAt >= asked.at) {
        asked = undefined
        const quietFor = now - answeredAt
        return quietFor >= interval || slept ? ask(1) : wait(interval - quietFor)
      }
      // One more chance, not one per nap: the timers of a hidden page are always late.
      if (slept && asked.chances > 0) return ask(0)
      const { seen } = asked
      // A large answer is on its way: as long as bytes come, it may take its time. Where bytes are not told, a read
      // that still has time may be that answer.
      const isArriving =
        bytes === undefined || seen.bytes === undefined
          ? awaitsRead
          : bytes > seen.bytes && frames === seen.frames
      if (isArriving) asked.until = now + timeout
      asked.seen = { frames, bytes }
      const pushed = frames === asked.frames ? 0 : asked.at + PATIENCE_WITH_PUSHERS * timeout
      const left = Math.max(asked.until, pushed) - now
      if (left > 0) wait(left)
      else resolve(Math.round(now - answeredAt))
    }
    const woken = () => {
      clearTimeout(timer)
      check(true)
    }

    wait(interval)
    wakers.add(woken)
    const stop = () => {
      clearTimeout(timer)
      wakers.delete(woken)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** A probe that was sent. */
interface Asked {
  readonly at: number
  /** Frames that had come by then. */
  readonly frames: number
  /** What had come at the last look. */
  seen: Pick<Vitals, 'frames' | 'bytes'>
  /** The line is dead then. */
  until: number
  /** How often a late timer is still forgiven. */
  readonly chances: number
}

/** The monotonic clock stands still while some machines sleep; the wall clock does not. */
function readClocks() {
  const difference = Date.now() - performance.now()
  return { slept: () => Date.now() - performance.now() - difference > LATE }
}
