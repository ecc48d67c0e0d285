/** What viem's actions give over holdfast is what they give over viem's own transport: results and errors. */

import {
  createPublicClient,
  createWalletClient,
  type Hex,
  hashMessage,
  type PublicClient,
  parseEther,
  toHex,
  webSocket,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { holdfast } from '../../src/adapters/viem.ts'
import { type Client, createClient } from '../../src/index.ts'
import {
  type Chain,
  DENIER,
  denierAbi,
  ECHO_REVERTER,
  MISSING,
  NOBODY,
  outcomeOf,
  REVERTS,
  startChain,
  tokenAbi,
} from './chain.ts'

let chain: Chain
let line: Client
let own: PublicClient
let ours: PublicClient

beforeAll(async () => {
  chain = await startChain()
  line = createClient(chain.anvil.wsUrl)
  own = createPublicClient({ chain: foundry, transport: webSocket(chain.anvil.wsUrl), cacheTime: 0 })
  ours = createPublicClient({ chain: foundry, transport: holdfast(line), cacheTime: 0 })
})
afterAll(async () => {
  const { socket } = await (own.transport as unknown as ViemSocket).getRpcClient()
  socket.close()
  await line.close()
  await chain.stop()
})
interface ViemSocket {
  getRpcClient(): Promise<{ socket: { close(): void } }>
}

/** One of anvil's own keys, and one that owns nothing. */
const rich = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const poor = privateKeyToAccount(`0x${'1'.repeat(64)}`)
const wallet = (client: PublicClient, account: typeof rich) =>
  createWalletClient({
    account,
    chain: foundry,
    transport: () => ({ config: client.transport, request: client.request }) as never,
  })

const token = () => ({ address: chain.token.address, abi: tokenAbi }) as const
const transfer = (i = 0) => chain.transfers[i] ?? MISSING
const echo = (data: Hex) => ({ to: ECHO_REVERTER, data })

const OPERATIONS: Readonly<Record<string, (client: PublicClient) => Promise<unknown>>> = {
  getBlockNumber: client => client.getBlockNumber(),
  getChainId: client => client.getChainId(),
  'getBlock, latest': client => client.getBlock(),
  'getBlock, earliest': client => client.getBlock({ blockTag: 'earliest' }),
  'getBlock, by number with transactions': client =>
    client.getBlock({ blockNumber: 3n, includeTransactions: true }),
  'getBlock, by hash': async client => {
    const { hash } = await client.getBlock({ blockNumber: 2n })
    return client.getBlock({ blockHash: hash })
  },
  'getBlock, one that does not exist': client => client.getBlock({ blockNumber: 10_000n }),
  'getBlock, an unknown hash': client => client.getBlock({ blockHash: MISSING }),
  getBlockTransactionCount: client => client.getBlockTransactionCount({ blockNumber: 2n }),
  getBalance: client => client.getBalance({ address: rich.address }),
  'getBalance, of an earlier block': client => client.getBalance({ address: rich.address, blockNumber: 1n }),
  'getBalance, of a block that does not exist': client =>
    client.getBalance({ address: rich.address, blockNumber: 99_999n }),
  getCode: client => client.getCode({ address: chain.token.address }),
  'getCode, of an account': client => client.getCode({ address: NOBODY }),
  getStorageAt: client => client.getStorageAt({ address: chain.token.address, slot: toHex(2) }),
  getTransactionCount: client => client.getTransactionCount({ address: rich.address }),
  getTransaction: client => client.getTransaction({ hash: transfer() }),
  'getTransaction, by block and index': client => client.getTransaction({ blockNumber: 3n, index: 0 }),
  'getTransaction, unknown': client => client.getTransaction({ hash: MISSING }),
  getTransactionReceipt: client => client.getTransactionReceipt({ hash: transfer(1) }),
  'getTransactionReceipt, unknown': client => client.getTransactionReceipt({ hash: MISSING }),
  getTransactionConfirmations: client => client.getTransactionConfirmations({ hash: transfer(2) }),
  waitForTransactionReceipt: client => client.waitForTransactionReceipt({ hash: transfer(3) }),
  getGasPrice: client => client.getGasPrice(),
  getBlobBaseFee: client => client.getBlobBaseFee(),
  estimateFeesPerGas: client => client.estimateFeesPerGas(),
  estimateMaxPriorityFeePerGas: client => client.estimateMaxPriorityFeePerGas(),
  getFeeHistory: client => client.getFeeHistory({ blockCount: 3, rewardPercentiles: [25, 75] }),
  estimateGas: client => client.estimateGas({ account: rich, to: NOBODY, value: 1n }),
  'estimateGas, a revert': client => client.estimateGas({ account: rich, ...echo(REVERTS.reason) }),
  'estimateGas, more than there is': client =>
    client.estimateGas({ account: poor, to: NOBODY, value: parseEther('1') }),
  call: client => client.call({ to: chain.token.address, data: '0x06fdde03' }),
  'call, with a state override': client =>
    client.call({
      to: NOBODY,
      data: '0x1234',
      stateOverride: [{ address: NOBODY, code: '0x602a60005260206000f3' }],
    }),
  'call, Error(string)': client => client.call(echo(REVERTS.reason)),
  'call, Panic(uint256)': client => client.call(echo(REVERTS.panic)),
  'call, a custom error': client => client.call(echo(REVERTS.custom)),
  'call, a revert without data': client => client.call(echo(REVERTS.empty)),
  'call, at a block that does not exist': client =>
    client.call({ to: NOBODY, data: '0x', blockNumber: 99_999n }),
  'readContract, a string': client => client.readContract({ ...token(), functionName: 'name' }),
  'readContract, a uint8': client => client.readContract({ ...token(), functionName: 'decimals' }),
  'readContract, a uint256': client =>
    client.readContract({ ...token(), functionName: 'balanceOf', args: [rich.address] }),
  'readContract, no contract there': client =>
    client.readContract({ abi: tokenAbi, address: NOBODY, functionName: 'name' }),
  'readContract, a custom error of the contract': client =>
    client.readContract({ abi: denierAbi, address: DENIER, functionName: 'ask', args: [7n] }),
  simulateContract: client =>
    client.simulateContract({ ...token(), functionName: 'transfer', args: [NOBODY, 1n], account: rich }),
  'simulateContract, more than there is': client =>
    client.simulateContract({ ...token(), functionName: 'transfer', args: [NOBODY, 1n], account: poor }),
  estimateContractGas: client =>
    client.estimateContractGas({ ...token(), functionName: 'transfer', args: [NOBODY, 1n], account: rich }),
  multicall: client =>
    client.multicall({
      contracts: [
        { ...token(), functionName: 'symbol' },
        { ...token(), functionName: 'balanceOf', args: [NOBODY] },
        { abi: denierAbi, address: DENIER, functionName: 'ask', args: [7n] },
      ],
      deployless: true,
    }),
  simulateBlocks: client =>
    client
      .simulateBlocks({ blocks: [{ calls: [{ account: rich.address, to: NOBODY, value: 1n }] }] })
      .then(([block]) => block?.calls),
  'getLogs, of an event': client =>
    client.getLogs({ address: chain.token.address, event: tokenAbi[7], fromBlock: 0n }),
  'getLogs, of one recipient': client =>
    client.getLogs({ event: tokenAbi[7], args: { to: chain.token.accounts[1] ?? NOBODY }, fromBlock: 0n }),
  'getLogs, of a block by hash': async client => {
    const { hash } = await client.getBlock({ blockNumber: 3n })
    return client.getLogs({ blockHash: hash })
  },
  getContractEvents: client =>
    client.getContractEvents({ ...token(), eventName: 'Transfer', fromBlock: 0n, strict: true }),
  'createEventFilter and getFilterLogs': async client =>
    client.getFilterLogs({ filter: await client.createEventFilter({ event: tokenAbi[7], fromBlock: 0n }) }),
  'getFilterChanges and uninstallFilter': async client => {
    const filter = await client.createBlockFilter()
    return [await client.getFilterChanges({ filter }), await client.uninstallFilter({ filter })]
  },
  getProof: client =>
    client.getProof({ address: chain.token.address, storageKeys: [toHex(2, { size: 32 })] }),
  createAccessList: client =>
    client.createAccessList({ account: rich, to: chain.token.address, data: '0x06fdde03' }),
  verifyMessage: async client =>
    client.verifyMessage({
      address: rich.address,
      message: 'hold fast',
      signature: await rich.signMessage({ message: 'hold fast' }),
    }),
  verifyHash: async client =>
    client.verifyHash({
      address: poor.address,
      hash: hashMessage('hold fast'),
      signature: await rich.signMessage({ message: 'hold fast' }),
    }),
  getEip712Domain: client => client.getEip712Domain({ address: chain.token.address }),
  'getEnsAddress, where there is no ENS': client => client.getEnsAddress({ name: 'vitalik.eth' }),
  prepareTransactionRequest: client =>
    wallet(client, rich).prepareTransactionRequest({ to: NOBODY, value: 1n }) as Promise<unknown>,
  'sendTransaction, more than there is': client =>
    wallet(client, poor).sendTransaction({ to: NOBODY, value: parseEther('1') }),
  'sendRawTransaction, garbage': client =>
    client.sendRawTransaction({ serializedTransaction: '0x1234' as never }),
  'sendRawTransaction, a nonce that is spent': async client =>
    client.sendRawTransaction({
      serializedTransaction: await rich.signTransaction({
        chainId: foundry.id,
        type: 'eip1559',
        to: NOBODY,
        nonce: 0,
        gas: 21_000n,
        maxFeePerGas: parseEther('0.00000001'),
      }),
    }),
  'request, an unknown method': client => client.request({ method: 'nope_nope' } as never),
  'request, invalid parameters': client =>
    client.request({ method: 'eth_getBalance', params: ['not an address', 'latest'] } as never),
  'request, an unknown filter': client =>
    client.request({ method: 'eth_getFilterChanges', params: ['0xdead'] } as never),
}

describe('over holdfast as over viem’s own transport', () => {
  test.each(Object.entries(OPERATIONS))('%s', async (_, operation) => {
    const expected = await outcomeOf(() => operation(own))

    expect(await outcomeOf(() => operation(ours))).toBe(expected)
  })

  test('there are errors among them, and many operations', async () => {
    const outcomes = await Promise.all(Object.values(OPERATIONS).map(run => outcomeOf(() => run(ours))))

    expect(outcomes.length).toBeGreaterThanOrEqual(60)
    expect(outcomes.filter(outcome => outcome.startsWith('{\n "error"')).length).toBeGreaterThanOrEqual(20)
  })

  test('a transaction is sent, and has the same hash', async () => {
    const fees = { gas: 21_000n, maxFeePerGas: parseEther('0.00000001'), maxPriorityFeePerGas: 1n }
    const send = async (client: PublicClient) => {
      const snapshot = await chain.anvil.rpc('evm_snapshot')
      const hash = await wallet(client, rich).sendTransaction({ to: NOBODY, value: 5n, ...fees })
      await chain.anvil.rpc('evm_revert', [snapshot])
      return hash
    }

    expect(await send(ours)).toBe(await send(own))
  })
})
