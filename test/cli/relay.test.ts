/** `holdfast relay` as it is run: the built program, in a process of its own, with a real nats-server. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Scene } from '../jetstream/scene.ts'
import { transferIds } from '../jetstream/stream-fold.ts'
import { natsMissing } from '../support/nats.ts'
import { transferSeed } from '../support/sim-chain.ts'

const root = new URL('../..', import.meta.url).pathname
const program = join(root, 'dist/cli.cjs')

class Run {
  readonly child: ChildProcess
  note = ''

  constructor(args: readonly string[], file = program) {
    this.child = spawn('node', [file, 'relay', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.child.stderr?.on('data', chunk => {
      this.note += chunk
    })
  }

  /** Rejects where the program ends before it says so. */
  async until(text: string): Promise<void> {
    const ended = once(this.child, 'exit')
    while (!this.note.includes(text)) {
      const first = await Promise.race([
        ended.then(() => 'ended'),
        once(this.child.stderr ?? this.child, 'data'),
      ])
      if (first === 'ended' && !this.note.includes(text)) throw new Error(`it ended with: ${this.note}`)
    }
  }

  async code(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'close')
    return this.child.exitCode
  }
}

describe.skipIf(natsMissing() !== undefined)('holdfast relay', () => {
  let scene: Scene
  beforeEach(async () => {
    scene = await Scene.start()
  })
  afterEach(async () => {
    await scene.stop()
  })
  const args = (...more: readonly string[]) => [
    scene.nodeUrl,
    ...['--nats', scene.nats.url, '--stream', 'TRANSFERS', '--from-block', '1', ...more],
  ]

  test('makes the stream with --create, fills it up to --to-block and ends with 0', async () => {
    scene.node.mine([transferSeed(1)], [transferSeed(2)])

    const run = new Run(args('--create', '--to-block', '2'))

    expect([await run.code(), run.note]).toEqual([0, expect.stringContaining('2 messages written.')])
    expect((await scene.fold()).ids).toEqual(transferIds(scene.chain))
  })

  test('stops in peace with Ctrl-C', async () => {
    await scene.addStream()
    const run = new Run(args())
    await run.until('leading')

    run.child.kill('SIGINT')

    expect(await run.code()).toBe(0)
  })

  test('ends with 1 and says how to make the stream where it is missing', async () => {
    const run = new Run(args())

    expect(await run.code()).toBe(1)
    expect(run.note).toContain('StreamMissingError: There is no stream TRANSFERS.')
    expect(run.note).toContain('nats stream add TRANSFERS')
  })

  test.each([
    ['without --nats', ['ws://127.0.0.1:1', '--stream', 'A']],
    ['with a NATS URL that is none', ['ws://127.0.0.1:1', '--stream', 'A', '--nats', 'http://user:sEcReT@x']],
  ])('ends with 2 %s', async (_, wrong) => {
    const run = new Run(wrong)

    expect(await run.code()).toBe(2)
    expect(run.note).not.toMatch(/\n {4}at |sEcReT/)
  })
})

test('holdfast relay says what to install where the client of NATS is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-peers-'))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['ws', 'isomorphic-ws', 'eventemitter3'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  copyFileSync(program, join(folder, 'cli.cjs'))

  const run = new Run(
    ['ws://127.0.0.1:1', '--nats', 'nats://127.0.0.1:1', '--stream', 'A'],
    join(folder, 'cli.cjs'),
  )

  expect(await run.code()).toBe(1)
  expect(run.note).toContain('npm install @nats-io/jetstream @nats-io/transport-node')
  rmSync(folder, { recursive: true })
})
