/** A real node of one's own: anvil on a free port of this machine. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface Anvil {
  readonly port: number
  /** For holdfast. */
  readonly wsUrl: string
  /** For asking behind its back. */
  readonly httpUrl: string
  readonly process: ChildProcess
  /** One JSON-RPC request over HTTP. */
  rpc<T>(method: string, params?: readonly unknown[]): Promise<T>
  stop(): Promise<void>
}

const PLATFORMS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'win32' }
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** @param args more arguments of anvil, such as `['--block-time', '1']` */
export async function startAnvil(args: readonly string[] = [], port = 0): Promise<Anvil> {
  const child = spawn(anvilBinary(), ['--host', '127.0.0.1', '--port', String(port), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const listening = await listeningPort(child)
  const httpUrl = `http://127.0.0.1:${listening}`
  return {
    port: listening,
    wsUrl: `ws://127.0.0.1:${listening}`,
    httpUrl,
    process: child,
    rpc: (method, params = []) => rpc(httpUrl, method, params),
    stop: () =>
      new Promise(resolve => {
        process.off('exit', kill)
        if (child.exitCode !== null || child.signalCode !== null) return resolve()
        child.once('exit', () => resolve())
        kill()
      }),
  }
}

/** The program itself, not npm's wrapper around it: only so can it be stopped and paused. */
function anvilBinary(): string {
  const platform = `${PLATFORMS[process.platform]}-${ARCHITECTURES[process.arch]}`
  const manifest = createRequire(import.meta.url).resolve(`@foundry-rs/anvil-${platform}/package.json`)
  return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'anvil.exe' : 'anvil')
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = ''
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`anvil ended with ${code}: ${printed}`)))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (printed.length < 65_536) printed += text
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(printed)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
}

async function rpc<T>(url: string, method: string, params: readonly unknown[]): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = (await response.json()) as { result: T; error?: { message: string } }
  if (error !== undefined) throw new Error(`${method}: ${error.message}`)
  return result
}
