/** Pure: what Node and `ws` let one see of a failed handshake → the one error that says why. */

import type { HoldfastError } from '../errors.ts'
import { refuse } from '../refuse.ts'
import { type Cause, reject, type Seen } from './causes/cause.ts'
import { certificateCause } from './causes/certificate.ts'
import { BY_TEXT, PROTOCOL_VIOLATION } from './causes/negotiation.ts'
import {
  ALL_ADDRESSES_FAILED,
  CONNECT_TIMEOUT,
  CONNECTION_RESET,
  CREDENTIALS,
  DNS_TEMPORARY,
  NETWORK_BY_CODE,
  UNCLASSIFIED,
} from './causes/network.ts'
import { PROBE_TIMEOUT } from './causes/open.ts'
import {
  NOT_A_PROXY,
  PROXY_AUTHENTICATION,
  PROXY_REJECTED,
  PROXY_TIMEOUT,
  PROXY_UNREACHABLE,
} from './causes/proxy.ts'
import {
  alertCause,
  NOT_TLS,
  TLS_ABORTED,
  TLS_NEGOTIATION,
  TLS_REQUIRED,
  TLS_TIMEOUT,
  TLS_VERSION,
} from './causes/tls.ts'
import { MALFORMED_REPLY, UPGRADE_TIMEOUT } from './causes/upgrade.ts'
import type { HandshakeError, HandshakePhase } from './errors/handshake-error.ts'
import type { Scene } from './scene.ts'
import type { Closure } from './socket.ts'
import { tlsConfigurationError } from './tls-options.ts'

const TIMEOUT_IN: Record<HandshakePhase, Cause> = {
  config: CREDENTIALS,
  dns: CONNECT_TIMEOUT,
  tcp: CONNECT_TIMEOUT,
  proxy: PROXY_TIMEOUT,
  tls: TLS_TIMEOUT,
  http: UPGRADE_TIMEOUT,
  ws: UPGRADE_TIMEOUT,
  open: PROBE_TIMEOUT,
}

/** The budget is spent: what was still missing? */
export function judgeTimeout(scene: Scene): HoldfastError {
  const text = scene.phase === 'config' ? 'url, headers or bearer function did not answer in time' : ''
  return reject(TIMEOUT_IN[scene.phase], scene, { text })
}

/** An `'error'` of the socket, the request or `ws`; also what they throw. */
export function judgeError(scene: Scene, error: unknown): HoldfastError {
  const read = readError(error)
  // A look-up that answers at once is over before anybody can listen to it.
  if (scene.phase === 'dns' && read.syscall === 'connect') scene.phase = 'tcp'
  // What we know of ourselves comes before what the peer says.
  if (scene.phase === 'proxy') return judgeProxyError(scene, read)
  if (read.errors.length > 0) return judgeAddresses(scene, read)
  for (const judge of IN_ORDER) {
    const judged = judge(scene, read)
    if (judged !== undefined) return judged
  }
  return reject(UNCLASSIFIED, scene, { text: read.message, cause: error })
}

/** The proxy's own answer to CONNECT. */
export function judgeProxyStatus(scene: Scene, status: number | undefined): HoldfastError {
  if (status === 407) return reject(PROXY_AUTHENTICATION, scene)
  return reject(PROXY_REJECTED, scene, {
    facts: { status },
    retryable: status !== undefined && status >= 500,
  })
}

/** WebSocket begins in HTTP/1.1 (RFC 6455, section 4.1). */
export function judgeVersion(scene: Scene, version: string): HoldfastError {
  return reject(MALFORMED_REPLY, scene, { text: `it says HTTP/${version}` })
}

/** What ended a socket after 101, where it was frames that are none, or compressed ones that do not decompress. */
export function judgeFrames(scene: Scene, { error }: Closure): HandshakeError | undefined {
  const { code, message } = readError(error)
  return /^(WS_ERR|Z)_/.test(code)
    ? reject(PROTOCOL_VIOLATION, scene, { text: message, cause: error })
    : undefined
}

interface ReadError {
  readonly error: unknown
  readonly code: string
  readonly message: string
  readonly syscall: unknown
  /** One for each address that was tried. */
  readonly errors: readonly unknown[]
}

type Judge = (scene: Scene, read: ReadError) => HoldfastError | undefined

/** From what is certain to what is left: an alert or an X.509 code before a closed socket. */
const IN_ORDER: readonly Judge[] = [
  judgeConfiguration,
  judgeCertificate,
  judgeAlert,
  judgeTls,
  judgeHttp,
  judgeNegotiation,
  judgeNetwork,
]

function judgeProxyError(scene: Scene, { error, code, message, errors }: ReadError): HoldfastError {
  if (NOT_A_PROXY.test(`${code} ${message}`)) return reject(PROXY_REJECTED, scene, { cause: error })
  const first = errors.map(each => readError(each).code)[0]
  return reject(PROXY_UNREACHABLE, scene, { text: code || first || message, cause: error })
}

/** Node could not use what it was given: nothing has been sent yet. */
function judgeConfiguration(
  { reached, secrets }: Scene,
  { code, message }: ReadError,
): HoldfastError | undefined {
  if (/^ERR_(INVALID_CHAR|INVALID_HTTP_TOKEN|HTTP_INVALID_HEADER)/.test(code))
    return refuse('headers', secrets.scrub(message))
  if (code === 'ERR_INVALID_PROTOCOL') return refuse('agent', secrets.scrub(message))
  const isOurs = /^ERR_(OSSL|TLS_(INVALID|PROTOCOL)|SSL_NO_CIPHER|CRYPTO|INVALID_ARG)/.test(code)
  return isOurs && !reached
    ? tlsConfigurationError([{ path: 'tls', message: secrets.scrub(message) }])
    : undefined
}

