/** The tarball on every runtime: each runs the same journey, and ends by itself. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NODE_VERSIONS, nodeProgram } from '../matrix/nodes.ts'
import { httpReply, replyPeer } from '../support/peers.ts'
import { ARRIVED, journey, type Stage, startStage } from './journey.ts'
import { installTarball, type Project } from './project.ts'
import { runtimePackage } from './runtimes.ts'

let project: Project
let stage: Awaited<ReturnType<typeof startStage>>

const SCRIPT = `const journey = ${journey.toString()}\n`
const TELL = 'result => console.log(JSON.stringify(result))'

beforeAll(async () => {
  stage = await startStage()
  project = installTarball()
  const go = `journey(holdfast, JSON.parse(process.argv.at(-1))).then(${TELL})`
  project.write('run.mjs', `import * as holdfast from 'holdfast'\n${SCRIPT}${go}`)
  project.write('run.cjs', `const holdfast = require('holdfast')\n${SCRIPT}${go}`)
  project.write(
    'history.mjs',
    `import { createClient } from 'holdfast'
     const client = createClient(JSON.parse(process.argv.at(-1)).line)
     await client.request({ method: 'anvil_mine', params: ['0x50'] })
     const pages = client.transfers({ fromBlock: 0, toBlock: 80 }).pages()
     let reached
     for await (const { toBlock } of pages) reached = toBlock
     await client.close()
     console.log(reached)`,
  )
  project.write(
    'reject.mjs',
    `import { createClient } from 'holdfast'
     const client = createClient(process.argv.at(-1))
     const error = await client.connect().catch(error => error)
     console.log(JSON.stringify([error.name, client.state.status]))`,
  )
  for (const version of NODE_VERSIONS) nodeProgram(version)
  for (const name of ['bun', 'deno', 'workerd'] as const) runtimePackage(name)
}, 300_000)
afterAll(async () => {
  project.remove()
  await stage.close()
})

const DENO = ['run', '--quiet', '--node-modules-dir=manual', '-A']

async function run(program: string, ...args: readonly string[]): Promise<unknown> {
  return runWith(JSON.stringify(await stage.open()), program, ...args)
}

/** Runs a program to its end, and gives what it printed. No runtime may have anything to warn of. */
async function runWith(argument: string, program: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await promisify(execFile)(program, [...args, argument], {
    cwd: project.directory,
    timeout: 30_000,
    env: { ...process.env, DENO_NO_UPDATE_CHECK: '1', DENO_DIR: join(project.directory, '.deno') },
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe('the journey arrives', () => {
  test.each(NODE_VERSIONS.flatMap(version => [`${version} run.mjs`, `${version} run.cjs`]))(
    'on Node %s',
    async which => {
      const [version = '', script = ''] = which.split(' ')

      expect(await run(nodeProgram(version), script)).toEqual(ARRIVED)
    },
    40_000,
  )

  test.each(NODE_VERSIONS)('at the head, from the first block on, on Node %s', async version => {
    expect(await run(nodeProgram(version), 'history.mjs')).toBe(80)
  })

  test.each(['run.mjs', 'run.cjs'])(
    'on Bun, %s',
    async script => {
      expect(await run(runtimePackage('bun'), script)).toEqual(ARRIVED)
    },
    40_000,
  )

  test.each(['run.mjs', 'run.cjs'])(
    'on Deno, %s',
    async script => {
      const args = ['run', '--quiet', '--node-modules-dir=manual', '-A', script]

      expect(await run(runtimePackage('deno'), ...args)).toEqual(ARRIVED)
    },
    40_000,
  )

  test('on workerd', async () => {
    expect(await runInWorkerd(await stage.open())).toEqual(ARRIVED)
  }, 40_000)
})

test.each([
  ['bun', []],
  ['deno', DENO],
] as const)('a rejected handshake has its own error, on %s too', async (name, args) => {
  const peer = await replyPeer(httpReply('401 Unauthorized'))

  const printed = await runWith(`ws://127.0.0.1:${peer.port}`, runtimePackage(name), ...args, 'reject.mjs')

  expect(printed).toEqual(['UnauthorizedError', 'closed'])
  await peer.close()
})

/** A worker that sets out when it is fetched; its port is told on a pipe of its own. */
async function runInWorkerd(argument: Stage): Promise<unknown> {
  await build({
    stdin: {
      contents: `import * as holdfast from 'holdfast'
        ${SCRIPT}
        export default {
          async fetch(request) {
            const stage = JSON.parse(await request.text())
            return journey(holdfast, stage).then(Response.json, error => new Response(error.stack, { status: 500 }))
          },
        }`,
      resolveDir: project.directory,
    },
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    outfile: join(project.directory, 'worker.js'),
  })
  const config = project.write(
    'config.capnp',
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (
       services = [
         (name = "main", worker = (
           modules = [(name = "worker", esModule = embed "worker.js")],
           compatibilityDate = "2026-01-01",
         )),
         (name = "internet", network = (allow = ["private", "local", "public"])),
       ],
       sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
     );`,
  )
  const child = spawn(runtimePackage('workerd'), ['serve', '--control-fd=3', config], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  try {
    const [line] = await once(child.stdio[3] as Readable, 'data')
    const { port } = JSON.parse(String(line)) as { port: number }
    const response = await fetch(`http://127.0.0.1:${port}`, {
      method: 'POST',
      body: JSON.stringify(argument),
    })
    const text = await response.text()
    return response.ok ? JSON.parse(text) : text
  } finally {
    child.kill('SIGKILL')
  }
}
