/** The versions of Node that are supported, as programs of their own: installed once, next to the other modules. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const NODE_VERSIONS = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'] as const

const root = new URL('../..', import.meta.url).pathname
const store = join(root, 'node_modules', '.cache', 'holdfast-nodes')
/** On Apple silicon the short name was taken. */
const platform =
  process.platform === 'win32'
    ? 'win'
    : process.platform === 'darwin' && process.arch === 'arm64'
      ? 'bin-darwin'
      : process.platform
const packageName = `node-${platform}-${process.arch}`
const aliasOf = (version: string) => `node-${version}`

/** The program of that version; installs what is missing from the npm registry. */
export function nodeProgram(version: string): string {
  const program = join(store, 'node_modules', aliasOf(version), 'bin', 'node')
  if (existsSync(program)) return program
  const wanted = NODE_VERSIONS.map(each => `${aliasOf(each)}@npm:${packageName}@${each}`)
  const args = [
    'install',
    '--prefix',
    store,
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--loglevel=error',
    ...wanted,
  ]
  const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8' })
  if (status === 0 && existsSync(program)) return program
  throw new Error(`Node ${version} could not be installed: ${stderr}`)
}
