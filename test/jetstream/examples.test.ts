/** The consumers of examples/jetstream, run as they stand there; what needs a program that is not here says so. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TransferMessage } from '../../src/jetstream/index.ts'
import { natsMissing } from '../support/nats.ts'
import { transferSeed } from '../support/sim-chain.ts'
import { Scene, untilBlock } from './scene.ts'

const examples = new URL('../../examples/jetstream/', import.meta.url).pathname
const hasPython = spawnSync('python3', ['-c', 'import nats']).status === 0
if (!hasPython)
  process.stderr.write('\nnats-py is not installed (pip install nats-py): the worker in Python is not run\n')
const postgres = findPostgres()

let scene: Scene
const children: ChildProcess[] = []
beforeEach(async () => {
  scene = await Scene.start()
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await scene.stop()
})

/** A chain that has seen a reorg, and the stream that says so. */
async function fill(): Promise<void> {
  await scene.addStream()
  scene.node.mine([transferSeed(1)], [transferSeed(2), transferSeed(3)])
  const running = await scene.relay()
  await untilBlock(running, 2)
  scene.chain.reorg(1, () => [transferSeed(4)], 1)
  scene.node.announce()
  await untilBlock(running, 3)
}

/** The first lines that a program prints. */
async function linesOf(
  count: number,
  command: string,
  ...args: readonly string[]
): Promise<readonly string[]> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout }))
    if (lines.push(line) === count) return lines
  throw new Error(`${command} ended after ${lines.length} lines`)
}

describe.skipIf(natsMissing() !== undefined)('a worker', () => {
  test('in Node reads every message, with its sequence', () => readsAll(process.execPath, 'consumer.ts'))

  test.skipIf(!hasPython)('in Python reads every message, with its sequence', () =>
    readsAll('python3', 'consumer.py'),
  )

  async function readsAll(command: string, file: string): Promise<void> {
    await fill()

    const lines = await linesOf(7, command, join(examples, file), scene.nats.url)

    const { messages } = await scene.fold()
    const read = lines.map(line => [Number(line.split(' ')[0]), JSON.parse(line.slice(line.indexOf(' ')))])
    const wanted = messages.map((message, i) => [i + 1, message])
    expect(read.map(([sequence, body]) => [sequence, { ...body, value: String(body.value) }])).toEqual(wanted)
  }
})

describe.skipIf(natsMissing() !== undefined || postgres === undefined)('the statement for PostgreSQL', () => {
  test('gives what stands, whatever the order and however often messages are applied', async () => {
    await fill()
    const { raw, ids } = await scene.fold()
    const calls = raw.map(message => `execute apply (${message.seq}, '${message.string()}');`)
    const shuffled = [...calls].reverse()
    const sql = readFileSync(join(examples, 'transfers.sql'), 'utf8')
    const query = `select block_hash || '/' || transaction_index || '/' || log_index from transfer where present
      order by block_number, transaction_index, log_index;`

    const orders = [calls, shuffled, [...shuffled, ...calls, ...shuffled.slice(2)]]
    const [clear, end] = ['truncate transfer;', `select 'end';`]

    const out = run(
      postgres ?? '',
      [sql, ...orders.flatMap(order => [clear, ...order, query, end])].join('\n'),
    )

    expect(out.trim().split('\n')).toEqual(orders.flatMap(() => [...ids, 'end']))
    expect(raw.map(message => message.json<TransferMessage>().removed)).toContain(true)
  }, 60_000)
})

function findPostgres(): string | undefined {
  try {
    const [version] = readdirSync('/usr/lib/postgresql')
    return version === undefined ? undefined : `/usr/lib/postgresql/${version}/bin`
  } catch {
    process.stderr.write('\nPostgreSQL is not installed (Debian: postgresql); its statement is not tested\n')
    return undefined
  }
}

/** Runs SQL in a database of its own that listens on no port. PostgreSQL refuses to run as root. */
function run(bin: string, sql: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-postgres-'))
  chmodSync(folder, 0o777)
  mkdirSync(join(folder, 'run'))
  chmodSync(join(folder, 'run'), 0o777)
  writeFileSync(join(folder, 'all.sql'), sql)
  const script = `set -e; cd ${folder}; ${bin}/initdb -D data -A trust >/dev/null
    ${bin}/pg_ctl -D data -w -o "-k ${folder}/run -c listen_addresses=''" -l log start >/dev/null
    ${bin}/psql -h ${folder}/run -d postgres -v ON_ERROR_STOP=1 -qAt -f all.sql; ${bin}/pg_ctl -D data -m immediate stop >/dev/null`
  const [command, ...args] =
    process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--', 'sh', '-c'] : ['sh', '-c']
  const { stdout, stderr, status } = spawnSync(command ?? 'sh', [...args, script], { encoding: 'utf8' })
  rmSync(folder, { recursive: true, force: true })
  if (status !== 0) throw new Error(stderr)
  return stdout
}
