/** Programs and libraries that only a few tests need: installed once from the npm registry, next to the other modules. */

import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'

const root = new URL('../..', import.meta.url).pathname
const store = join(root, 'node_modules', '.cache', 'holdfast-runtimes')

/** A package, and where in `node_modules` it, or its program for this platform, is found. */
const PACKAGES = {
  bun: ['bun@1.4.5', '@oven/bun-*/bin/bun'],
  deno: ['deno@2.9.6', '@deno/*/deno'],
  workerd: ['workerd@1.20261117.1', '@cloudflare/workerd-*/bin/workerd'],
  web3: ['web3@4.16.0', 'web3'],
  '@vitejs/plugin-react': ['@vitejs/plugin-react@6.3.0', '@vitejs/plugin-react'],
} as const

export type RuntimePackage = keyof typeof PACKAGES

/** Its path; installs what is missing. The programs lie in packages of their own, so no script needs to run. */
export function runtimePackage(name: RuntimePackage): string {
  const [spec, pattern] = PACKAGES[name]
  const find = () =>
    globSync(join(store, 'node_modules', pattern)).find(path => existsSync(path) && !path.includes('musl'))
  const found = find()
  if (found !== undefined) return found
  const wanted = Object.values(PACKAGES).map(([each]) => each)
  // What is a peer of these is either among them or in our own modules.
  const options = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--legacy-peer-deps']
  const args = ['install', '--prefix', store, '--loglevel=error', ...options, ...wanted]
  const { stderr } = spawnSync('npm', args, { encoding: 'utf8' })
  const installed = find()
  if (installed !== undefined) return installed
  throw new Error(`${spec} could not be installed: ${stderr}`)
}
