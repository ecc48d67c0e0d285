/** What of a dial can be chosen besides its URL: headers, tokens, TLS, agents. Node only; see credentials.browser.ts. */

import { expecting, isRecord, kindOf, type Shape } from '../describe.ts'
import type { DialOptions, PerDial } from '../options.ts'
import { refuse } from '../refuse.ts'
import type { Secrets } from '../secrets.ts'
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
  isRecord(value) && Object.values(value).every(each => typeof each === 'string')

/** What is secret here is described by its kind only. */
export const CREDENTIALS: Shape = {
  headers: expecting('an object of strings or a function', v => isFunction(v) || isHeaders(v), kindOf),
  bearer: expecting(
    'a token or a function',
    v => isFunction(v) || (typeof v === 'string' && v !== ''),
    kindOf,
  ),
  tls: TLS,
  agent: expecting('an http.Agent', isRecord, kindOf),
  lookup: expecting('a function', isFunction, kindOf),
}

/**
 * @param own what the endpoint says
 * @param shared what the client says for all its endpoints
 */
export function settleCredentials(
  own: DialOptions,
  shared: DialOptions,
  pin: OriginPin,
  path: string,
): Credentials {
  if (own.tls !== undefined) checkTls(own.tls, `${path}.tls`)
  if (shared.tls !== undefined) checkTls(shared.tls, 'options.tls')
  const shares = SHARED.some(key => own[key] === undefined && shared[key] !== undefined)
  const chosen = CHOSEN.map(key => [key, own[key] ?? shared[key]] as const)
  return {
    ...Object.fromEntries(chosen.filter(([, value]) => value !== undefined)),
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
  secrets: Secrets,
): Promise<Record<string, string>> {
  const learn = (value: unknown) => {
    if (typeof value === 'string') secrets.learn(value)
    else if (isRecord(value)) secrets.learn(...Object.values(value).map(String))
  }
  // What is known beforehand must not leak by what a function throws.
  learn(headers)
  learn(bearer)
  const [given, token] = await Promise.all([ask('headers', headers), ask('bearer', bearer)])
  learn(given)
  learn(token)
  return token === undefined ? { ...given } : { ...given, Authorization: `Bearer ${token}` }
}

/** Whether a second question may give other credentials. */
export function mayChange({ headers, bearer }: Credentials): boolean {
  return isFunction(headers) || isFunction(bearer)
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
