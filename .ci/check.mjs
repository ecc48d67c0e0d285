/** Everything that CI checks, in order: format and lint, types, API reference, build, tests. The last line counts the tests. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const scratch = mkdtempSync(join(tmpdir(), 'holdfast-check-'))
const report = join(scratch, 'report.json')

const steps = [
  ['format and lint', 'biome', ['check', '--error-on-warnings']],
  ['types', 'tsc', []],
  ['API reference', 'typedoc', ['--options', 'docs/typedoc.json', '--emit', 'none']],
  ['build', 'npm', ['run', '--silent', 'build', '--', '--silent']],
  ['tests', 'vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]],
]

let failedSteps = 0
for (const [name, command, args] of steps) {
  process.stdout.write(`\n— ${name}: ${command} ${args.join(' ')}\n`)
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status === 0) continue
  failedSteps++
  process.stdout.write(`— ${name} failed\n`)
  // Tests of a package that could not be built would only repeat that.
  if (name === 'build') break
}

const { passed, failed } = count()
rmSync(scratch, { recursive: true, force: true })
process.exitCode = failedSteps === 0 && failed === 0 && passed > 0 ? 0 : 1
// A step that is no test and failed must not end in "0 failed".
process.stdout.write(`${passed} passed, ${Math.max(failed, failedSteps)} failed\n`)

function count() {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests }
  } catch {
    return { passed: 0, failed: 0 }
  }
}
