/** The judgement where the platform hides nearly everything: what a page can know of a failed handshake. */

import { OPAQUE } from './causes/browser.ts'
import { reject } from './causes/cause.ts'
import type { HandshakeError } from './errors/handshake-error.ts'
import type { Scene } from './scene.ts'

/** The constructor threw: the URL or a subprotocol was refused by the platform. */
export function judgeThrown(scene: Scene, error: unknown): HandshakeError {
  return reject(OPAQUE, scene, { cause: error, facts: { candidates: ['MixedContentError'] } })
}

/** `error` or `close` before `open`. */
export function judgeFailure(scene: Scene): HandshakeError {
  return reject(OPAQUE, scene, { facts: { candidates: CANDIDATES } })
}

/** The budget is spent. */
export function judgeTimeout(scene: Scene): HandshakeError {
  return reject(OPAQUE, scene, {
    facts: { candidates: ['ConnectTimeoutError', 'TlsHandshakeTimeoutError', 'UpgradeTimeoutError'] },
  })
}

const CANDIDATES = [
  'ConnectionRefusedError',
  'DnsNotFoundError',
  'IncompleteCertificateChainError',
  'ForbiddenError',
  'UnauthorizedError',
]
