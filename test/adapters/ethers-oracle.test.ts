/** What ethers' provider gives over holdfast is what it gives over its own WebSocketProvider: results and errors. */

import { Contract, type JsonRpcApiProvider, toBeHex, Wallet, WebSocketProvider } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HoldfastProvider } from '../../src/adapters/ethers.ts'
import {
  type Chain,
  DENIER,
  ECHO_REVERTER,
  MISSING,
  NOBODY,
  outcomeOf,
  REVERTS,
  startChain,
} from './chain.ts'

let chain: Chain
let own: JsonRpcApiProvider
let ours: JsonRpcApiProvider

beforeAll(async () => {
  chain = await startChain()
  own = new WebSocketProvider(chain.anvil.wsUrl, undefined, { cacheTimeout: -1 })
  ours = new HoldfastProvider(chain.anvil.wsUrl, undefined, { cacheTimeout: -1 })
})
afterAll(async () => {
  await Promise.all([own.destroy(), ours.destroy()])
  await chain.stop()
})

const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const RICH = new Wallet(KEY).address
const poor = new Wallet(`0x${'1'.repeat(64)}`)

const tokenAt = (provider: JsonRpcApiProvider) =>
  new Contract(
    chain.token.address,
    [
      'function name() view returns (string)',
      'function decimals() view returns (uint8)',
      'function balanceOf(address) view returns (uint256)',
      'function transfer(address, uint256) returns (bool)',
      'event Transfer(address indexed from, address indexed to, uint256 value)',
    ],
    provider,
  )
const denierAt = (provider: JsonRpcApiProvider) =>
  new Contract(
    DENIER,
    ['function ask(uint256) view returns (uint256)', 'error Denied(address who, uint256 needed)'],
    provider,
  )
const ask = (contract: Contract, name: string, ...args: unknown[]) => contract.getFunction(name)(...args)
const transfer = (i = 0) => chain.transfers[i] ?? MISSING

