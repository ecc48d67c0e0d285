/** The code blocks of the documentation do what they say: each is run against a real node. */

import { transform } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { deployToken, type Token } from '../../examples/local/token.ts'
import * as holdfast from '../../src/index.ts'
import { PAGES, type Snippet, snippetsOf } from '../support/snippets.ts'

let anvil: Anvil
let token: Token
beforeAll(async () => {
  anvil = await startAnvil(['--no-mining'])
  token = await deployToken(anvil)
})
afterAll(() => anvil.stop())

/** What needs what is not here: a framework, or another package. */
const isForeign = ({ code }: Snippet) =>
  [...code.matchAll(/ from '([^']+)'/g)].some(([, name]) => name !== 'holdfast')

test.each(PAGES.flatMap(snippetsOf).filter(snippet => !isForeign(snippet)))('$place runs', async snippet => {
  const run = new Run()

  const ending = run.start(await compile(snippet))
  // A loop over transfers lasts until its client is closed; by then it must have done something.
  if (/for await/.test(snippet.code)) await Promise.race([ending, enough(run)])
  await ending
  await run.close()
})

async function enough(run: Run): Promise<void> {
  await run.following()
  await token.transfer(token.accounts[1] ?? '0x', 1n)
  await anvil.rpc('evm_mine')
  await run.acted
  await run.close()
}

test('there are some', () => {
  expect(PAGES.flatMap(snippetsOf).filter(snippet => !isForeign(snippet)).length).toBeGreaterThan(15)
})

/** The block as the body of a function, with this machine's node and token in place of the world's. */
async function compile({ code }: Snippet): Promise<string> {
  const local = code
    .replaceAll(/import \{([^}]*)\} from 'holdfast'/g, 'const {$1} = holdfast')
    .replaceAll(/wss:\/\/[^'"]+/g, anvil.wsUrl)
    .replaceAll(/chainId: 1\b/g, 'chainId: 31_337')
    .replaceAll('19_000_000', '0')
    .replaceAll('0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', token.address)
  const { code: body } = await transform(`(async () => {{${local}\n}})`, { loader: 'ts' })
  return body
}

class Run {
  readonly #clients: holdfast.Client[] = []
  readonly #starts: Promise<unknown>[] = []
  #act = () => {}
  /** Something was printed or stored. */
  readonly acted = new Promise<void>(resolve => {
    this.#act = resolve
  })

  async start(body: string): Promise<void> {
    const createClient: typeof holdfast.createClient = (...args) =>
      this.#watch(holdfast.createClient(...args))
    const act = () => this.#act()
    const given = {
      holdfast: { ...holdfast, createClient },
      client: createClient(anvil.wsUrl),
      token: token.address,
      account: token.owner,
      saved: undefined,
      console: { log: act, info: act, warn: act, error: act, debug: act },
      database: {
        transaction: async (run: (tx: object) => Promise<void>) => {
          await run({ deleteTransfersAbove: act, insertTransfers: act, saveCursor: act })
        },
      },
    }
    const make = new Function(...Object.keys(given), `return ${body}`)
    await make(...Object.values(given))()
  }

  /** Resolves when the stream knows where it begins. */
  async following(): Promise<void> {
    await Promise.all(this.#starts)
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map(client => client.close()))
  }

  #watch(client: holdfast.Client): holdfast.Client {
    this.#clients.push(client)
    const transfers: holdfast.Client['transfers'] = filter => {
      const stream = client.transfers(filter)
      this.#starts.push(stream.started)
      return stream
    }
    return Object.create(client, { transfers: { value: transfers } })
  }
}
