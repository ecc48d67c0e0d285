/** Between 101 and the judgement of the first answer: that is looked for, and everything else is held. */

import type { FirstAnswer } from '../connection/session.ts'
import { retryAfterIn } from '../retry-after.ts'
import { rpcErrorIn } from '../rpc-error-object.ts'
import { type IncomingMessage, isJsonRpc, isMessage, parseFrame } from './message.ts'
import type { Request } from './request.ts'

export class Greeting {
  readonly name = 'greeting'
  readonly greeted: (answer: FirstAnswer) => void
  /** Frames that wait for the judgement. */
  readonly held: string[] = []
  #heldSize = 0
  readonly #probe: Request | undefined
  readonly #limit: number

  /** @param limit characters that may be held */
  constructor(probe: Request | undefined, limit: number, greeted: (answer: FirstAnswer) => void) {
    this.#probe = probe
    this.#limit = limit
    this.greeted = greeted
  }

  /**
   * @param awaits whether an answer with this id is somebody's
   * @returns the answer to the probe, if that is what came
   */
  take(frame: string, awaits: (id: unknown) => boolean): IncomingMessage | undefined {
    const message = parseFrame(frame)
    const members = [message].flat() as readonly unknown[]
    const own = members.filter(isMessage).find(({ id }) => id === this.#probe?.wireId)
    const refusal = own === undefined ? refusalIn(members, awaits) : undefined
    if (refusal !== undefined) this.greeted(refusal)
    else if (message !== own) this.#hold(frame)
    return own
  }

  #hold(frame: string): void {
    this.held.push(frame)
    this.#heldSize += frame.length
    if (this.#heldSize > this.#limit)
      this.greeted(garbage('more than limits.message before the first answer'))
  }
}

/** What comes before the first answer may be anything that was asked for, or a notification; nothing else. */
function refusalIn(members: readonly unknown[], awaits: (id: unknown) => boolean): FirstAnswer | undefined {
  if (members[0] === undefined && members.length === 1) return garbage('a text that is not JSON')
  if (members.length === 0 || !members.every(isJsonRpc)) return garbage('JSON that is no JSON-RPC')
  const error = members
    .filter(({ id }) => !awaits(id))
    .map(rpcErrorIn)
    .find(Boolean)
  return error && { saw: 'error', error, retryAfter: retryAfterIn(error) }
}

function garbage(what: string): FirstAnswer {
  return { saw: 'garbage', what }
}
