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
}

/** A peer that pushes frames but answers nothing has this many times `timeout`. */
const PATIENCE_WITH_PUSHERS = 3
/** A timer that fires this much late was throttled, or the machine slept: what was due meanwhile proves nothing. */
const LATE = 1_000

/**
 * Watches one line until `signal` is aborted.
 *
 * Resolves with the milliseconds since the last answer once the line must be taken for dead: nothing was answered for
 * `interval`, and the probe sent then was not answered within `timeout` either.
 */
export function watchHeartbeat(
  { interval, timeout }: Required<HeartbeatOptions>,
  vitals: () => Vitals,
  probe: () => void,
  signal: AbortSignal,
): Promise<number> {
  return new Promise(resolve => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let probed: ProbeSent | undefined
    let clocks = readClocks()

    const sendProbe = () => {
      probed = { at: performance.now(), ...pick(vitals()) }
      probe()
      wait(timeout)
    }
    const wait = (milliseconds: number) => {
      const due = performance.now() + milliseconds
      timer = setTimeout(() => check(performance.now() - due > LATE), milliseconds)
    }
    const check = (late: boolean) => {
      const slept = late || clocks.slept()
      clocks = readClocks()
      const { answeredAt, frames, bytes } = vitals()
      const now = performance.now()
      if (probed === undefined || answeredAt > probed.at) {
        probed = undefined
        const quietFor = now - answeredAt
        if (quietFor >= interval || slept) sendProbe()
        else wait(interval - quietFor)
        return
      }
      if (slept) return sendProbe()
      const arriving =
        bytes !== undefined && probed.bytes !== undefined && bytes > probed.bytes && frames === probed.frames
      const patience = frames === probed.frames ? timeout : PATIENCE_WITH_PUSHERS * timeout
      if (arriving) {
        // A large answer is on its way: as long as bytes come, it may take its time.
        probed = { ...probed, at: now, bytes }
        wait(timeout)
      } else if (now - probed.at < patience) wait(Math.min(timeout, probed.at + patience - now))
      else resolve(Math.round(now - answeredAt))
    }

    wait(interval)
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}

interface ProbeSent {
  readonly at: number
  readonly frames: number
  readonly bytes: number | undefined
}

function pick({ frames, bytes }: Vitals) {
  return { frames, bytes }
}

/** The monotonic clock stands still while some machines sleep; the wall clock does not. */
function readClocks() {
  const difference = Date.now() - performance.now()
  return { slept: () => Date.now() - performance.now() - difference > LATE }
}
