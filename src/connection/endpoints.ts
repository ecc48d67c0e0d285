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
      label: settings.name,
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
    return this.#ready(at)[0] ?? this.#ready(Infinity).sort((a, b) => a.notBefore - b.notBefore)[0]
  }

  /** Whoever may be dialled at the given moment besides this one, the healthiest first. */
  others(serving: Health, at: number): readonly Health[] {
    return this.#ready(at).filter(each => each !== serving)
  }

  #ready(at: number): Health[] {
    return this.#all.filter(each => each.final === undefined && each.notBefore <= at).sort(byHealth)
  }
}

/** The sort is stable: what is equal stays in the order given. */
function byHealth(a: Health, b: Health): number {
  // Who was never tried has no latency: none that is known is worse.
  return (a.failedAt ?? -1) - (b.failedAt ?? -1) || (a.latency ?? UNKNOWN) - (b.latency ?? UNKNOWN)
}

/** Milliseconds; no handshake takes as long. */
const UNKNOWN = 2 ** 31
