/** The handshake by a WHATWG WebSocket: in browsers, and for an implementation that the user brings. */

import type { WebSocketConstructor } from '../options.ts'
import { BUDGET_SPENT, type DialPlan } from './handshake.ts'
import { judgeFailure, judgeThrown, judgeTimeout } from './rejection.browser.ts'
import type { Scene } from './scene.ts'
import { NativeSocket } from './socket.native.ts'
import type { Socket } from './socket.ts'

export function shakeHands(
  WebSocket: WebSocketConstructor,
  plan: DialPlan,
  scene: Scene,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    scene.phase = 'tcp'
    let socket: NativeSocket
    try {
      socket = new NativeSocket(new WebSocket(plan.url.href, [...plan.protocols]))
    } catch (error) {
      reject(judgeThrown(scene, error))
      return
    }
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', aborted)
      reject(error)
      socket.terminate()
    }
    const aborted = () => fail(signal.reason === BUDGET_SPENT ? judgeTimeout(scene) : signal.reason)
    signal.addEventListener('abort', aborted)
    socket.opened.then(
      () => {
        scene.phase = 'open'
        signal.removeEventListener('abort', aborted)
        resolve(socket)
      },
      () => fail(judgeFailure(scene)),
    )
  })
}
