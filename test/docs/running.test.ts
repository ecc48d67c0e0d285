/** The code blocks of the documentation do what they say: each is run against a real node. */

import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { transform } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { deployToken, type Token } from '../../examples/local/token.ts'
import { HoldfastProvider } from '../../src/adapters/ethers.ts'
import { holdfast as viemTransport } from '../../src/adapters/viem.ts'
import * as holdfast from '../../src/index.ts'
import { runtimePackage } from '../package/runtimes.ts'
import { PAGES, type Snippet, snippetsOf } from '../support/snippets.ts'

let anvil: Anvil
let token: Token
beforeAll(async () => {
  // Several examples are of mainnet.
  anvil = await startAnvil(['--no-mining', '--chain-id', '1'])
  token = await deployToken(anvil)
})
afterAll(() => anvil.stop())

/** What the blocks import, with every client that is made noted down. */
const MODULES: Readonly<Record<string, (run: Run) => Promise<object>>> = {
  holdfast: async run => ({ ...holdfast, createClient: run.createClient }),
  'holdfast/eip1193': () => import('../../src/adapters/eip1193.ts'),
  'holdfast/ethers': async run => ({ HoldfastProvider: run.providerClass }),
  'holdfast/viem': async run => ({ holdfast: run.transport }),
  ethers: () => import('ethers'),
  viem: () => import('viem'),
  'viem/chains': () => import('viem/chains'),
  wagmi: () => import('wagmi'),
  'wagmi/chains': () => import('wagmi/chains'),
  web3: async () => createRequire(`${dirname(runtimePackage('web3'))}/`)('web3'),
}

/** What needs what is not here: a framework, a server of another kind. */
const isForeign = ({ code }: Snippet) =>
  [...code.matchAll(/ from '([^']+)'/g)].some(([, name = '']) => MODULES[name] === undefined)

/** A listener that nobody takes away: it must have been told of something. */
const isListening = ({ code }: Snippet) =>
  /\.watch\w+\(|\.on\('(Transfer|data)'/.test(code) && !code.includes('.destroy()')

test.each(PAGES.flatMap(snippetsOf).filter(snippet => !isForeign(snippet)))('$place runs', async snippet => {
  const run = new Run()

  const ending = run.start(await compile(snippet))
  // A loop lasts until its client is closed; by then it must have done something, or have come to its end.
  if (/for await/.test(snippet.code)) await mineUntil(Promise.race([run.acted, ending]))
  else if (isListening(snippet)) await mineUntil(Promise.all([run.acted, ending]))
  else await ending
  await run.close()
  await ending
})

/** Mines transfers until it has settled. */
async function mineUntil(done: Promise<unknown>): Promise<void> {
  const settled = new AbortController()
  const settle = () => settled.abort()
  done.then(settle, settle)
  while (!settled.signal.aborted) {
    await token.transfer(token.accounts[1] ?? '0x', 1n)
    await anvil.rpc('evm_mine')
  }
}

test('there are some', () => {
  expect(PAGES.flatMap(snippetsOf).filter(snippet => !isForeign(snippet)).length).toBeGreaterThan(25)
})

/** The block as the body of a function, with this machine's node and token in place of the world's. */
async function compile({ code }: Snippet): Promise<string> {
  const local = code
    .replaceAll(/import \{([^}]*)\} from '([^']+)'/g, "const {$1} = await load('$2')")
    .replaceAll(/wss:\/\/[^'"]+/g, anvil.wsUrl)
    .replaceAll('19_000_000', '0')
    .replaceAll('0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', token.address)
  const { code: body } = await transform(`(async () => {{${local}\n}})`, { loader: 'ts' })
  return body
}

class Run {
  readonly #clients: holdfast.Client[] = []
  #act = () => {}
  /** What a loop or a listener was told has been logged or stored; `console.info` and the others are about the line. */
  readonly acted = new Promise<void>(resolve => {
    this.#act = resolve
  })

  readonly createClient: typeof holdfast.createClient = (...args) =>
    this.#note(holdfast.createClient(...args))

  readonly transport = (source: string | holdfast.Client) => {
    const client = typeof source === 'string' ? this.createClient(source) : source
    return viemTransport(client)
  }

  readonly providerClass = providerClassOf(client => this.#note(client))

  async start(body: string): Promise<void> {
    const act = () => this.#act()
    const hear = () => {}
    const given = {
      load: (name: string) => MODULES[name]?.(this),
      client: this.createClient(anvil.wsUrl),
      token: token.address,
      account: token.owner,
      saved: undefined,
      console: { log: act, info: hear, warn: hear, error: hear, debug: hear },
      database: {
        transaction: async (run: (tx: object) => Promise<void>) => {
          await run({ deleteTransfersAbove: act, insertTransfers: act, saveCursor: act })
        },
      },
    }
    const make = new Function(...Object.keys(given), `return ${body}`)
    await make(...Object.values(given))()
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map(client => client.close()))
  }

  #note(client: holdfast.Client): holdfast.Client {
    this.#clients.push(client)
    return client
  }
}

function providerClassOf(note: (client: holdfast.Client) => void): typeof HoldfastProvider {
  return class extends HoldfastProvider {
    constructor(...args: never) {
      super(...(args as ConstructorParameters<typeof HoldfastProvider>))
      note(this.client)
    }
  }
}
