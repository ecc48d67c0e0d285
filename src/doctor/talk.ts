/** The real dial, and what the node says on it. */

import type { Client } from '../client.ts'
import { type Finding, type Step, skipped } from './diagnosis.ts'
import { tryLiveness, tryLogs, tryRpc } from './rpc.ts'
import { tryUpgrade } from './upgrade.ts'

export interface Talk {
  readonly steps: readonly Step[]
  /** What the dial was rejected with. */
  readonly rejection: Finding | undefined
}

export async function talkTo(client: Client): Promise<Talk> {
  const { step, finding } = await tryUpgrade(client)
  const said =
    finding === undefined
      ? [await tryRpc(client), await tryLogs(client), await tryLiveness(client)]
      : (['rpc', 'logs', 'liveness'] as const).map(name => skipped(name, 'not tried'))
  return { steps: [step, ...said], rejection: finding }
}

/** The line opened, and yet a step failed: say which. */
export function failureIn(endpoint: string, steps: readonly Step[]): Finding | undefined {
  const failed = steps.find(({ outcome }) => outcome === 'failed')
  return (
    failed && {
      name: 'NodeUnhealthy',
      code: 'NODE_UNHEALTHY',
      category: 'server',
      retryable: true,
      message: `${endpoint} opens, but its node does not do what it should: ${failed.summary}.`,
      hint: 'Check whether the node is in sync, or use another endpoint meanwhile.',
    }
  )
}
