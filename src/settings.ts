/** What the options mean: every default, and everything that is refused at the door. */

import { CREDENTIALS, guardCredentials, mayChange, OriginPin, settleCredentials } from '#credentials'
import { validate } from '#validation'
import { expecting, isRecord, kindOf, type Shape } from './describe.ts'
import { parseEndpointUrl } from './endpoint-url.ts'
import { COUNT, isCount, MILLISECONDS, TIMEOUT } from './option-checks.ts'
import type {
  ClientOptions,
  Endpoint,
  EndpointOptions,
  HeartbeatOptions,
  Limits,
  PerDial,
  ReconnectOptions,
  UrlLike,
  WebSocketConstructor,
} from './options.ts'
import { refuse } from './refuse.ts'
import type { Credentials } from './transport/credentials.ts'

/** One endpoint, ready to be dialled. */
export interface EndpointSettings {
  /** Its origin where it was given none; undefined where that takes a function to say. */
  readonly name: string | undefined
  readonly url: PerDial<string | UrlLike>
  readonly protocols: readonly string[]
  readonly credentials: Credentials
  /** A function gives the URL or the credentials: another question may have another answer. */
  readonly isAsked: boolean
}

/** `ClientOptions` with every default filled in. */
export interface Settings {
  readonly endpoints: readonly EndpointSettings[]
  readonly compression: boolean
  readonly chainId: number | undefined
  readonly probe: boolean
  readonly handshakeTimeout: number
  readonly reconnect: Required<ReconnectOptions> | false
  readonly heartbeat: Required<HeartbeatOptions> | false
  readonly timeout: number
  readonly stallTimeout: number
  readonly batch: boolean | { readonly size?: number }
  readonly limits: Required<Limits>
  readonly webSocket: WebSocketConstructor | undefined
  readonly shouldReconnect: ClientOptions['shouldReconnect']
}

const DEFAULTS: Omit<Settings, 'endpoints'> = {
  compression: false,
  chainId: undefined,
  probe: true,
  handshakeTimeout: 10_000,
  reconnect: {
    minDelay: 250,
    maxDelay: 10_000,
    factor: 1.5,
    maxRetryAfter: 300_000,
    attempts: Infinity,
    stableAfter: 5_000,
  },
  heartbeat: { interval: 15_000, timeout: 5_000 },
  timeout: 30_000,
  stallTimeout: 60_000,
  batch: false,
  limits: { inFlight: 200, queued: 10_000, message: 67_108_864, buffer: 10_000 },
  webSocket: undefined,
  shouldReconnect: undefined,
}

const FLAG = expecting('true or false', value => typeof value === 'boolean')
const FUNCTION = expecting('a function', value => typeof value === 'function', kindOf)
const OR_FALSE = expecting('an object or false', value => value === false)

const DIAL: Shape = {
  ...CREDENTIALS,
  protocols: expecting('subprotocol tokens (RFC 6455), none twice', isSubprotocols, kindOf),
}

const ENDPOINT: Shape = {
  ...DIAL,
  url: () => undefined,
  name: expecting('a name', value => typeof value === 'string' && value !== ''),
}

const OPTIONS: Shape = {
  ...DIAL,
  compression: FLAG,
  chainId: COUNT,
  probe: FLAG,
  handshakeTimeout: MILLISECONDS,
  reconnect: [
    OR_FALSE,
    {
      minDelay: MILLISECONDS,
      maxDelay: MILLISECONDS,
      factor: expecting('a number from 1 to 10', v => typeof v === 'number' && v >= 1 && v <= 10),
      maxRetryAfter: MILLISECONDS,
      attempts: expecting('a whole number of at least 1, or Infinity', v => v === Infinity || isCount(v)),
      stableAfter: MILLISECONDS,
    },
  ],
  heartbeat: [OR_FALSE, { interval: MILLISECONDS, timeout: MILLISECONDS }],
  timeout: TIMEOUT,
  stallTimeout: MILLISECONDS,
  batch: [FLAG, { size: COUNT }],
  limits: { inFlight: COUNT, queued: COUNT, message: COUNT, buffer: COUNT },
  webSocket: FUNCTION,
  shouldReconnect: FUNCTION,
}

/** @throws ConfigurationError that lists everything that is wrong */
export function settle(endpoints: Endpoint | readonly Endpoint[], options: ClientOptions): Settings {
  validate(OPTIONS, options, 'options')
  const list = [endpoints].flat() as readonly Endpoint[]
  if (list.length === 0) throw refuse('endpoints', 'expected at least one endpoint, got an empty array')
  const pin = new OriginPin()
  const settled = list.map((endpoint, i) =>
    settleEndpoint(endpoint, options, Array.isArray(endpoints) ? `endpoints.${i}` : 'endpoint', pin),
  )
  return { ...(merge(DEFAULTS, options) as Settings), endpoints: settled }
}

function settleEndpoint(
  endpoint: Endpoint,
  options: ClientOptions,
  path: string,
  pin: OriginPin,
): EndpointSettings {
  const isPlain = !isRecord(endpoint) || 'href' in endpoint
  if (!isPlain) validate(ENDPOINT, endpoint, path)
  const own = (isPlain ? { url: endpoint } : endpoint) as EndpointOptions
  const credentials = settleCredentials(own, options, pin, path)
  const urlPath = isPlain ? path : `${path}.url`
  const url = typeof own.url === 'function' ? undefined : parseEndpointUrl(own.url, urlPath)
  if (url !== undefined) guardCredentials(credentials, url, urlPath)
  const protocols = [own.protocols ?? options.protocols ?? []].flat()
  const isAsked = typeof own.url === 'function' || mayChange(credentials)
  return { name: own.name ?? url?.origin, url: own.url, protocols, credentials, isAsked }
}

/** The defaults, and over them what was given; an option that is present but undefined takes its default too. */
function merge(defaults: object, given: object): object {
  const merged = Object.entries(defaults).map(([key, standard]) => {
    const value: unknown = Reflect.get(given, key) ?? standard
    return [key, isRecord(standard) && isRecord(value) ? merge(standard, value) : value]
  })
  return Object.fromEntries(merged)
}

/** RFC 6455, section 4.1: tokens of RFC 2616. */
function isSubprotocols(value: unknown): boolean {
  const tokens = [value].flat()
  return (
    new Set(tokens).size === tokens.length &&
    tokens.every(each => /^[!#$%&'*+\-.^_`|~\w]+$/.test(String(each)))
  )
}
