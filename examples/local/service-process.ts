/** A service in a process of its own, to be killed: what it prints can be waited for. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface ServiceProcess {
  /** Everything printed so far. */
  readonly printed: string
  /** Resolves once it has printed the text that often; rejects with what there was when it ends before. */
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
        const look = () => {
          if (printed.split(text).length <= times) return
          looks.delete(look)
          resolve()
        }
        looks.add(look)
        void ended.then(() => reject(new Error(`it ended before it printed “${text}”:\n${printed}`)))
        look()
      }),
    kill: async signal => {
      process.off('exit', kill)
      child.kill(signal)
      await ended
    },
  }
}
