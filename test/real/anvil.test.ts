/** Against a real node, through a line that can be cut. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { type CuttingProxy, startProxy } from '../../examples/local/cutting-proxy.ts'
import { deployToken, SUPPLY, type Token } from '../../examples/local/token.ts'
import {
  type Client,
  type ClientOptions,
  createClient,
  ExecutionRevertedError,
  NoContractError,
  type Page,
  type Transfer,
} from '../../src/index.ts'
import { Fold } from '../support/fold.ts'

let anvil: Anvil
let token: Token
let proxy: CuttingProxy
const clients: Client[] = []

beforeAll(async () => {
  anvil = await startAnvil()
  token = await deployToken(anvil)
  proxy = await startProxy(anvil.port)
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.close()))
})
afterAll(async () => {
  await proxy.close()
  await anvil.stop()
})

function connectTo(url: string, options: ClientOptions = {}): Client {
  const client = createClient(url, options)
  clients.push(client)
  return client
}
const throughProxy = (options?: ClientOptions) => connectTo(`ws://127.0.0.1:${proxy.port}`, options)

/** Resolves with the state that fits. */
function stateOf(client: Client, status: string): Promise<void> {
  return new Promise(resolve => {
    const look = ({ to }: { to: { status: string } }) => {
      if (to.status !== status) return
      client.off('state', look)
      resolve()
    }
    client.on('state', look)
  })
}

/** Reads until a transfer of this value has come. */
async function readUntil(stream: AsyncIterable<Transfer>, last: bigint): Promise<Fold<Transfer>> {
  const fold = new Fold<Transfer>()
  for await (const transfer of stream) {
    fold.apply(transfer)
    if (!transfer.removed && transfer.value === last) return fold
  }
  throw new Error('the stream ended')
}

const [first = '0x', second = '0x'] = [
  '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
  '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc',
] as const

describe('reading a token', () => {
  test('metadata, balances and allowances', async () => {
    const erc20 = connectTo(anvil.wsUrl).erc20(token.address)

    expect(await erc20.metadata()).toEqual({
      name: 'Holdfast Demo',
      symbol: 'HOLD',
      decimals: 18,
      totalSupply: SUPPLY,
    })
    expect(await erc20.balanceOf(token.owner)).toBe(SUPPLY)
    expect(await erc20.allowance(token.owner, first)).toBe(0n)
    const balances = await erc20.balancesOf([token.owner, second])
    expect([...balances]).toEqual([
      [token.owner.toLowerCase(), SUPPLY],
      [second, 0n],
    ])
  })

  test('a revert has its reason', async () => {
    const client = connectTo(anvil.wsUrl)
    const data = `0xa9059cbb${second.slice(2).padStart(64, '0')}${'1'.padStart(64, '0')}` as const

    const error = await client
      .call({ from: second, to: token.address, data })
      .catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(ExecutionRevertedError)
    expect(error).toMatchObject({
      reason: 'ERC20: transfer amount exceeds balance',
      selector: '0x08c379a0',
      rpcCode: 3,
    })
  })

  test('an address without a contract is said to be one', async () => {
    const erc20 = connectTo(anvil.wsUrl).erc20(second)

    await expect(erc20.decimals()).rejects.toBeInstanceOf(NoContractError)
  })
})

