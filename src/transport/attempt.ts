/** One attempt to open a line: the dial, and the judgement of whatever comes before the first good answer. */

import { judgeFrames } from '#handshake'
import type { Secrets } from '../secrets.ts'
import type { EndpointSettings } from '../settings.ts'
import { OFFLINE } from './causes/browser.ts'
import { reject } from './causes/cause.ts'
import { UNCLASSIFIED } from './causes/network.ts'
import { type DialOptions, dial } from './dial.ts'
import type { HandshakeError } from './errors/handshake-error.ts'
import { type FirstSeen, judgeFirst } from './first-answer.ts'
import { Scene } from './scene.ts'
import type { Socket } from './socket.ts'

export interface Attempt {
  /** How errors call the endpoint; its name or origin, as far as they are known. */
  readonly endpoint: string
  /**
   * The open socket, or one typed error.
   *
   * @param deadline when the handshake's budget ends, by `performance.now()`
   * @param signal its reason is thrown untouched
   * @throws HandshakeError one class per cause
   * @throws ConfigurationError for a URL that a function gave and that cannot be dialled
   */
  dial(deadline: number, signal: AbortSignal): Promise<Socket>
  /** Why what was seen after 101 is no good. */
  judge(seen: FirstSeen): HandshakeError
  /** The error of a dial that is not worth making: the platform is sure that there is no network. */
  offline(): HandshakeError
  /** The error for something that should not have been thrown. */
  unclassified(cause: unknown): HandshakeError
}

/** @param everOpen the client had been open before: some causes weigh less then */
export function createAttempt(
  endpoint: EndpointSettings,
  options: DialOptions,
  everOpen: boolean,
  secrets: Secrets,
): Attempt {
  const scene = new Scene(endpoint.name, everOpen, secrets)
  return {
    get endpoint() {
      return scene.endpoint
    },
    dial: (deadline, signal) => dial(endpoint, options, scene, deadline, signal),
    offline: () => reject(OFFLINE, scene),
    judge: seen => (seen.saw === 'closure' && judgeFrames(scene, seen.closure)) || judgeFirst(scene, seen),
    unclassified: cause => reject(UNCLASSIFIED, scene, { cause }),
  }
}
