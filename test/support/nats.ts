/** A real nats-server (Debian: nats-server) with JetStream, its store in a temporary folder, on a port that the system chose. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a connection goes, and what ends with the test. */
export interface NatsHost {
  /** One, or several with commas between them. */
  readonly url: string
  stop(): Promise<void>
}

export interface NatsServer extends NatsHost {
  readonly process: ChildProcess
  /** The process is gone at once, as with kill -9; the store stays. */
  kill(): Promise<void>
  /** Starts again on the same port and store. */
  restart(): Promise<void>
  pause(): void
  resume(): void
  /** Kilobytes that the process holds in memory. */
  memory(): number
}

/**
 * Makes sure that the program is there; undefined where it is, else why the tests are skipped. CI never skips: without
 * the program the tests fail there.
 */
export function natsMissing(): string | undefined {
  if (isThere()) return undefined
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    // Test files run beside each other: whoever comes second waits for the first.
    const install = [
      'install',
      '-y',
      '--no-install-recommends',
      '-o',
      'DPkg::Lock::Timeout=300',
      'nats-server',
    ]
    if (spawnSync('apt-get', install).status !== 0) {
      spawnSync('apt-get', ['update'])
      spawnSync('apt-get', install)
    }
    if (isThere()) return undefined
  }
  if (process.env['CI']) return undefined
  const why = 'nats-server is not installed (Debian: apt-get install nats-server); what needs it is skipped'
  process.stderr.write(`\n${why}\n`)
  return why
}

function isThere(): boolean {
  return spawnSync('nats-server', ['--version']).status === 0
}

export async function startNats(config = ''): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-nats-'))
  const file = join(folder, 'nats.conf')
  writeFileSync(file, `jetstream { store_dir: ${JSON.stringify(join(folder, 'store'))} }\n${config}\n`)
  let started = await start(file, -1)
  const { port } = started
  return {
    url: `nats://127.0.0.1:${port}`,
    get process() {
      return started.child
    },
    kill: () => end(started.child),
    restart: async () => {
      started = await start(file, port)
    },
    pause: () => started.child.kill('SIGSTOP'),
    resume: () => started.child.kill('SIGCONT'),
    memory: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${started.child.pid}/status`, 'utf8'))?.[1]),
    stop: async () => {
      await end(started.child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function start(file: string, port: number): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn('nats-server', ['-c', file, '-a', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`nats-server did not start:\n${log}`)))
    child.stderr.on('data', chunk => {
      if (log.includes('Server is ready')) return
      log += chunk
      const [, chosen] = /client connections on 127\.0\.0\.1:(\d+)/.exec(log) ?? []
      if (chosen !== undefined && log.includes('Server is ready')) resolve({ child, port: Number(chosen) })
    })
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
