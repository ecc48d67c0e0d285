/** The packed tarball, installed in an empty project as a user would. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('../..', import.meta.url).pathname

export interface Project {
  readonly directory: string
  /** Writes a file; gives its path. */
  write(name: string, text: string): string
  remove(): void
}

export interface Packed {
  readonly tarball: string
  /** What is in it; sizes in bytes. */
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

/** `npm pack`: dist/ as `npm test` has built it before. */
export function packInto(directory: string): Packed {
  const printed: unknown = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', directory))
  const [{ filename, files }] = (Array.isArray(printed) ? printed : Object.values(printed as object)) as [
    { filename: string; files: Packed['files'] },
  ]
  return { tarball: join(directory, filename), files }
}

/** @param peers packages of ours that the project has too */
export function installTarball(...peers: readonly string[]): Project {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-project-'))
  const { tarball } = packInto(directory)
  writeFileSync(join(directory, 'package.json'), '{ "private": true }')
  npm(
    directory,
    'install',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--loglevel=error',
    '--prefer-offline',
    tarball,
  )
  for (const peer of peers)
    symlinkSync(join(root, 'node_modules', peer), join(directory, 'node_modules', peer))
  return {
    directory,
    write: (name, text) => {
      writeFileSync(join(directory, name), text)
      return join(directory, name)
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe' })
}
