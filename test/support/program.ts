/** The built `holdfast` program in a process of its own, read while it runs. */

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

const root = new URL('../..', import.meta.url).pathname
const CLI = join(root, 'dist/cli.cjs')

export interface Program {
  readonly child: ChildProcess
  /** What it has written so far. */
  readonly out: string
  readonly note: string
  /** Resolves once `out` or `note` fits; rejects, with what there was, when the program ends first. */
  until(fits: (written: { out: string; note: string }) => boolean): Promise<void>
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export interface ProgramOptions {
  /** A shell command to run it by; `"$@"` stands for the program. */
  readonly shell?: string
  readonly env?: Readonly<Record<string, string>>
}

export function startHoldfast(args: readonly string[], { shell, env = {} }: ProgramOptions = {}): Program {
  const command = [process.execPath, CLI, ...args]
  const child =
    shell === undefined
      ? spawn(command[0] ?? '', command.slice(1), { env: { ...process.env, ...env } })
      : spawn('bash', ['-c', shell, 'bash', ...command], { env: { ...process.env, ...env } })
  return watchProgram(child)
}

/** The same on a terminal of 100 columns, of which everything is read as `out`. Linux only. */
export function startOnTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const quoted = [process.execPath, CLI, ...args].map(each => `'${each}'`).join(' ')
  const child = spawn('script', ['-qefc', `stty cols 100 rows 40; exec ${quoted}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', ...env },
  })
  return watchProgram(child)
}

/** Any other program of Node, from the root of the repository. */
export function startNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  return watchProgram(spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env } }))
}

function watchProgram(child: ChildProcess): Program {
  const written = { out: '', note: '' }
  const looks = new Set<() => void>()
  const gather = (stream: 'out' | 'note') => (text: string) => {
    written[stream] += text
    for (const look of [...looks]) look()
  }
  child.stdout?.setEncoding('utf8').on('data', gather('out'))
  child.stderr?.setEncoding('utf8').on('data', gather('note'))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  return {
    child,
    get out() {
      return written.out
    },
    get note() {
      return written.note
    },
    until: fits =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!fits(written)) return
          looks.delete(look)
          resolve()
        }
        looks.add(look)
        void ended.then(({ code }) =>
          reject(new Error(`it ended with ${code} before that: ${JSON.stringify(written)}`)),
        )
        look()
      }),
    ended,
  }
}