describe('following transfers', () => {
  test('through resets and closes, nothing is lost, doubled or out of order', async () => {
    const client = throughProxy()
    const stream = client.transfers({ token: token.address })
    const reading = readUntil(stream, 300n)
    await stream.started
    const accepted = proxy.accepted
    for (let value = 1n; value <= 300n; value++) {
      await token.transfer(first, value)
      if (value % 60n === 0n) proxy.reset()
      if (value % 60n === 30n) proxy.end()
    }

    const { items } = await reading

    expect(items.map(({ value }) => Number(value))).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
    expect(items[0]).toMatchObject({ token: token.address, from: token.owner, to: first })
    expect(proxy.accepted).toBeGreaterThan(accepted)
  })

  test('a half-open line is noticed within interval + timeout, and the gap is filled', async () => {
    const client = throughProxy({ heartbeat: { interval: 1_000, timeout: 500 } })
    const stream = client.transfers({ token: token.address })
    const reading = readUntil(stream, 1_010n)
    await stream.started
    const noticed = stateOf(client, 'waiting')
    const silentSince = performance.now()
    proxy.silence()

    for (let value = 1_001n; value <= 1_010n; value++) await token.transfer(first, value)
    await noticed

    expect(performance.now() - silentSince).toBeLessThan(2_000)
    expect((await reading).items).toHaveLength(10)
  })

  test('a node that is stopped is a silent peer; when it goes on, so does the stream', async () => {
    const own = await startAnvil()
    const ownToken = await deployToken(own)
    const client = connectTo(own.wsUrl, { heartbeat: { interval: 500, timeout: 300 } })
    const stream = client.transfers({ token: ownToken.address })
    const reading = readUntil(stream, 7n)
    await stream.started
    const noticed = stateOf(client, 'waiting')

    own.process.kill('SIGSTOP')
    await noticed
    own.process.kill('SIGCONT')
    await ownToken.transfer(first, 7n)

    expect((await reading).items).toHaveLength(1)
    await client.close()
    await own.stop()
  })

  test('what a reorg undoes is taken back', async () => {
    const own = await startAnvil(['--no-mining'])
    const ownToken = await deployToken(own)
    const client = connectTo(own.wsUrl)
    const fold = new Fold<Transfer>()
    const stream = client.transfers({ token: ownToken.address })
    const reading = (async () => {
      for await (const transfer of stream) {
        fold.apply(transfer)
        if (transfer.value === 9n && !transfer.removed) return
      }
    })()
    await stream.started
    await ownToken.transfer(first, 1n)
    await own.rpc('evm_mine')
    await ownToken.transfer(first, 2n)
    await own.rpc('evm_mine')

    await own.rpc('anvil_reorg', [2, []])
    await ownToken.transfer(first, 9n)
    await own.rpc('evm_mine')
    await reading

    const truth = await own.rpc<{ data: string; blockHash: string }[]>('eth_getLogs', [
      { fromBlock: '0x2', toBlock: 'latest', address: ownToken.address },
    ])
    expect(fold.items.map(({ value, blockHash }) => [value, blockHash])).toEqual(
      truth.map(({ data, blockHash }) => [BigInt(data), blockHash]),
    )
    await client.close()
    await own.stop()
  })

  test('pages are resumed in another client from the cursor that was stored', async () => {
    const fold = new Fold<Transfer>()
    const readPages = async (
      after: string | undefined,
      until: (page: Page<Transfer>) => boolean,
    ): Promise<string> => {
      const client = connectTo(anvil.wsUrl)
      const start = after === undefined ? { fromBlock: 0 } : { after }
      for await (const page of client.transfers({ token: token.address, ...start }).pages()) {
        fold.applyResumed(page)
        if (until(page)) return page.cursor
      }
      throw new Error('the stream ended')
    }

    const cursor = await readPages(undefined, () => true)
    await readPages(cursor, ({ toBlock, head }) => toBlock === head)

    const truth = await anvil.rpc<unknown[]>('eth_getLogs', [
      { fromBlock: '0x0', toBlock: 'latest', address: token.address },
    ])
    expect(fold.items).toHaveLength(truth.length)
    expect(truth.length).toBeGreaterThan(300)
  })
})

describe('transactions', () => {
  test('waitForTransaction survives a cut', async () => {
    const own = await startAnvil(['--no-mining'])
    const ownToken = await deployToken(own)
    const ownProxy = await startProxy(own.port)
    const client = connectTo(`ws://127.0.0.1:${ownProxy.port}`)
    const hash = await ownToken.transfer(first, 5n)
    const waiting = client.waitForTransaction(hash, { confirmations: 2 })
    await client.connect()

    ownProxy.reset()
    await own.rpc('evm_mine')
    await own.rpc('evm_mine')

    expect(await waiting).toMatchObject({ transactionHash: hash, status: 'success', to: ownToken.address })
    await client.close()
    await ownProxy.close()
    await own.stop()
  })
})