function judgeCertificate(scene: Scene, { error, code, message }: ReadError): HoldfastError | undefined {
  const cause = certificateCause(code, message, scene)
  if (cause === undefined) return undefined
  const { names = [], hasImpostor: _, ...certificate } = scene.certificate ?? {}
  const known = scene.certificate === undefined ? {} : { certificate }
  const facts = { ...known, names, problems: [code], reason: code }
  return reject(cause, scene, { text: message || code, cause: error, facts })
}

/** Only the number is stable; the words around it change with OpenSSL. It may come after TLS 1.3 has opened. */
function judgeAlert(scene: Scene, { error, message }: ReadError): HoldfastError | undefined {
  const digits = /SSL alert number (\d+)/.exec(message)?.[1]
  if (digits === undefined) return undefined
  const alert = Number(digits)
  const words = /alert ([a-z ]+?)(:|$)/i.exec(message)?.[1] ?? 'no reason'
  return reject(alertCause(alert), scene, {
    text: `alert ${alert}, ${words}`,
    cause: error,
    facts: { alert },
  })
}

function judgeTls(scene: Scene, { error, code, message }: ReadError): HoldfastError | undefined {
  const fromOpenSsl = /^(write \w+ )?[\dA-F]+:error:[\dA-F]+:/
  if (scene.phase !== 'tls')
    return fromOpenSsl.test(message) ? reject(CONNECTION_RESET, scene, { cause: error }) : undefined
  const text = `${code} ${message}`
  const seen = { text: message, cause: error }
  if (/unsupported.protocol|no.protocols.available|version.too.low|wrong.ssl.version/i.test(text))
    return reject(TLS_VERSION, scene, seen)
  if (
    /wrong.version.number|packet.length.too.long|record.layer.failure|http.request|bad.record.type|unknown.protocol/i.test(
      text,
    )
  ) {
    return reject(NOT_TLS, scene, seen)
  }
  if (/^(ECONNRESET|EPIPE|ECONNABORTED)$/.test(code)) return reject(TLS_ABORTED, scene, seen)
  const words = message.replace(fromOpenSsl, '').trim()
  return /^(EPROTO|ERR_SSL_)/.test(code)
    ? reject(TLS_NEGOTIATION, scene, { ...seen, text: words })
    : undefined
}

/** The HTTP parser stumbled over what came. */
function judgeHttp(scene: Scene, { error, code, message }: ReadError): HoldfastError | undefined {
  if (!code.startsWith('HPE_')) return undefined
  const packet: unknown = Reflect.get(Object(error), 'rawPacket')
  // A TLS record begins with its type (20 to 23) and the major version 3 (RFC 8446, section 5.1).
  const isTlsRecord =
    packet instanceof Uint8Array && packet[1] === 3 && (packet[0] ?? 0) >= 20 && (packet[0] ?? 0) <= 23
  if (!scene.secure && isTlsRecord) return reject(TLS_REQUIRED, scene, { cause: error })
  // The closed connection is what the parser complains about, not what the server wrote.
  if (code === 'HPE_INVALID_EOF_STATE') return reject(CONNECTION_RESET, scene, { cause: error })
  return reject(MALFORMED_REPLY, scene, { text: message, cause: error })
}

function judgeNegotiation(scene: Scene, { error, code, message }: ReadError): HoldfastError | undefined {
  if (code.startsWith('WS_ERR_')) return reject(PROTOCOL_VIOLATION, scene, { text: message, cause: error })
  const [, cause, facts = {}] = BY_TEXT.find(([pattern]) => code === '' && pattern.test(message)) ?? []
  return cause && reject(cause, scene, { text: message, cause: error, facts })
}

function judgeNetwork(scene: Scene, { error, code, syscall }: ReadError): HoldfastError | undefined {
  // It was the name server that refused.
  const isNameServers = code === 'ECONNREFUSED' && String(syscall).startsWith('query')
  const cause = isNameServers ? DNS_TEMPORARY : NETWORK_BY_CODE.get(code)
  if (cause === undefined) return undefined
  const seen: Seen = { text: code, cause: error }
  if (cause === CONNECT_TIMEOUT && scene.reached) return reject(CONNECTION_RESET, scene, seen)
  // A name that was found before is missing for a while only.
  const wasFound = scene.phase === 'dns' && scene.everOpen
  return reject(cause, scene, wasFound ? { ...seen, retryable: true } : seen)
}

function judgeAddresses(scene: Scene, { error, errors }: ReadError): HoldfastError {
  const judged = errors.map(each => judgeError(scene, each))
  const [first] = judged
  if (first !== undefined && judged.every(each => each.name === first.name)) return first
  const text = judged.map(each => each.name).join(', ')
  return reject(ALL_ADDRESSES_FAILED, scene, { text, cause: error, facts: { errors: judged } })
}

function readError(error: unknown): ReadError {
  const { code, message, syscall, errors } = Object(error) as Record<string, unknown>
  return {
    error,
    code: String(code ?? ''),
    message: String(message ?? error),
    syscall,
    errors: Array.isArray(errors) ? errors : [],
  }
}
