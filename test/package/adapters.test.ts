/** The adapters as users get them: thin, optional, typed, in both formats; and an import that does nothing. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installTarball, type Project } from './project.ts'

const ADAPTERS = ['eip1193', 'viem', 'ethers'] as const

let bare: Project
let full: Project

beforeAll(() => {
  bare = installTarball()
  full = installTarball('viem', 'ethers', '@nats-io', 'zod')
}, 120_000)
afterAll(() => {
  bare.remove()
  full.remove()
})

function node(project: Project, code: string, type: 'module' | 'commonjs' = 'module'): string {
  const { stdout, stderr } = spawnSync('node', [`--input-type=${type}`, '-e', code], {
    cwd: project.directory,
    encoding: 'utf8',
  })
  return `${stdout}${stderr}`.trim()
}

/**
 * What an import could change, a line for each: globals and what they hold, listeners, and whatever keeps a process up.
 * To be called once before it counts: a look at some globals makes Node load them.
 */
function describeProcess(): string[] {
  const members = (of: unknown, path: string) =>
    Reflect.ownKeys(Object(of)).map(key => `${path}.${String(key)}`)
  const globals = Reflect.ownKeys(globalThis).flatMap(key => {
    const path = `globalThis.${String(key)}`
    const { value } = Object.getOwnPropertyDescriptor(globalThis, key) ?? {}
    return value === globalThis
      ? [path]
      : [path, ...members(value, path), ...members(value?.prototype, `${path}.prototype`)]
  })
  const listeners = process.eventNames().map(name => `${String(name)}: ${process.listenerCount(name)}`)
  return [...globals, ...listeners, `resources: ${process.getActiveResourcesInfo().sort().join()}`]
}

describe('each adapter', () => {
  test.each(ADAPTERS)('%s is at most 2 kB on top of holdfast and its peer', async adapter => {
    const { outputFiles } = await build({
      entryPoints: [join(full.directory, 'node_modules', 'holdfast', 'dist', `${adapter}.js`)],
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
      external: ['holdfast', 'viem', 'ethers', 'eventemitter3'],
    })

    const size = gzipSync(outputFiles[0]?.text ?? '', { level: 9 }).length
    expect(size).toBeGreaterThan(300)
    expect(size).toBeLessThanOrEqual(2_000)
  })

  test.each(ADAPTERS)(
    '%s gives the same names in both formats, and uses the one copy of holdfast',
    adapter => {
      const look = 'console.log(Object.keys(adapter).sort().join(), Object.keys(holdfast).length > 40)'
      const esm = `import * as adapter from 'holdfast/${adapter}'; import * as holdfast from 'holdfast'; ${look}`
      const cjs = `const adapter = require('holdfast/${adapter}'), holdfast = require('holdfast'); ${look}`

      expect(node(full, esm)).toMatch(/^\w+(,\w+)* true$/)
      expect(node(full, cjs, 'commonjs')).toBe(node(full, esm))
    },
  )

  test.each(ADAPTERS)('%s works in both formats', adapter => {
    const use = {
      eip1193: 'typeof adapter.eip1193(holdfast.createClient(url)).request',
      viem: "adapter.holdfast(url)({}).config.type === 'webSocket' && 'function'",
      ethers: 'typeof new adapter.HoldfastProvider(url).getBlock',
    }[adapter]
    const look = `const url = 'ws://127.0.0.1:9'; console.log(${use})`
    const esm = `import * as adapter from 'holdfast/${adapter}'; import * as holdfast from 'holdfast'; ${look}`
    const cjs = `const adapter = require('holdfast/${adapter}'), holdfast = require('holdfast'); ${look}`

    expect([node(full, esm), node(full, cjs, 'commonjs')]).toEqual(['function', 'function'])
  })
})

describe('without viem and ethers', () => {
  test('holdfast and holdfast/eip1193 work', () => {
    expect(
      node(bare, "await import('holdfast'); await import('holdfast/eip1193'); console.log('fine')"),
    ).toBe('fine')
  })

  test.each(['viem', 'ethers'])('holdfast/%s says what is missing', adapter => {
    expect(node(bare, `await import('holdfast/${adapter}')`)).toContain(`Cannot find package '${adapter}'`)
  })
})

