/** One dial: ask for the credentials, shake hands, and be done within the budget. */

import { askHeaders, guardCredentials } from '#credentials'
import { shakeHands } from '#handshake'
import { parseEndpointUrl } from '../endpoint-url.ts'
import { isHoldfastError } from '../errors.ts'
import type { PerDial, WebSocketConstructor } from '../options.ts'
import { onAbort } from '../pause.ts'
import type { EndpointSettings } from '../settings.ts'
import { reject } from './causes/cause.ts'
import { CREDENTIALS } from './causes/network.ts'
import type { Ask } from './credentials.ts'
import { BUDGET_SPENT } from './handshake.ts'
import type { Scene } from './scene.ts'
import type { Socket } from './socket.ts'

export interface DialOptions {
  readonly compression: boolean
  readonly maxMessage: number
  readonly webSocket: WebSocketConstructor | undefined
}

/**
 * An open socket, or one typed error.
 *
 * @param deadline when the handshake's budget ends, by `performance.now()`
 * @param signal its reason is thrown untouched
 * @throws HandshakeError one class per cause
 * @throws ConfigurationError for a URL that a function gave and that cannot be dialled
 */
export async function dial(
  endpoint: EndpointSettings,
  options: DialOptions,
  scene: Scene,
  deadline: number,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted()
  const budget = new AbortController()
  const timer = setTimeout(() => budget.abort(BUDGET_SPENT), deadline - performance.now())
  const stop = onAbort(signal, () => budget.abort(signal.reason))
  try {
    const { credentials, protocols } = endpoint
    // What is known beforehand must not leak by what a function throws.
    if (typeof endpoint.url !== 'function') scene.secrets.learnUrl(parseEndpointUrl(endpoint.url, 'url'))
    const asking: Ask = (name, value) => ask(scene, budget.signal, name, value)
    const [headers, given] = await Promise.all([
      askHeaders(credentials, asking, scene),
      asking('url', endpoint.url),
    ])
    const url = parseEndpointUrl(given, 'url')
    scene.url = url
    scene.secrets.learnUrl(url)
    guardCredentials(credentials, url, 'url')
    return await shakeHands(
      { ...options, ...credentials, protocols, url, headers, deadline },
      scene,
      budget.signal,
    )
  } finally {
    clearTimeout(timer)
    stop()
  }
}

/** The value, or what its function gives within the budget. */
async function ask<T>(scene: Scene, signal: AbortSignal, name: string, value: PerDial<T> | undefined) {
  if (typeof value !== 'function') return value
  const failed = (text: string, cause?: unknown) =>
    reject(CREDENTIALS, scene, { text: `${name} function ${text}`, cause })
  let stop = () => {}
  const over = new Promise<never>((_, fail) => {
    stop = onAbort(signal, () => fail(signal.reason))
  })
  try {
    return await Promise.race([(value as () => T | Promise<T>)(), over])
  } catch (error) {
    if (signal.aborted && signal.reason !== BUDGET_SPENT) throw error
    if (error === BUDGET_SPENT) throw failed('did not answer in time')
    // Our own errors are not scrubbed again, but this one has been in other hands.
    throw failed('threw', isHoldfastError(error) ? error.toJSON() : error)
  } finally {
    stop()
  }
}
