/** Pure: what Node and `ws` let one see of a failed handshake → the one error that says why. */

import { type Cause, reject, type Seen } from './causes/cause.ts'
import { BY_TEXT, INVALID_UPGRADE_HEADER, PROTOCOL_VIOLATION } from './causes/negotiation.ts'
import {
  ALL_ADDRESSES_FAILED,
  CONNECT_TIMEOUT,
  CONNECTION_RESET,
  CREDENTIALS,
  NETWORK_BY_CODE,
  UNCLASSIFIED,
} from './causes/network.ts'
import { PROBE_TIMEOUT } from './causes/open.ts'
import { NOT_TLS, TLS_ABORTED, TLS_BY_CODE, TLS_REQUIRED, TLS_TIMEOUT } from './causes/tls.ts'
import { MALFORMED_REPLY, UPGRADE_TIMEOUT } from './causes/upgrade.ts'
import type { HandshakeError, HandshakePhase } from './errors/handshake-error.ts'
import type { Scene } from './scene.ts'

const TIMEOUT_IN: Record<HandshakePhase, Cause> = {
  config: CREDENTIALS,
  dns: CONNECT_TIMEOUT,
  tcp: CONNECT_TIMEOUT,
  proxy: CONNECT_TIMEOUT,
  tls: TLS_TIMEOUT,
  http: UPGRADE_TIMEOUT,
  ws: UPGRADE_TIMEOUT,
  open: PROBE_TIMEOUT,
}

/** The budget is spent: what was still missing? */
export function judgeTimeout(scene: Scene): HandshakeError {
  const text = scene.phase === 'config' ? 'url, headers or bearer function did not answer in time' : ''
  return reject(TIMEOUT_IN[scene.phase], scene, { text })
}

/** An `'error'` of the socket, the request or `ws`; also what they throw. */
export function judgeError(scene: Scene, error: unknown): HandshakeError {
  const { code, message, syscall, errors } = readError(error)
  // A look-up that answers at once is over before anybody can listen to it.
  if (scene.phase === 'dns' && syscall === 'connect') scene.phase = 'tcp'
  if (errors.length > 0) return judgeAddresses(scene, error, errors)
  const seen = { text: code || message, cause: error }
  return (
    judgeCertificate(scene, code, seen) ??
    judgeTls(scene, code, message, seen) ??
    judgeReply(scene, error, code, message, seen) ??
    judgeNegotiation(scene, code, message, seen) ??
    judgeNetwork(scene, code, seen) ??
    reject(UNCLASSIFIED, scene, { ...seen, text: message })
  )
}

function judgeCertificate(scene: Scene, code: string, seen: Seen): HandshakeError | undefined {
  const cause = TLS_BY_CODE.get(code)
  if (cause === undefined) return undefined
  const { names = [], ...certificate } = scene.certificate ?? {}
  const known = scene.certificate === undefined ? {} : { certificate }
  return reject(cause, scene, { ...seen, facts: { ...known, names, problems: [code], reason: code } })
}

function judgeTls(scene: Scene, code: string, message: string, seen: Seen): HandshakeError | undefined {
  if (scene.phase !== 'tls') return undefined
  if (
    /wrong.version.number|packet.length.too.long|record.layer.failure|http.request/i.test(
      `${code} ${message}`,
    )
  ) {
    return reject(NOT_TLS, scene, seen)
  }
  return code === 'ECONNRESET' || code === 'EPIPE' ? reject(TLS_ABORTED, scene, seen) : undefined
}

/** The HTTP parser stumbled over what came. */
function judgeReply(
  scene: Scene,
  error: unknown,
  code: string,
  message: string,
  seen: Seen,
): HandshakeError | undefined {
  if (!code.startsWith('HPE_')) return undefined
  const packet: unknown = Reflect.get(error as object, 'rawPacket')
  // A TLS record begins with its type (20 to 23) and the major version 3 (RFC 8446, section 5.1).
  const isTlsRecord =
    packet instanceof Uint8Array && packet[1] === 3 && (packet[0] ?? 0) >= 20 && (packet[0] ?? 0) <= 23
  if (!scene.secure && isTlsRecord) return reject(TLS_REQUIRED, scene, seen)
  return reject(MALFORMED_REPLY, scene, { ...seen, text: message })
}

function judgeNegotiation(
  scene: Scene,
  code: string,
  message: string,
  seen: Seen,
): HandshakeError | undefined {
  if (code.startsWith('WS_ERR_')) return reject(PROTOCOL_VIOLATION, scene, { ...seen, text: message })
  if (code !== '') return undefined
  for (const [pattern, cause, facts = {}] of BY_TEXT) {
    if (pattern.test(message)) return reject(cause, scene, { ...seen, facts })
  }
  return message === 'Unexpected server response: 101'
    ? reject(INVALID_UPGRADE_HEADER, scene, seen)
    : undefined
}

function judgeNetwork(scene: Scene, code: string, seen: Seen): HandshakeError | undefined {
  const cause = NETWORK_BY_CODE.get(code)
  if (cause === undefined) return undefined
  if (cause === CONNECT_TIMEOUT && scene.reached) return reject(CONNECTION_RESET, scene, seen)
  // A name that was found before is missing for a while only.
  const foundBefore = scene.phase === 'dns' && scene.everOpen
  return reject(cause, scene, foundBefore ? { ...seen, retryable: true } : seen)
}

function judgeAddresses(scene: Scene, error: unknown, errors: readonly unknown[]): HandshakeError {
  const judged = errors.map(each => judgeError(scene, each))
  const [first] = judged
  if (first !== undefined && judged.every(each => each.name === first.name)) return first
  const text = judged.map(each => each.name).join(', ')
  return reject(ALL_ADDRESSES_FAILED, scene, { text, cause: error, facts: { errors: judged } })
}

interface ReadError {
  readonly code: string
  readonly message: string
  readonly syscall: unknown
  /** One for each address that was tried. */
  readonly errors: readonly unknown[]
}

function readError(error: unknown): ReadError {
  const { code, message, syscall, errors } = Object(error) as Record<string, unknown>
  const text = String(message ?? error)
  return { code: String(code ?? ''), message: text, syscall, errors: Array.isArray(errors) ? errors : [] }
}
