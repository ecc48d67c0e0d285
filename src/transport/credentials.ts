/** What of a dial can be chosen besides its URL: headers, tokens, TLS, agents. Node only; see credentials.browser.ts. */

import { expecting, isRecord, kindOf, type Shape } from '../describe.ts'
import type { ClientOptions, DialOptions, PerDial } from '../options.ts'
import { refuse } from '../refuse.ts'
import { reject } from './causes/cause.ts'
import { CREDENTIALS as NOT_GIVEN } from './causes/network.ts'
import type { Scene } from './scene.ts'
import { checkTls, TLS } from './tls-options.ts'

/** What an endpoint's dial carries, and where it may travel. */
export interface Credentials extends Pick<DialOptions, (typeof CHOSEN)[number]> {
  /** Undefined where the credentials are the endpoint's own. */
  readonly pin: OriginPin | undefined
}

/** A value, or what its function gives within the budget. */
export type Ask = <T>(name: string, value: PerDial<T> | undefined) => Promise<T | undefined>

/** The one origin that credentials of the client may travel to: the first they were sent to. */
export class OriginPin {
  #origin: string | undefined

  admits(origin: string): boolean {
    this.#origin ??= origin
    return this.#origin === origin
  }
}

const CHOSEN = ['headers', 'bearer', 'tls', 'agent', 'lookup'] as const
/** Those of the client that are not every endpoint's business. */
const SHARED = ['headers', 'bearer', 'tls'] as const

const isFunction = (value: unknown) => typeof value === 'function'
const isHeaders = (value: unknown) =>
  isRecord(value) &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value)) &&
  Object.values(value).every(each => typeof each === 'string')
const isToken = (value: unknown) => typeof value === 'string' && value !== ''
const isAgent = (value: unknown) => isRecord(value) && typeof Reflect.get(value, 'addRequest') === 'function'

/** What is secret here is described by its kind only. */
export const CREDENTIALS: Shape = {
  headers: expecting('an object of strings or a function', v => isFunction(v) || isHeaders(v), kindOf),
  bearer: expecting('a token or a function', v => isFunction(v) || isToken(v), kindOf),
  tls: TLS,
  agent: expecting('an http.Agent', isAgent, kindOf),
  lookup: expecting('a function', isFunction, kindOf),
}

/**
 * @param own what the endpoint says
 * @param shared what the client says for all its endpoints
 */
export function settleCredentials(
  own: DialOptions,
  shared: ClientOptions,
  pin: OriginPin,
  path: string,
): Credentials {
  if (own.tls !== undefined) checkTls(own.tls, `${path}.tls`)
  if (shared.tls !== undefined) checkTls(shared.tls, 'options.tls')
  const shares = SHARED.some(key => own[key] === undefined && shared[key] !== undefined)
  const chosen = CHOSEN.map(key => [key, own[key] ?? shared[key]] as const).filter(
    ([, value]) => value !== undefined,
  )
  const [first] = chosen
  // A WebSocket constructor takes a URL and protocols only: to leave the rest out would be to leave protection out.
  if (shared.webSocket !== undefined && first !== undefined) {
    const place = own[first[0]] === undefined ? 'options' : path
    throw refuse(`${place}.${first[0]}`, 'does not reach an injected webSocket; leave one of the two out')
  }
  return {
    ...Object.fromEntries(chosen),
    pin: shares ? pin : undefined,
  }
}

/** @throws ConfigurationError where credentials would travel to a second origin, or in clear text beyond this machine */
export function guardCredentials({ bearer, pin }: Credentials, url: URL, path: string): void {
  const { origin, protocol, username, password, hostname } = url
  if (pin?.admits(origin) === false) {
    throw refuse(
      path,
      "the client's headers, bearer or tls would travel to a second origin; give each endpoint its own",
    )
  }
  const isSecret = bearer !== undefined || username !== '' || password !== ''
  if (isSecret && protocol === 'ws:' && !isLoopback(hostname)) {
    throw refuse(path, 'a bearer token or userinfo would travel in clear text; use wss://')
  }
}

/** The headers of one dial. Everything in them counts as secret from now on. */
export async function askHeaders(
  { headers, bearer }: Credentials,
  ask: Ask,
  scene: Scene,
): Promise<Record<string, string>> {
  const { secrets } = scene
  const learn = (value: unknown) => {
    const texts =
      typeof value === 'string' ? [value] : isRecord(value) ? Object.values(value).map(String) : []
    secrets.learn(...texts, ...texts.flatMap(loginsIn))
    secrets.learnPieces(...texts)
  }
  const asked = async <T>(
    name: string,
    value: PerDial<T> | undefined,
    isUsable: (given: unknown) => boolean,
  ) => {
    const given = await ask(name, value)
    if (!isFunction(value) || isUsable(given)) return given
    throw reject(NOT_GIVEN, scene, { text: `${name} function gave nothing usable (${kindOf(given)})` })
  }
  // What is known beforehand must not leak by what a function throws.
  learn(headers)
  learn(bearer)
  const [given, token] = await Promise.all([
    asked('headers', headers, isHeaders),
    asked('bearer', bearer, isToken),
  ])
  learn(given)
  learn(token)
  return token === undefined ? { ...given } : { ...given, Authorization: `Bearer ${token}` }
}

/** What `Authorization: Basic` hides. */
function loginsIn(header: string): string[] {
  const [, encoded] = /^Basic ([\w+/]+=*)$/i.exec(header) ?? []
  const login = Buffer.from(encoded ?? '', 'base64').toString()
  return [login, ...login.split(':')]
}

/** Whether a second question may give other credentials. */
export function mayChange({ headers, bearer }: Credentials): boolean {
  return isFunction(headers) || isFunction(bearer)
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
