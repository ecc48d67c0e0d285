/** A diagnosis for a person: one line a step, what was seen below it, and at the end what it means. */

import type { Diagnosis, Step } from './diagnosis.ts'

/** How to colour a text; without a terminal, not at all. */
export interface Paint {
  /** For what is well. */
  readonly good: (text: string) => string
  /** For what is wrong. */
  readonly bad: (text: string) => string
  /** For what matters less. */
  readonly dim: (text: string) => string
  /** For what matters more. */
  readonly bold: (text: string) => string
}

export const PLAIN: Paint = { good: text => text, bad: text => text, dim: text => text, bold: text => text }

const MARKS: Readonly<Record<Step['outcome'], string>> = { ok: '✓', noted: '!', failed: '✗', skipped: '–' }
const TITLES: Readonly<Record<Step['name'], string>> = {
  name: 'name',
  tcp: 'TCP',
  tls: 'TLS',
  upgrade: 'upgrade',
  rpc: 'JSON-RPC',
  logs: 'logs',
  liveness: 'liveness',
  neighbour: 'neighbour',
}
const REMEDIES: Readonly<Record<string, string>> = {
  verify: 'verify the server certificate',
  anchor: 'install a trust anchor',
  configure: 'configure the connection',
}

/**
 * The diagnosis as text: a line for each step, what was seen below it, and at the end what it means.
 *
 * @param paint how to colour it. @default not at all
 */
export function toText({ endpoint, healthy, finding, steps }: Diagnosis, paint: Paint = PLAIN): string {
  const lines = [paint.bold(endpoint), '', ...steps.flatMap(step => describe(step, paint)), '']
  if (healthy || finding === undefined) return [...lines, paint.good('All is well.'), ''].join('\n')
  const { name, message, hint, remedy } = finding
  return [
    ...lines,
    `${paint.bad(name)}  ${message}`,
    ...(hint === undefined ? [] : [hint]),
    ...(remedy === undefined ? [] : [paint.bold(`Remedy: ${REMEDIES[remedy] ?? remedy}.`)]),
    '',
  ].join('\n')
}

/** Below the summary. */
const INDENT = ' '.repeat(14)

function describe({ name, outcome, summary, details, elapsed }: Step, paint: Paint): string[] {
  if (outcome === 'skipped') return [paint.dim(`  ${MARKS.skipped} ${TITLES[name].padEnd(10)} ${summary}`)]
  const mark = outcome === 'failed' ? paint.bad : outcome === 'ok' ? paint.good : paint.bold
  return [
    `  ${mark(MARKS[outcome])} ${TITLES[name].padEnd(10)} ${summary}${paint.dim(`  ${elapsed} ms`)}`,
    ...details.map(line => INDENT + (line.trimStart().startsWith('✗') ? paint.bad(line) : paint.dim(line))),
  ]
}
