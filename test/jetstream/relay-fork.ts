/** Starts a relay in a process of its own, and knows what state it is in. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { RelayOptions, RelayState } from '../../src/jetstream/index.ts'

export interface RelayFork {
  readonly process: ChildProcess
  readonly status: RelayState['status'] | undefined
  /** What it said, where it has ended by itself. */
  readonly end: string | undefined
  /** Rejects where the process ends before. */
  until(status: RelayState['status']): Promise<void>
  kill(): Promise<void>
}

export function forkRelay(
  nodeUrl: string,
  natsUrl: string,
  stream: string,
  options: Partial<RelayOptions> = {},
): RelayFork {
  const script = new URL('relay-process.ts', import.meta.url)
  const child = fork(script, [nodeUrl, natsUrl, stream, JSON.stringify(options)], { execArgv: [] })
  let status: RelayState['status'] | undefined
  const seen: string[] = []
  const lookers = new Set<() => void>()
  const look = () => {
    for (const each of [...lookers]) each()
  }
  child.on('message', (message: { status: RelayState['status']; reason: string }) => {
    status = message.status
    seen.push(`${status} ${message.reason}`)
    look()
  })
  child.on('exit', look)
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  return {
    process: child,
    get status() {
      return status
    },
    get end() {
      return child.exitCode === null ? undefined : seen.join(', ')
    },
    until: wanted =>
      new Promise((resolve, reject) => {
        const each = () => {
          if (status === wanted) resolve()
          else if (isGone()) reject(new Error(`the relay ended: ${seen.join(', ')}`))
          else return
          lookers.delete(each)
        }
        lookers.add(each)
        each()
      }),
    kill: async () => {
      if (isGone()) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
