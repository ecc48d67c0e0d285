/** What the doctor finds: one step after the other, each with what was seen. Plain data, safe to print and to store. */

import type { DialOptions } from '../options.ts'
import type { Secrets } from '../secrets.ts'

/** In the order in which they are taken; `neighbour` looks whether the other scheme is spoken on the same port. */
export type StepName = 'name' | 'tcp' | 'tls' | 'upgrade' | 'rpc' | 'logs' | 'liveness' | 'neighbour'

/** One step of the examination, and what was seen. */
export interface Step {
  /** Which step. */
  readonly name: StepName
  /** `noted`: works, but something about it should be known. `skipped`: an earlier step failed, or it does not apply. */
  readonly outcome: 'ok' | 'noted' | 'failed' | 'skipped'
  /** One line. */
  readonly summary: string
  /** More lines. */
  readonly details: readonly string[]
  /** Milliseconds. */
  readonly elapsed: number
}

/** The part of an error that a report needs. */
export interface Finding {
  /** The class of the error. */
  readonly name: string
  /** The literal of that class, as in the error's `code`. */
  readonly code: string
  /** As in the error. */
  readonly category: string
  /** Whether waiting may mend it. */
  readonly retryable: boolean
  /** What is wrong, in a sentence. */
  readonly message: string
  /** What to do, in a sentence. */
  readonly hint?: string
  /** `verify`, `anchor` or `configure`, as in a HandshakeError. */
  readonly remedy?: string
  /** How far the handshake had come. */
  readonly phase?: string
}

/** What is wrong with an endpoint, if anything. Plain data: `JSON.stringify` takes it. */
export interface Diagnosis {
  /** The origin; never path, query or userinfo. */
  readonly endpoint: string
  /** Nothing is wrong. */
  readonly healthy: boolean
  /** The first thing that is wrong. */
  readonly finding?: Finding
  /** Every step, in order, also those that were skipped. */
  readonly steps: readonly Step[]
  /** The certificates that the server shows, its own first. Node only. */
  readonly certificates?: readonly CertificateLink[]
}

/** One certificate of the chain that a server shows. */
export interface CertificateLink {
  /** Whose it is: `CN=node.example`. */
  readonly subject: string
  /** Who signed it. */
  readonly issuer: string
  /** ISO 8601. */
  readonly validFrom: string
  /** ISO 8601. */
  readonly validTo: string
  /** Subject alternative names. */
  readonly names: readonly string[]
  /** Kind and size of its key: `EC prime256v1`. */
  readonly key: string
  /** How its issuer has signed it: `ecdsa-with-SHA256`. */
  readonly signature: string
  /** SHA-256 over the whole certificate, colon-separated hex. */
  readonly fingerprint256: string
  /** Everything that is wrong with this link, in words. */
  readonly defects: readonly string[]
}

/** What `diagnose` takes beside the endpoint. */
export interface DiagnoseOptions extends DialOptions {
  /** Milliseconds for each step. @default 10_000 */
  readonly timeout?: number
  /** The chain that should be served. */
  readonly chainId?: number
}

/** The diagnosis, with every known secret taken out of what servers said. */
export function diagnosisOf(
  endpoint: string,
  finding: Finding | undefined,
  steps: readonly Step[],
  certificates: readonly CertificateLink[],
  secrets: Secrets,
): Diagnosis {
  const said = {
    ...(finding !== undefined && { finding }),
    steps,
    ...(certificates.length > 0 && { certificates }),
  }
  return {
    endpoint,
    healthy: finding === undefined,
    ...(secrets.scrubValue(said) as typeof said),
  }
}

/** Runs one step against the clock. */
export async function timed(
  name: StepName,
  look: () => Promise<Omit<Step, 'name' | 'elapsed'>>,
): Promise<Step> {
  const startedAt = performance.now()
  const seen = await look()
  return { name, ...seen, elapsed: Math.round(performance.now() - startedAt) }
}

export function skipped(name: StepName, why: string): Step {
  return { name, outcome: 'skipped', summary: why, details: [], elapsed: 0 }
}

export function findingOf(error: unknown): Finding {
  const { name, code, category, retryable, message, hint, remedy, phase } = Object(error) as Record<
    string,
    unknown
  >
  return {
    name: String(name),
    code: String(code ?? ''),
    category: String(category ?? ''),
    retryable: retryable === true,
    message: String(message),
    ...(hint !== undefined && { hint: String(hint) }),
    ...(remedy !== undefined && { remedy: String(remedy) }),
    ...(phase !== undefined && { phase: String(phase) }),
  }
}
