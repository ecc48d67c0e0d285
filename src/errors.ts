/**
 * The root of every error that holdfast throws, and the errors of no single layer.
 *
 * Each error knows what a program needs (`code`, `category`, `retryable`) and what a person needs (`message`, `hint`).
 */

/** What kind of thing went wrong; made for a `switch`. */
export type ErrorCategory =
  | 'config'
  | 'network'
  | 'tls'
  | 'auth'
  | 'limit'
  | 'server'
  | 'protocol'
  | 'request'
  | 'chain'

/** What an error is made with, besides its message: the fields of its class, those that are undefined left out. */
export interface ErrorDetails {
  /** A sentence that says what to do. */
  readonly hint?: string | undefined
  /** What it came from. */
  readonly cause?: unknown
  /** @default false */
  readonly retryable?: boolean | undefined
  readonly [fact: string]: unknown
}

/** Present on every holdfast error of every copy of this package that a process may have loaded. */
const BRAND = Symbol.for('holdfast.error')

/**
 * Any error of this library.
 *
 * @example
 * try { await client.connect() } catch (error) {
 *   if (error instanceof UnauthorizedError) console.error(error.hint)
 * }
 */
export abstract class HoldfastError extends Error {
  /** The class name. */
  override get name(): string {
    return 'HoldfastError'
  }
  /** A literal per class (`NotAWebSocketEndpointError` → `NOT_A_WEBSOCKET_ENDPOINT`), for code that cannot use `instanceof`. */
  readonly code: string
  /** What kind of thing went wrong, for a `switch`. */
  abstract get category(): ErrorCategory
  /** Whether trying the same thing again later may succeed without anybody changing anything. */
  readonly retryable: boolean = false
  /** A sentence that says what to do. */
  declare readonly hint?: string

  /** For this library itself: programs catch errors and make none. */
  constructor(message: string, { cause, ...facts }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = codeOf(this.name)
    for (const [key, value] of Object.entries(facts))
      if (value !== undefined) Object.assign(this, { [key]: value })
  }

  /** @internal */
  get [BRAND](): true {
    return true
  }

  /** `instanceof` by class name, so that an error of a duplicated copy of the package is recognised too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const { prototype } = this
    for (let each = value; isHoldfastError(each); each = Object.getPrototypeOf(each)) {
      if (each === prototype || (Object.hasOwn(prototype, 'name') && each.name === prototype.name))
        return true
    }
    return false
  }

  /** Everything but the stack and the cause, for logs: `JSON.stringify(error)`. No secret is in it. */
  toJSON(): Record<string, unknown> {
    const { name, category, message } = this
    return { name, category, message, ...(this as object) }
  }
}

function codeOf(name: string): string {
  return name
    .replace(/Error$/, '')
    .replace('WebSocket', 'Websocket')
    .replace(/([a-z])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$2_')
    .toUpperCase()
}

/** Whether a value is an error of holdfast, whichever copy of the package made it. */
export function isHoldfastError(value: unknown): value is HoldfastError {
  return typeof value === 'object' && value !== null && BRAND in value
}

/** One thing that is wrong with what the caller passed. */
export interface Issue {
  /** Where, as one would write it in code: `options.heartbeat.interval`. */
  readonly path: string
  /** What was expected and what arrived (secrets are left out). */
  readonly message: string
}

/** What was passed to holdfast cannot be used. Thrown at the door, before anything is dialled wherever that is possible. */
export class ConfigurationError extends HoldfastError {
  override get name(): string {
    return 'ConfigurationError'
  }
  override get category() {
    return 'config' as const
  }
  /** Everything that is wrong with it, not the first thing only. */
  declare readonly issues: readonly Issue[]
}

/** The client was closed, by `close()` or by a final error (then its `cause`). */
export class ClientClosedError extends HoldfastError {
  override get name() {
    return 'ClientClosedError' as const
  }
  declare readonly code: 'CLIENT_CLOSED'
  override get category() {
    return 'request' as const
  }
}
