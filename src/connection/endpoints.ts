/** Which endpoint is next: the healthiest, by its last outcome, then by its latency, then in the order given. */

import type { HoldfastError } from '../errors.ts'
import type { EndpointSettings } from '../settings.ts'

/** What is known of one endpoint. */
export interface Health {
  readonly settings: EndpointSettings
  /** How state and errors call it; undefined until a function has given its URL. */
  label: string | undefined
  /** When it last failed; undefined while its last outcome was good or it was never tried. */
  failedAt?: number | undefined
  /** How long its last handshake took. */
  latency?: number | undefined
  /** Not before then, by `performance.now()`: it asked us to wait. */
  notBefore: number
  /** Its credentials were asked for once more since it last worked. */
  askedAgain: boolean
  /** What took it out of the rotation. */
  final?: HoldfastError
}

export class Endpoints {
  readonly #all: readonly Health[]

  constructor(endpoints: readonly EndpointSettings[]) {
    this.#all = endpoints.map(settings => ({
      settings,
      label: settings.name ?? originOf(settings.url),
      notBefore: 0,
      askedAgain: false,
    }))
  }

  /** What took each endpoint out; one entry per endpoint once none is left. */
  get finalErrors(): readonly HoldfastError[] {
    return this.#all.flatMap(({ final }) => (final === undefined ? [] : [final]))
  }

  /** The endpoint to dial at the given moment, and from when on it may be dialled; undefined when none is left. */
  next(at: number): Health | undefined {
    const left = this.#all.filter(({ final }) => final === undefined)
    const ready = left.filter(({ notBefore }) => notBefore <= at)
    if (ready.length > 0) return ready.reduce((best, each) => (isHealthier(each, best) ? each : best))
    return left.length === 0
      ? undefined
      : left.reduce((best, each) => (each.notBefore < best.notBefore ? each : best))
  }
}

function originOf(url: EndpointSettings['url']): string | undefined {
  if (typeof url === 'function') return undefined
  return new URL(typeof url === 'string' ? url : url.href).origin
}

function isHealthier(a: Health, b: Health): boolean {
  if (a.failedAt !== b.failedAt) return (a.failedAt ?? -1) < (b.failedAt ?? -1)
  return (a.latency ?? Infinity) < (b.latency ?? Infinity)
}
