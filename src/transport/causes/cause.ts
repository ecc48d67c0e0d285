/** A row of the judgement tables: one cause of rejection, its class, whether waiting helps, and how to say it. */

import type { HandshakeDetails, HandshakeError, Remedy } from '../errors/handshake-error.ts'
import type { Scene } from '../scene.ts'

export interface Cause {
  readonly error: new (message: string, details: HandshakeDetails & Record<string, unknown>) => HandshakeError
  /** `final`: nothing changes by waiting, as long as the line has never been open. */
  readonly retry: 'final' | 'backoff'
  readonly remedy?: Remedy
  /** What the platform or the peer calls it: errno, X.509 code, parser code. */
  readonly codes?: readonly string[]
  /** Completes the sentence "wss://host …". `seen` is what the platform or the peer said, already scrubbed. */
  readonly message: (scene: Scene, seen: string, facts: Facts) => string
  /** A whole sentence that a tired person can act on. */
  readonly hint: (scene: Scene, seen: string, facts: Facts) => string
}

/** The fields of a class beyond those of every handshake error: `status`, `names`, `closeCode` … */
export type Facts = Readonly<Record<string, unknown>>

export interface Seen {
  /** What the platform or the peer said. */
  readonly text?: string
  readonly cause?: unknown
  readonly facts?: Facts
  /** Overrules the row. */
  readonly retryable?: boolean | undefined
  readonly retryAfter?: number | undefined
}

export function reject(cause: Cause, scene: Scene, seen: Seen = {}): HandshakeError {
  const { secrets } = scene
  const text = secrets.scrub(seen.text ?? '')
  const facts = secrets.scrubValue(seen.facts ?? {}) as Facts
  return new cause.error(`${scene.endpoint} ${cause.message(scene, text, facts)}`, {
    ...scene.facts(),
    ...facts,
    cause: secrets.scrubValue(seen.cause),
    hint: cause.hint(scene, text, facts),
    remedy: cause.remedy,
    retryable: seen.retryable ?? cause.retry === 'backoff',
    retryAfter: seen.retryAfter,
  })
}

/** A table from every code to its row. */
export function byCode(causes: readonly Cause[]): ReadonlyMap<string, Cause> {
  return new Map(causes.flatMap(cause => (cause.codes ?? []).map(code => [code, cause] as const)))
}

/** Characters. */
const MOST_QUOTED = 200

/** What the server said, as a part of a sentence; nothing where it said nothing. */
export function quoting(text: string): string {
  const line = text
    .slice(0, 10 * MOST_QUOTED)
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  if (line === '') return ''
  return ` It said: “${line.length > MOST_QUOTED ? `${line.slice(0, MOST_QUOTED)}…` : line}”.`
}
