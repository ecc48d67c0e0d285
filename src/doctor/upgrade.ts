/** The real dial, credentials and all: its error has the class that a program would see. */

import type { Client } from '../client.ts'
import { type Finding, findingOf, type Step, timed } from './diagnosis.ts'

export interface Upgraded {
  readonly step: Step
  /** What was wrong; undefined when the line is open. */
  readonly finding: Finding | undefined
}

export async function tryUpgrade(client: Client): Promise<Upgraded> {
  let finding: Finding | undefined
  const step = await timed('upgrade', async () => {
    try {
      await client.connect()
      return { outcome: 'ok', summary: 'the line is open', details: negotiatedIn(client) }
    } catch (error) {
      finding = findingOf(error)
      return {
        outcome: 'failed',
        summary: `${finding.name}${finding.phase === undefined ? '' : ` (phase ${finding.phase})`}`,
        details: replyIn(error),
      }
    }
  })
  return { step, finding }
}

function negotiatedIn({ state }: Client): readonly string[] {
  if (state.status !== 'open') return []
  const { protocol, compression } = state.negotiated
  return [`subprotocol ${protocol ?? 'none'}, compression ${compression ? 'on' : 'off'}`]
}

/** The server's own words, where there are any; secrets were taken out when the error was made. */
function replyIn(error: unknown): readonly string[] {
  const { status, headers, body, closeCode, reason } = Object(error) as Record<string, unknown>
  return [
    ...(status === undefined ? [] : [`HTTP ${String(status)}`]),
    ...Object.entries(Object(headers ?? {}) as Record<string, string>).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    ...(typeof body === 'string' && body.trim() !== '' ? [body.trim().slice(0, 500)] : []),
    ...(closeCode === undefined ? [] : [`closed with ${String(closeCode)} ${String(reason ?? '')}`.trim()]),
  ]
}
