/** A service in a process of its own, to be killed: what it prints can be waited for. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Milliseconds; a service that works needs a few hundred. */
const PATIENCE = 20_000

export interface ServiceProcess {
  /** Everything printed so far. */
  readonly printed: string
  /** Resolves once it has printed the text that often; rejects with what there was when it ends before, or takes too long. */
  prints(text: string, times?: number): Promise<void>
  /** Resolves when it has ended. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

export function startService(file: URL, env: Readonly<Record<string, string>>): ServiceProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(file)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = once(child, 'close')
  const looks = new Set<() => void>()
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    for (const look of [...looks]) look()
  })
  return {
    get printed() {
      return printed
    },
    prints: (text, times = 1) =>
      new Promise((resolve, reject) => {
        const giveUp = (why: string) => {
          clearTimeout(timer)
          reject(new Error(`${why} before it printed “${text}”:\n${printed}`))
        }
        const timer = setTimeout(() => giveUp(`${PATIENCE / 1_000} s passed`), PATIENCE)
        const look = () => {
          if (printed.split(text).length <= times) return
          clearTimeout(timer)
          looks.delete(look)
          resolve()
        }
        looks.add(look)
        void ended.then(() => giveUp('it ended'))
        look()
      }),
    kill: async signal => {
      process.off('exit', kill)
      child.kill(signal)
      await ended
    },
  }
}
