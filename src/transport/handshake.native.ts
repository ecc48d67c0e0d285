/** The handshake by a WHATWG WebSocket: in browsers, and for an implementation that the user brings. */

import type { WebSocketConstructor } from '../options.ts'
import { BUDGET_SPENT, type DialPlan } from './handshake.ts'
import { judgeFailure, judgePolicy, judgeThrown, judgeTimeout } from './rejection.browser.ts'
import type { Scene } from './scene.ts'
import { NativeSocket } from './socket.native.ts'
import type { Socket } from './socket.ts'

/** Milliseconds to wait for what explains an exception. */
const POLICY_FOLLOWS = 50
/** Milliseconds kept of the budget for judging a failure. */
const MARGIN = 100

export function shakeHands(
  WebSocket: WebSocketConstructor,
  plan: DialPlan,
  scene: Scene,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    scene.phase = 'tcp'
    let socket: NativeSocket | undefined
    const stopListening = onPolicyViolation(plan.url, directive => fail(judgePolicy(scene, directive)))
    const settle = () => {
      signal.removeEventListener('abort', aborted)
      stopListening()
    }
    const fail = (error: unknown) => {
      settle()
      reject(error)
      socket?.terminate()
    }
    const aborted = () => fail(signal.reason === BUDGET_SPENT ? judgeTimeout(scene) : signal.reason)
    signal.addEventListener('abort', aborted)
    try {
      socket = new NativeSocket(new WebSocket(plan.url.href, [...plan.protocols]))
    } catch (error) {
      // Firefox throws where a policy forbids it, and names the policy a moment later.
      setTimeout(() => fail(judgeThrown(scene, error)), POLICY_FOLLOWS)
      return
    }
    const opened = socket
    socket.ready.then(async outcome => {
      if (outcome !== 'open') {
        const budget = plan.deadline - performance.now() - MARGIN
        fail(await judgeFailure(scene, outcome, budget))
        return
      }
      scene.phase = 'open'
      settle()
      resolve(opened)
    })
  })
}

/** A Content-Security-Policy speaks by an event of its own, in pages and in workers. */
function onPolicyViolation(url: URL, forbidden: (directive: string) => void): () => void {
  const scope: Pick<EventTarget, 'addEventListener' | 'removeEventListener'> =
    globalThis.document ?? globalThis
  const listener = (event: Event) => {
    const { disposition, blockedURI, effectiveDirective } = event as SecurityPolicyViolationEvent
    if (disposition === 'enforce' && blockedURI.startsWith(url.origin)) forbidden(effectiveDirective)
  }
  scope.addEventListener?.('securitypolicyviolation', listener)
  return () => scope.removeEventListener?.('securitypolicyviolation', listener)
}
