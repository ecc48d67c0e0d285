/**
 * Makes sure that everything of package-lock.json is installed, then runs the command given as arguments.
 *
 * Runs on any Node ≥ 20 with nothing installed. The command runs with `node_modules/.bin` first in the path, and so on
 * the Node that the lock file names.
 */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules', '.bin')
const isWindows = process.platform === 'win32'

const missing = findMissing()
if (missing !== undefined) {
  process.stdout.write(`Installing what is missing (${missing}) …\n`)
  const { status } = npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  const still = findMissing()
  if (status !== 0 || still !== undefined) {
    process.stderr.write(
      `npm ci did not bring everything${still === undefined ? '' : `: ${still} is missing`}.\n`,
    )
    process.exit(1)
  }
}
const [command = 'node', ...args] = process.argv.slice(2)
const child = spawn(command, args, {
  cwd: root,
  stdio: 'inherit',
  shell: isWindows,
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 0 : 1)
})

/** The first thing of the lock file that is not there in its version; undefined where all is. */
function findMissing() {
  const { packages } = readJson('package-lock.json') ?? { packages: {} }
  // npm writes it last: without it an installation was interrupted.
  const installed = readJson('node_modules/.package-lock.json')?.packages
  if (installed === undefined) return 'node_modules'
  if (Object.values(installed).some(isForeign)) return 'node_modules for this platform'
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '' || !isNeeded(path, entry, installed)) continue
    const manifest = readJson(join(path, 'package.json'))
    if (manifest?.version !== entry.version) return path.replace(/^.*node_modules\//, '')
    const programs = Object.values(typeof entry.bin === 'object' ? entry.bin : {})
    if (!programs.every(program => existsSync(join(root, path, program))))
      return path.replace(/^.*node_modules\//, '')
  }
  const { stdout } = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8', shell: isWindows })
  return stdout?.trim() === `v${packages['node_modules/node']?.version}` ? undefined : 'node'
}

/** Of what is optional npm has installed what it has written down, for the platform it ran on. */
function isNeeded(path, { optional }, installed) {
  return !optional || path in installed
}

function isForeign({ os = [process.platform], cpu = [process.arch] }) {
  return !os.includes(process.platform) || !cpu.includes(process.arch)
}

function npm(npmArgs) {
  const cli = process.env.npm_execpath
  const options = { cwd: root, stdio: 'inherit' }
  return cli?.endsWith('.js')
    ? spawnSync(process.execPath, [cli, ...npmArgs], options)
    : spawnSync('npm', npmArgs, { ...options, shell: isWindows })
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'))
  } catch {
    return undefined
  }
}
