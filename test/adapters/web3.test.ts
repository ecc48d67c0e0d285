/** web3 over the EIP-1193 provider: what it gives over its own, subscriptions over a cut, contracts and reverts. */

import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CuttingProxy, startProxy } from '../../examples/local/cutting-proxy.ts'
import { eip1193 } from '../../src/adapters/eip1193.ts'
import { type Client, createClient } from '../../src/index.ts'
import { runtimePackage } from '../package/runtimes.ts'
import {
  type Chain,
  ECHO_REVERTER,
  MISSING,
  NOBODY,
  outcomeOf,
  REVERTS,
  startChain,
  tokenAbi,
} from './chain.ts'

/** The part of web3 that is used here. */
interface Web3 {
  readonly eth: Record<string, (...args: unknown[]) => Promise<unknown>> & {
    readonly Contract: new (
      abi: unknown,
      address: string,
    ) => { readonly methods: Record<string, (...args: unknown[]) => { call(): Promise<unknown> }> }
  }
  readonly provider: { disconnect?(): void }
}
interface Web3Subscription {
  on(event: 'data', listener: (item: { number: bigint }) => void): void
  unsubscribe(): Promise<void>
}

let chain: Chain
let proxy: CuttingProxy
let line: Client
let own: Web3
let ours: Web3

beforeAll(async () => {
  const path = runtimePackage('web3')
  const { Web3: Constructor } = createRequire(`${dirname(path)}/`)('web3') as {
    Web3: new (provider: unknown) => Web3
  }
  chain = await startChain()
  proxy = await startProxy(chain.anvil.port)
  line = createClient(`ws://127.0.0.1:${proxy.port}`)
  own = new Constructor(chain.anvil.httpUrl)
  ours = new Constructor(eip1193(line))
}, 120_000)
afterAll(async () => {
  await line.close()
  await proxy.close()
  await chain.stop()
})

const OPERATIONS: Readonly<Record<string, (web3: Web3) => Promise<unknown> | undefined>> = {
  getBlockNumber: ({ eth }) => eth['getBlockNumber']?.(),
  getChainId: ({ eth }) => eth['getChainId']?.(),
  getBlock: ({ eth }) => eth['getBlock']?.(3, true),
  getBalance: ({ eth }) => eth['getBalance']?.(chain.token.owner),
  getTransaction: ({ eth }) => eth['getTransaction']?.(chain.transfers[0]),
  getTransactionReceipt: ({ eth }) => eth['getTransactionReceipt']?.(chain.transfers[1]),
  'getTransactionReceipt, unknown': ({ eth }) => eth['getTransactionReceipt']?.(MISSING),
  getPastLogs: ({ eth }) => eth['getPastLogs']?.({ address: chain.token.address, fromBlock: 0 }),
  call: ({ eth }) => eth['call']?.({ to: chain.token.address, data: '0x06fdde03' }),
  'call, a revert': ({ eth }) => eth['call']?.({ to: ECHO_REVERTER, data: REVERTS.reason }),
  'estimateGas, a revert': ({ eth }) => eth['estimateGas']?.({ to: ECHO_REVERTER, data: REVERTS.custom }),
  'contract.symbol': web3 =>
    new web3.eth.Contract(tokenAbi, chain.token.address).methods['symbol']?.().call(),
  'contract, none there': web3 => new web3.eth.Contract(tokenAbi, NOBODY).methods['symbol']?.().call(),
}

describe('over holdfast as over web3’s own provider', () => {
  test.each(Object.entries(OPERATIONS))('%s', async (_, operation) => {
    const expected = await outcomeOf(async () => operation(own))

    // What an EIP-1193 provider rejects with is a cause as it is; from its own provider web3 makes one.
    const given = await outcomeOf(async () => operation(ours))
    expect(given.replace('ProviderRpcError', 'Eip838ExecutionError')).toBe(expected)
  })
})

test('a subscription goes on over a cut', async () => {
  const subscription = (await ours.eth['subscribe']?.('newBlockHeaders')) as Web3Subscription
  const numbers: number[] = []
  let wake = () => {}
  subscription.on('data', ({ number }) => {
    numbers.push(Number(number))
    wake()
  })
  const next = async () => {
    const told = new Promise<void>(resolve => (wake = resolve))
    await chain.anvil.rpc('evm_mine')
    await told
  }
  await next()

  const back = new Promise<void>(resolve => line.on('state', ({ to }) => to.status === 'open' && resolve()))
  proxy.reset()
  await back
  await line.request({ method: 'eth_blockNumber' })
  await next()

  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  expect(numbers.at(-1)).toBe(Number(await ours.eth['getBlockNumber']?.()))
  await subscription.unsubscribe()
})
