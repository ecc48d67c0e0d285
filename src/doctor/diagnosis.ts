/** What the doctor finds: one step after the other, each with what was seen. Plain data, safe to print and to store. */

import type { DialOptions } from '../options.ts'
import type { Secrets } from '../secrets.ts'

export type StepName = 'name' | 'tcp' | 'tls' | 'upgrade' | 'rpc' | 'logs' | 'liveness' | 'neighbour'

export interface Step {
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
  readonly name: string
  readonly code: string
  readonly category: string
  readonly retryable: boolean
  readonly message: string
  readonly hint?: string
  readonly remedy?: string
  readonly phase?: string
}

export interface Diagnosis {
  /** The origin; never path, query or userinfo. */
  readonly endpoint: string
  readonly healthy: boolean
  /** The first thing that is wrong. */
  readonly finding?: Finding
  readonly steps: readonly Step[]
  /** The certificates that the server shows, its own first. Node only. */
  readonly certificates?: readonly CertificateLink[]
}

export interface CertificateLink {
  readonly subject: string
  readonly issuer: string
  /** ISO 8601. */
  readonly validFrom: string
  readonly validTo: string
  /** Subject alternative names. */
  readonly names: readonly string[]
  readonly key: string
  readonly signature: string
  readonly fingerprint256: string
  /** Everything that is wrong with this link, in words. */
  readonly defects: readonly string[]
}

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