const OPERATIONS: Readonly<Record<string, (provider: JsonRpcApiProvider) => Promise<unknown>>> = {
  getBlockNumber: provider => provider.getBlockNumber(),
  getNetwork: async provider => (await provider.getNetwork()).toJSON(),
  'getBlock, latest': provider => provider.getBlock('latest'),
  'getBlock, by number with transactions': provider => provider.getBlock(3, true),
  'getBlock, counted from the head': provider => provider.getBlock(-2),
  'getBlock, by hash': async provider => provider.getBlock((await provider.getBlock(2))?.hash ?? ''),
  'getBlock, one that does not exist': provider => provider.getBlock(99_999),
  getBalance: provider => provider.getBalance(RICH),
  'getBalance, of an earlier block': provider => provider.getBalance(RICH, 1),
  'getBalance, of a block that does not exist': provider => provider.getBalance(RICH, 99_999),
  'getBalance, no address': provider => provider.getBalance('0x12'),
  getCode: provider => provider.getCode(chain.token.address),
  getStorage: provider => provider.getStorage(chain.token.address, 2),
  getTransactionCount: provider => provider.getTransactionCount(RICH),
  getFeeData: provider => provider.getFeeData(),
  call: provider => provider.call({ to: chain.token.address, data: '0x06fdde03' }),
  'call, Error(string)': provider => provider.call({ to: ECHO_REVERTER, data: REVERTS.reason }),
  'call, Panic(uint256)': provider => provider.call({ to: ECHO_REVERTER, data: REVERTS.panic }),
  'call, a custom error': provider => provider.call({ to: ECHO_REVERTER, data: REVERTS.custom }),
  'call, a revert without data': provider => provider.call({ to: ECHO_REVERTER, data: REVERTS.empty }),
  'call, at a block that does not exist': provider => provider.call({ to: NOBODY, blockTag: 99_999 }),
  estimateGas: provider => provider.estimateGas({ from: RICH, to: NOBODY, value: 1n }),
  'estimateGas, a revert': provider => provider.estimateGas({ to: ECHO_REVERTER, data: REVERTS.reason }),
  'estimateGas, more than there is': provider =>
    provider.estimateGas({ from: poor.address, to: NOBODY, value: 10n ** 18n }),
  getTransaction: provider => provider.getTransaction(transfer()),
  'getTransaction, unknown': provider => provider.getTransaction(MISSING),
  getTransactionReceipt: provider => provider.getTransactionReceipt(transfer(1)),
  'getTransactionReceipt, unknown': provider => provider.getTransactionReceipt(MISSING),
  waitForTransaction: provider => provider.waitForTransaction(transfer(2)),
  'waitForTransaction, without confirmations': provider => provider.waitForTransaction(MISSING, 0),
  'getLogs, of an event': async provider =>
    provider.getLogs({
      address: chain.token.address,
      topics: (await tokenAt(provider).filters.Transfer?.().getTopicFilter()) ?? [],
      fromBlock: 0,
    }),
  'getLogs, of a block by hash': async provider =>
    provider.getLogs({ blockHash: (await provider.getBlock(3))?.hash ?? '' }),
  'contract.name': provider => ask(tokenAt(provider), 'name'),
  'contract.decimals': provider => ask(tokenAt(provider), 'decimals'),
  'contract.balanceOf': provider => ask(tokenAt(provider), 'balanceOf', RICH),
  'contract.queryFilter': provider => tokenAt(provider).queryFilter('Transfer', 0),
  'contract, static call of a transfer': provider =>
    tokenAt(provider).getFunction('transfer').staticCall(NOBODY, 1n, { from: RICH }),
  'contract, more than there is': provider =>
    tokenAt(provider).getFunction('transfer').staticCall(NOBODY, 1n, { from: poor.address }),
  'contract, a custom error of its own': provider => ask(denierAt(provider), 'ask', 7n),
  'contract, none there': provider =>
    ask(new Contract(NOBODY, ['function name() view returns (string)'], provider), 'name'),
  listAccounts: async provider => (await provider.listAccounts()).map(({ address }) => address),
  'getSigner, and a signature': async provider => (await provider.getSigner(0)).signMessage('hold fast'),
  'getSigner, of nobody': provider => provider.getSigner(NOBODY),
  'signer.sendTransaction, more than there is': async provider =>
    poor.connect(provider).sendTransaction({ to: NOBODY, value: 10n ** 18n }),
  'broadcastTransaction, a nonce that is spent': async provider =>
    provider.broadcastTransaction(
      await new Wallet(KEY).signTransaction({
        chainId: 31337,
        type: 2,
        to: NOBODY,
        nonce: 0,
        gasLimit: 21_000,
        maxFeePerGas: 10n ** 10n,
      }),
    ),
  'broadcastTransaction, garbage': provider => provider.broadcastTransaction('0x1234'),
  'resolveName, where there is no ENS': provider => provider.resolveName('vitalik.eth'),
  'send, eth_getProof': provider =>
    provider.send('eth_getProof', [chain.token.address, [toBeHex(2, 32)], 'latest']),
  'send, an unknown method': provider => provider.send('nope_nope', []),
  'send, invalid parameters': provider => provider.send('eth_getBalance', ['not an address', 'latest']),
}

describe('over holdfast as over ethers’ own provider', () => {
  test.each(Object.entries(OPERATIONS))('%s', async (_, operation) => {
    const expected = await outcomeOf(() => operation(own))

    expect(await outcomeOf(() => operation(ours))).toBe(expected)
  })

  test('waiting is over in time, with the error of ethers', async () => {
    await expect(ours.waitForTransaction(transfer(2), 50, 50)).rejects.toMatchObject({
      code: 'TIMEOUT',
      shortMessage: 'timeout',
    })
  })

  test('a transaction is sent and waited for, by a key and by the node', async () => {
    const key = new Wallet(KEY, ours)
    const byKey = await key.sendTransaction({ to: NOBODY, value: 1n })
    const byNode = await (await ours.getSigner(1)).sendTransaction({ to: NOBODY, value: 2n })

    expect((await byKey.wait())?.status).toBe(1)
    expect((await byNode.wait())?.status).toBe(1)
    expect(await own.getTransactionReceipt(byKey.hash)).toMatchObject({ hash: byKey.hash, status: 1 })
  })
})