describe('an import', () => {
  test('of holdfast loads neither viem nor ethers, nor what dials', () => {
    const loaded = node(
      full,
      "require('holdfast'); console.log(Object.keys(require.cache).join('\\n'))",
      'commonjs',
    )

    expect(loaded).toContain('holdfast')
    expect(loaded).not.toMatch(/node_modules\/(viem|ethers|ws)\//)
  })

  test.each([
    ['holdfast', []],
    ['holdfast/doctor', []],
    ['holdfast/eip1193', []],
    ['holdfast/viem', ['viem']],
    ['holdfast/ethers', ['ethers']],
    ['holdfast/jetstream', ['@nats-io/jetstream', '@nats-io/transport-node']],
  ])('of %s does nothing, in both formats', (entry, peers) => {
    const compared = (load: string) => `
      const look = ${describeProcess}
      ${peers.map(peer => `${load}('${peer}');`).join(' ')} look()
      const before = look()
      ${load}('${entry}')
      const after = look()
      console.log(after.length, after.filter(line => !before.includes(line)), before.filter(line => !after.includes(line)))`

    expect(node(full, compared('await import'))).toMatch(/^\d{4} \[\] \[\]$/)
    expect(node(full, compared('require'), 'commonjs')).toMatch(/^\d{4} \[\] \[\]$/)
  })

  test('leaves zod alone: the user’s own copy and ours know nothing of each other', () => {
    const refusal = (config: string) => `
      import * as z from 'zod'
      import { createClient } from 'holdfast'
      z.config(${config})
      const before = Object.keys(z.config()).join()
      try { createClient('wss://node.example', { timeout: -1, unknown: 1 }) }
      catch ({ issues }) { console.log(JSON.stringify(issues), before === Object.keys(z.config()).join()) }`
    const theirs = "{ customError: () => 'theirs', postProcessor: () => { throw new Error('theirs') } }"

    expect(node(full, refusal('{}'))).toMatch(/unknown option.*true$/)
    expect(node(full, refusal(theirs))).toBe(node(full, refusal('{}')))
  })

  test('and a client that is made and never used leave a server’s rendering alone', () => {
    const script = `const { createClient } = await import('holdfast')
      const client = createClient('wss://node.example/v1/key')
      client.transfers({}); client.on('state', () => {})
      console.log(client.state.status, process.getActiveResourcesInfo().filter(each => /Timeout|TCP/.test(each)).length)`

    expect(node(bare, script)).toBe('idle 0')
  })
})

describe('types', () => {
  test.each([
    ['nodenext', 'nodenext'],
    ['preserve', 'bundler'],
    ['node16', 'node16'],
  ])(
    'of the adapters fit their peers, module %s',
    (module, moduleResolution) => {
      full.write(
        'use.mts',
        `import { createClient, type Client } from 'holdfast'
       import { eip1193, type ProviderRpcError } from 'holdfast/eip1193'
       import { holdfast } from 'holdfast/viem'
       import { HoldfastProvider } from 'holdfast/ethers'
       import { createPublicClient, custom, fallback, http } from 'viem'
       import { mainnet } from 'viem/chains'
       import { BrowserProvider, Contract, type Provider } from 'ethers'
       const line: Client = createClient('wss://node.example')
       const client = createPublicClient({ chain: mainnet, transport: holdfast(line) })
       client.watchBlockNumber({ onBlockNumber: number => { number satisfies bigint } })
       client.watchBlocks({ onBlock: block => { block.hash satisfies string | null } })
       client.transport.client satisfies Client
       createPublicClient({ transport: fallback([holdfast('wss://node.example', { heartbeat: false, key: 'line' }), http()]) })
       createPublicClient({ transport: custom(eip1193(line)) })
       new BrowserProvider(eip1193(line))
       const provider: Provider = new HoldfastProvider(['wss://a.example', 'wss://b.example'], 'mainnet', { timeout: 5, cacheTimeout: -1 })
       new Contract('0x', [], new HoldfastProvider(line, 1n, { staticNetwork: true }))
       eip1193(line).on('disconnect', (error: ProviderRpcError) => { error.code satisfies number })
       eip1193(line).on('connect', ({ chainId }) => { chainId satisfies \`0x\${string}\` })
       // @ts-expect-error: a client has its options already
       holdfast(line, { heartbeat: false })
       // @ts-expect-error: a client has its options already
       new HoldfastProvider(line, 1, { timeout: 5 })
       export { provider }`,
      )
      const compilerOptions = {
        strict: true,
        noEmit: true,
        target: 'es2022',
        lib: ['es2022', 'dom'],
        types: [],
      }
      full.write(
        'tsconfig.json',
        JSON.stringify({
          // viem's own declarations are its own business.
          compilerOptions: { ...compilerOptions, skipLibCheck: true, module, moduleResolution },
          files: ['use.mts'],
        }),
      )

      expect(spawnSync('tsc', ['-p', full.directory], { encoding: 'utf8' }).stdout).toBe('')
    },
    120_000,
  )

  test('of holdfast/eip1193 need no library but ES2022, and check themselves', () => {
    bare.write(
      'use.mts',
      `import { createClient } from 'holdfast'
       import { eip1193 } from 'holdfast/eip1193'
       export const answer: Promise<unknown> = eip1193(createClient('wss://node.example')).request({ method: 'eth_chainId' })`,
    )
    const compilerOptions = { strict: true, noEmit: true, target: 'es2022', lib: ['es2022'], types: [] }
    const resolution = { module: 'nodenext', skipLibCheck: false }
    bare.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { ...compilerOptions, ...resolution }, files: ['use.mts'] }),
    )

    expect(spawnSync('tsc', ['-p', join(bare.directory)], { encoding: 'utf8' }).stdout).toBe('')
  }, 60_000)
})
