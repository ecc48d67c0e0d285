/** Starts the node of the benchmarks. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

export interface BenchNode {
  readonly url: string
  /** The id of the next subscription to logs. */
  subscribed(): Promise<string>
  burst(id: string, count: number): void
  stop(): void
}

export async function startNode(): Promise<BenchNode> {
  const child: ChildProcess = fork(new URL('node.ts', import.meta.url), { execArgv: [] })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    url: `ws://127.0.0.1:${port}`,
    subscribed: async () => ((await once(child, 'message')) as [{ subscribed: string }])[0].subscribed,
    burst: (id, count) => child.send({ id, count }),
    stop: () => child.disconnect(),
  }
}
