/** How a version is made: the workflows call what exists and may no more than they need; a changeset becomes a version. */

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const root = new URL('../..', import.meta.url).pathname
const workflows = readdirSync(join(root, '.github/workflows'))

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: { readonly script?: string }
}
interface Job {
  readonly uses?: string
  readonly permissions?: object
  readonly 'timeout-minutes'?: number
  readonly steps?: readonly Step[]
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } }
}
interface Workflow {
  readonly permissions: object
  readonly jobs: Readonly<Record<string, Job>>
}

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const workflow = (name: string): Workflow =>
  parse(read(`.github/workflows/${name}`), { strict: true, uniqueKeys: true })
const manifest = JSON.parse(read('package.json')) as {
  version: string
  scripts: Record<string, string>
  engines: { node: string }
}

describe.each(workflows)('%s', name => {
  const { permissions, jobs } = workflow(name)
  const steps = Object.values(jobs).flatMap(job => job.steps ?? [])
  const commands = steps.flatMap(step => [step.run ?? '', step.with?.script ?? '']).join('\n')

  test('says what each job may, and when it has taken too long', () => {
    const mayWrite = Object.values(permissions).includes('write')

    expect(mayWrite).toBe(false)
    for (const job of Object.values(jobs))
      expect(job.uses ?? job['timeout-minutes'], JSON.stringify(job)).toBeDefined()
  })

  test('takes the actions of others by their content, not by a name that may move', () => {
    const used = [...steps, ...Object.values(jobs)].flatMap(({ uses }) => uses ?? [])

    expect(used.filter(each => !/@[\da-f]{40}$/.test(each) && !existsSync(join(root, each)))).toEqual([])
  })

  test('calls scripts that exist', () => {
    const scripts = [...commands.matchAll(/npm run (?:--\w+ )*([\w:-]+)/g)].map(([, script = '']) => script)
    const files = [...commands.matchAll(/(?:^|\s)(\.\w*\/[\w./-]+)/g)].map(([, file = '']) => file)

    expect(scripts.filter(script => !(script in manifest.scripts))).toEqual([])
    expect(files.filter(file => !existsSync(join(root, file)))).toEqual([])
    expect(scripts.length + files.length).toBeGreaterThan(0)
  })

  test('puts no secret, and nothing that others have written, into a command', () => {
    expect(commands).not.toContain('${{')
    expect(read(`.github/workflows/${name}`)).not.toContain('secrets.')
  })
})

test('the tests are started by the oldest Node that is supported, and by newer ones', () => {
  const [job] = Object.values(workflow('test.yml').jobs)

  expect(job?.strategy?.matrix.node[0]).toBe(Number(manifest.engines.node.replace('>=', '')))
  expect(job?.strategy?.matrix.node.length).toBeGreaterThan(2)
})

describe('a changeset', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'holdfast-release-'))
  afterEach(() => rmSync(scratch, { recursive: true, force: true }))

  test('moves the version, and what is unreleased becomes the section of that version', () => {
    for (const path of ['.changeset', '.ci', 'package.json', 'package-lock.json', 'CHANGELOG.md'])
      cpSync(join(root, path), join(scratch, path), { recursive: true })
    for (const name of readdirSync(join(scratch, '.changeset')))
      if (!['README.md', 'config.json'].includes(name)) rmSync(join(scratch, '.changeset', name))
    writeFileSync(join(scratch, '.changeset', 'one.md'), '---\n"holdfast": minor\n---\n\nMore.\n')
    const changelog = '# Changelog\n\n## Unreleased\n\n### Added\n\n- More.\n\n## 1.2.3\n\n*2026-01-01*\n'
    writeFileSync(join(scratch, 'CHANGELOG.md'), changelog)
    writeFileSync(join(scratch, 'package.json'), JSON.stringify({ ...manifest, version: '1.2.3' }))
    execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: scratch })

    execFileSync('npm', ['run', '--silent', 'release:version'], { cwd: scratch, stdio: 'pipe' })

    const made = (path: string) => readFileSync(join(scratch, path), 'utf8')
    const ours = `"version": "${manifest.version}"`
    const twice = (text: string) =>
      text.replace(ours, '"version": "1.3.0"').replace(ours, '"version": "1.3.0"')
    expect(JSON.parse(made('package.json'))).toEqual({ ...manifest, version: '1.3.0' })
    expect(made('package-lock.json')).toBe(twice(read('package-lock.json')))
    expect(made('CHANGELOG.md').replace(/\*\d{4}-\d\d-\d\d\*\n\n### Added/, '*today*\n\n### Added')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 1.3.0\n\n*today*\n\n### Added\n\n- More.\n\n## 1.2.3\n\n*2026-01-01*\n',
    )
    expect(existsSync(join(scratch, '.changeset', 'one.md'))).toBe(false)
  })
})
