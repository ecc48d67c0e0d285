/** The judgement where the platform hides nearly everything: what a page can know of a failed handshake. */

import type { HoldfastError } from '../errors.ts'
import { refuse } from '../refuse.ts'
import { CONTENT_SECURITY_POLICY, MIXED_CONTENT, OFFLINE, OPAQUE } from './causes/browser.ts'
import { reject } from './causes/cause.ts'
import { judgeReply } from './rejected-reply.ts'
import type { Scene } from './scene.ts'
import { lookAgain, type SecondLook } from './second-look.browser.ts'

/** Candidates are named, likeliest first: their classes need not be loaded for that. */
const SILENT = ['ConnectTimeoutError', 'TlsHandshakeTimeoutError', 'UpgradeTimeoutError']
const REFUSED = [
  'ForbiddenError',
  'UnauthorizedError',
  'TooManyRequestsError',
  'EndpointNotFoundError',
  'NotAWebSocketEndpointError',
  'ServiceUnavailableError',
  'BadGatewayError',
]
const UNREACHED = [
  'ConnectionRefusedError',
  'DnsNotFoundError',
  'ConnectionResetError',
  'HostUnreachableError',
]
const UNTRUSTED = [
  'IncompleteCertificateChainError',
  'SelfSignedCertificateError',
  'UntrustedRootError',
  'CertificateHostnameMismatchError',
  'CertificateExpiredError',
]

/** Statuses that a plain GET gets from a healthy WebSocket endpoint, besides those of success: they say nothing of the upgrade. */
const USUAL = [400, 405, 426]
/** Firefox alone tells that TLS was what failed (RFC 6455, section 7.4.1). */
const TLS_FAILED = 1015

/** The constructor threw. */
export function judgeThrown(scene: Scene, error: unknown): HoldfastError {
  const { name, message } = Object(error) as { name?: unknown; message?: unknown }
  if (name === 'SecurityError') return reject(MIXED_CONTENT, scene, { cause: error })
  if (name !== 'SyntaxError')
    return opaque(scene, ' (it blocks the connection)', ['ContentSecurityPolicyError', 'MixedContentError'])
  return refuse('url', scene.secrets.scrub(`was refused by the platform: ${String(message)}`))
}

/** A Content-Security-Policy forbade it: a policy that only reports forbids nothing. */
export function judgePolicy(scene: Scene, directive: string): HoldfastError {
  return reject(CONTENT_SECURITY_POLICY, scene, { facts: { directive } })
}

/** The budget is spent. */
export function judgeTimeout(scene: Scene): HoldfastError {
  return opaque(scene, ' (no answer in time)', SILENT)
}

/**
 * `error` or `close` before `open`: a second look tells what it can.
 *
 * @param closeCode 1006 for nearly everything
 * @param budget milliseconds that the second look may take
 */
export async function judgeFailure(
  scene: Scene,
  closeCode: number | undefined,
  budget: number,
): Promise<HoldfastError> {
  if (globalThis.navigator?.onLine === false) return reject(OFFLINE, scene)
  if (closeCode === TLS_FAILED) return opaque(scene, ' (TLS failed)', UNTRUSTED)
  const seen: SecondLook = await lookAgain(scene, budget)
  if (typeof seen === 'object' && seen.status >= 300 && !USUAL.includes(seen.status))
    return judgeReply(scene, seen)
  if (seen === 'silence') return opaque(scene, ' (it does not answer https either)', SILENT)
  if (seen === 'not looked') return opaque(scene, '', [...REFUSED, ...unreached(scene)])
  return seen === 'failure'
    ? opaque(scene, ' (it cannot be reached, or is not trusted)', unreached(scene))
    : opaque(scene, ' (the server is there and trusted, but refuses the upgrade)', REFUSED)
}

function unreached({ secure, host }: Scene): readonly string[] {
  const isAddress = /^[\d.]+$|:|^localhost$/.test(host)
  const causes = secure ? [...UNREACHED.slice(0, 2), ...UNTRUSTED, ...UNREACHED.slice(2)] : UNREACHED
  return causes.filter(name => name !== 'DnsNotFoundError' || !isAddress)
}

function opaque(scene: Scene, what: string, candidates: readonly string[]): HoldfastError {
  return reject(OPAQUE, scene, { text: what, facts: { candidates } })
}
