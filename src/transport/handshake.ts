/** What the two ways of shaking hands (Node's `ws`, and a WHATWG WebSocket) have in common. */

import type { TlsOptions, WebSocketConstructor } from '../options.ts'
import type { HandshakeError } from './errors/handshake-error.ts'
import type { Scene } from './scene.ts'
import type { Closure, Socket } from './socket.ts'

/** Everything a dial needs, credentials resolved. */
export interface DialPlan {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly protocols: readonly string[]
  readonly tls?: TlsOptions
  readonly agent?: object
  readonly lookup?: (...args: never[]) => void
  readonly compression: boolean
  readonly maxMessage: number
  readonly webSocket: WebSocketConstructor | undefined
  /** When the handshake's budget ends, by `performance.now()`. */
  readonly deadline: number
}

/**
 * Opens the socket, or rejects with the one error that says why.
 *
 * `signal` aborts it: with `BUDGET_SPENT` as the reason the error says what was still missing, otherwise the reason
 * itself is thrown. Whatever the peer does afterwards, nothing is left behind and nothing escapes.
 */
export type Handshake = (plan: DialPlan, scene: Scene, signal: AbortSignal) => Promise<Socket>

/** The error for a socket that ended right after 101 because what came were no good frames. */
export type FrameJudge = (scene: Scene, closure: Closure) => HandshakeError | undefined

export const BUDGET_SPENT = Symbol('handshake budget spent')
