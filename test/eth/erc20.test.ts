/** ERC-20 reads: what is asked, what answers are believed, and at which block. viem's codec is the oracle. */

import { isAddress as ethersIsAddress } from 'ethers'
import fc from 'fast-check'
import {
  decodeAbiParameters,
  decodeEventLog,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionData,
  erc20Abi,
  hexToString,
} from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeString, decodeText } from '../../src/eth/abi.ts'
import { createErc20, type Erc20 } from '../../src/eth/erc20.ts'
import { faultInAddress } from '../../src/eth/hex.ts'
import {
  AbiDecodingError,
  type Address,
  type Client,
  ConfigurationError,
  createClient,
  decodeTransfer,
  ExecutionRevertedError,
  type Hex,
  InvalidParamsError,
  NoContractError,
  NodeInconsistentError,
  RpcError,
} from '../../src/index.ts'
import { always, type Chain, REVERTS, startChain } from '../adapters/chain.ts'
import { fakeRequester } from '../support/fake-requester.ts'

const TOKEN: Address = `0x${'70'.repeat(20)}`
const block = (number: number, hash = `0x${number.toString(16).padStart(64, 'b')}`) => ({
  number: `0x${number.toString(16)}`,
  hash,
  parentHash: `0x${'aa'.repeat(32)}`,
  timestamp: '0x1',
})

interface Asked {
  readonly method: string
  readonly params: readonly unknown[]
}

/** A token whose node answers as the test says. */
function tokenOn(answer: (asked: Asked) => unknown): { erc20: Erc20; asked: Asked[] } {
  const asked: Asked[] = []
  const requester = fakeRequester((method, params) => {
    asked.push({ method, params })
    return answer({ method, params })
  })
  const noStream = () => {
    throw new Error('nothing is followed here')
  }
  return { erc20: createErc20(requester, TOKEN, noStream), asked }
}

const hexBytes = (options: fc.IntArrayConstraints) => fc.uint8Array(options).map(toHex)
const toHex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toHex)
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const orUndefined = <T>(decode: () => T): T | undefined => {
  try {
    return decode()
  } catch {
    return undefined
  }
}

describe('as viem encodes and decodes', () => {
  test('the calldata of every read', async () => {
    await fc.assert(
      fc.asyncProperty(address, address, async (first, second) => {
        const { erc20, asked } = tokenOn(() => encodeAbiParameters([{ type: 'uint256' }], [1n]))
        await erc20.balanceOf(first)
        await erc20.allowance(first, second)
        await erc20.totalSupply()
        await erc20.decimals()

        const expected = [
          encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [first] }),
          encodeFunctionData({ abi: erc20Abi, functionName: 'allowance', args: [first, second] }),
          encodeFunctionData({ abi: erc20Abi, functionName: 'totalSupply' }),
          encodeFunctionData({ abi: erc20Abi, functionName: 'decimals' }),
        ]
        expect(asked.map(({ params }) => params[0])).toEqual(expected.map(data => ({ to: TOKEN, data })))
      }),
    )
  })

  test('every amount', async () => {
    await fc.assert(
      fc.asyncProperty(uint256, async amount => {
        const { erc20 } = tokenOn(() => encodeAbiParameters([{ type: 'uint256' }], [amount]))

        expect(await erc20.totalSupply()).toBe(amount)
      }),
    )
  })

  test('every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
        const encoded = encodeAbiParameters([{ type: 'string' }], [text])

        expect(decodeText(encoded)).toBe(decodeAbiParameters([{ type: 'string' }], encoded)[0])
      }),
    )
  })

  test('every text in bytes32', () => {
    fc.assert(
      fc.property(hexBytes({ minLength: 32, maxLength: 32 }), word => {
        const isEmpty = /^0x0+$/.test(word)

        expect(decodeText(word)).toBe(isEmpty ? '' : hexToString(word, { size: 32 }))
      }),
    )
  })

  test('bytes that may be a text, and may not', () => {
    const word = fc.oneof(
      fc.constantFrom(0n, 1n, 31n, 32n, 33n, 64n, 96n, 2n ** 53n, 2n ** 256n - 1n),
      uint256,
    )
    const data = fc
      .tuple(fc.array(word, { maxLength: 5 }), hexBytes({ maxLength: 40 }))
      .map(
        ([words, tail]): Hex =>
          `0x${words.map(each => each.toString(16).padStart(64, '0')).join('')}${tail.slice(2)}`,
      )
    fc.assert(
      fc.property(data, encoded => {
        const theirs = orUndefined(() => decodeAbiParameters([{ type: 'string' }], encoded)[0])

        // viem reads an empty text from less than the two words that it takes; nobody writes that.
        expect(decodeString(encoded)).toBe(encoded.length < 2 + 2 * 64 ? undefined : theirs)
      }),
      { numRuns: 1_000 },
    )
  })

  test('every transfer', () => {
    fc.assert(
      fc.property(address, address, uint256, (from, to, value) => {
        const topics = encodeEventTopics({ abi: erc20Abi, eventName: 'Transfer', args: { from, to } })
        const data = encodeAbiParameters([{ type: 'uint256' }], [value])
        const { args } = decodeEventLog({
          abi: erc20Abi,
          eventName: 'Transfer',
          topics: topics as [Hex],
          data,
        })
        const log = { address: TOKEN, topics, data, ...block(1), blockNumber: 1 }
        const place = { blockHash: log.hash, transactionHash: log.hash, transactionIndex: 0, logIndex: 0 }

        const transfer = decodeTransfer({ ...log, ...place, removed: false } as never)

        expect(transfer).toMatchObject({
          from: args?.from.toLowerCase(),
          to: args?.to.toLowerCase(),
          value: args?.value,
        })
      }),
    )
  })

  test('the checksum of an address: one letter in the wrong case is noticed, as ethers notices it', () => {
    const spelling = fc
      .tuple(address, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }))
      .map(
        ([plain, upper]) =>
          `0x${[...plain.slice(2)].map((c, i) => (upper[i] ? c.toUpperCase() : c)).join('')}`,
      )
    fc.assert(
      fc.property(fc.oneof(spelling, address), value => {
        expect(faultInAddress(value) === undefined).toBe(ethersIsAddress(value))
      }),
    )
  })
})

describe('answers that are none', () => {
  const reads: Readonly<Record<string, (erc20: Erc20) => Promise<unknown>>> = {
    name: erc20 => erc20.name(),
    symbol: erc20 => erc20.symbol(),
    decimals: erc20 => erc20.decimals(),
    totalSupply: erc20 => erc20.totalSupply(),
    balanceOf: erc20 => erc20.balanceOf(TOKEN),
    allowance: erc20 => erc20.allowance(TOKEN, TOKEN),
  }

  test.each(Object.entries(reads))('%s: empty is NoContractError', async (_, read) => {
    const error = await read(tokenOn(() => '0x').erc20).catch(error => error)

    expect(error).toBeInstanceOf(NoContractError)
    expect(error).toMatchObject({ address: TOKEN, category: 'chain', retryable: false })
  })

  test.each(Object.entries(reads))('%s: short is AbiDecodingError', async (_, read) => {
    const error = await read(tokenOn(() => '0x1234').erc20).catch(error => error)

    expect(error).toBeInstanceOf(AbiDecodingError)
    expect(error).toMatchObject({ data: '0x1234' })
  })

  test.each([
    ['decimals of more than a byte', 'decimals', `0x${'1'.padStart(62, '0')}00`],
    ['a text that ends too early', 'name', `0x${'20'.padStart(64, '0')}${'ff'.padStart(64, '0')}`],
    ['a text whose place is nowhere', 'symbol', `0x${'f'.repeat(64)}${'0'.repeat(64)}`],
  ] as const)('%s is AbiDecodingError', async (_, read, data) => {
    await expect(tokenOn(() => data).erc20[read]()).rejects.toBeInstanceOf(AbiDecodingError)
  })

  test.each([[null], [42], ['0x123'], ['abc'], [{}]])('%j is InvalidResponseError', async answer => {
    await expect(tokenOn(() => answer).erc20.name()).rejects.toMatchObject({
      name: 'InvalidResponseError',
      method: 'eth_call',
    })
  })
})

describe('what is asked for is checked', () => {
  const { erc20 } = tokenOn(() => '0x')
  test.each([
    ['a bad checksum', () => erc20.balanceOf('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD'), 'account:'],
    ['no address', () => erc20.allowance(TOKEN, '0x12'), 'spender:'],
    ['one of many', () => erc20.balancesOf([TOKEN, '0x12']), 'accounts[1]:'],
    ['no array', () => erc20.balancesOf('0x12' as never), 'accounts:'],
    ['a block that is none', () => erc20.name({ block: 'newest' as never }), 'options.block:'],
    ['a block below zero', () => erc20.name({ block: -1 }), 'options.block:'],
    ['an option that is none', () => erc20.name({ at: 5 } as never), 'options.at:'],
    ['a timeout that is none', () => erc20.name({ timeout: -1 }), 'options.timeout:'],
    ['overrides that are none', () => erc20.name({ overrides: [] as never }), 'options.overrides:'],
  ])('%s is a ConfigurationError that says where', async (_, read, path) => {
    const error = await read().catch(error => error)

    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toContain(path)
  })
})

describe('reads of one block', () => {
  const balance = (n: bigint) => encodeAbiParameters([{ type: 'uint256' }], [n])
  const refused = () =>
    new InvalidParamsError('invalid argument 1', { rpcCode: -32602, data: undefined, method: 'eth_call' })

  test('name its hash, and every one of them the same', async () => {
    const { erc20, asked } = tokenOn(({ method }) => (method === 'eth_call' ? balance(5n) : block(9)))

    await erc20.balancesOf(['0x0000000000000000000000000000000000000001', TOKEN], { block: 'safe' })

    expect(asked[0]).toEqual({ method: 'eth_getBlockByNumber', params: ['safe', false] })
    expect(asked.slice(1).map(({ params }) => params[1])).toEqual(Array(2).fill({ blockHash: block(9).hash }))
  })

  test.each([
    ['a number', 7, '0x7'],
    ['a bigint', 7n, '0x7'],
    ['hexadecimal', '0x07', '0x7'],
    ['finalized', 'finalized', 'finalized'],
  ] as const)('by %s too', async (_, at, asks) => {
    const { erc20, asked } = tokenOn(({ method }) => (method === 'eth_call' ? balance(5n) : block(7)))

    await erc20.balancesOf([TOKEN], { block: at })

    expect(asked[0]?.params[0]).toBe(asks)
    expect(asked[1]?.params[1]).toEqual({ blockHash: block(7).hash })
  })

  test('what is pending is asked as such', async () => {
    const { erc20, asked } = tokenOn(() => balance(5n))

    await erc20.balancesOf([TOKEN], { block: 'pending' })

    expect(asked).toEqual([{ method: 'eth_call', params: [expect.anything(), 'pending'] }])
  })

  test('of a block that is not there: the node says so itself', async () => {
    const missing = new RpcError('header not found', { rpcCode: -32000, data: undefined, method: 'eth_call' })
    const { erc20 } = tokenOn(({ method }) => {
      if (method !== 'eth_call') return null
      throw missing
    })

    await expect(erc20.balancesOf([TOKEN], { block: 1e9 })).rejects.toBe(missing)
  })

  test('name its number where a hash is refused, and are checked against the hash', async () => {
    const { erc20, asked } = tokenOn(({ method, params }) => {
      if (method !== 'eth_call') return block(9)
      if (typeof params[1] === 'object') throw refused()
      return balance(5n)
    })

    expect(await erc20.balancesOf([TOKEN])).toEqual(new Map([[TOKEN, 5n]]))
    expect(asked.map(({ method, params }) => [method, params.at(method === 'eth_call' ? 1 : 0)])).toEqual([
      ['eth_getBlockByNumber', 'latest'],
      ['eth_call', { blockHash: block(9).hash }],
      ['eth_call', '0x9'],
      ['eth_getBlockByNumber', '0x9'],
    ])
  })

  test('are begun anew when the block was replaced meanwhile', async () => {
    let looks = 0
    const { erc20 } = tokenOn(({ method, params }) => {
      if (method !== 'eth_call') return block(9, `0x${(looks++ === 0 ? 'a' : 'b').repeat(64)}`)
      if (typeof params[1] === 'object') throw refused()
      return balance(BigInt(looks))
    })

    expect(await erc20.balancesOf([TOKEN])).toEqual(new Map([[TOKEN, 2n]]))
  })

  test('that is replaced again and again end in NodeInconsistentError', async () => {
    let looks = 0
    const { erc20 } = tokenOn(({ method, params }) => {
      if (method !== 'eth_call') return block(9, `0x${(looks++).toString(16).padStart(64, '0')}`)
      if (typeof params[1] === 'object') throw refused()
      return balance(1n)
    })

    await expect(erc20.balancesOf([TOKEN])).rejects.toBeInstanceOf(NodeInconsistentError)
  })

  test('a revert is no refusal of the hash', async () => {
    const details = { rpcCode: 3, method: 'eth_call', data: '0x' as const }
    const { erc20, asked } = tokenOn(({ method }) => {
      if (method !== 'eth_call') return block(9)
      throw new ExecutionRevertedError('execution reverted', details)
    })

    await expect(erc20.balancesOf([TOKEN])).rejects.toBeInstanceOf(ExecutionRevertedError)
    expect(asked.filter(({ method }) => method === 'eth_call')).toHaveLength(1)
  })
})

describe('on a real node', () => {
  let chain: Chain
  let client: Client
  beforeAll(async () => {
    chain = await startChain()
    client = createClient(chain.anvil.wsUrl)
  })
  afterAll(async () => {
    await client.close()
    await chain.stop()
  })

  test('balancesOf gives 10,000 balances, in the order given, each once', async () => {
    const accounts = Array.from(
      { length: 10_000 },
      (_, i): Address => `0x${(i + 1).toString(16).padStart(40, '0')}`,
    )
    const [rich = TOKEN, some = TOKEN] = chain.token.accounts
    const given = [...accounts.slice(0, 5_000), some, ...accounts.slice(5_000), rich, some]

    const balances = await client.erc20(chain.token.address).balancesOf(given)

    expect([...balances.keys()]).toEqual([...new Set(given.map(each => each.toLowerCase()))])
    expect(balances.get(some.toLowerCase() as Address)).toBe(15n)
    expect([...balances.values()].filter(balance => balance > 0n)).toHaveLength(2)
  })

  test('of nobody nothing is asked', async () => {
    const { requests } = client.stats

    expect(await client.erc20(chain.token.address).balancesOf([])).toEqual(new Map())
    expect(client.stats.requests).toEqual(requests)
  })

  test('a bytes32 token has its texts', async () => {
    const address: Address = '0x9f8F72aA9304c8B593d555F12eF6589cC3A579A2'
    const maker: Hex = `0x${Buffer.from('Maker').toString('hex').padEnd(64, '0')}`
    await chain.anvil.rpc('anvil_setCode', [address, always('f3', maker)])

    expect(await client.erc20(address).name()).toBe('Maker')
    expect(client.erc20(address).address).toBe(address.toLowerCase())
  })

  test('metadata is one block’s', async () => {
    expect(await client.erc20(chain.token.address).metadata({ block: 'latest' })).toEqual({
      name: 'Holdfast Demo',
      symbol: 'HOLD',
      decimals: 18,
      totalSupply: 10n ** 27n,
    })
  })

  test('state may be overridden for a read', async () => {
    const address: Address = `0x${'77'.repeat(20)}`
    const overrides = { [address]: { code: always('f3', `0x${'7'.padStart(64, '0')}`) } }

    expect(await client.erc20(address).balanceOf(TOKEN, { overrides })).toBe(7n)
    await expect(client.erc20(address).balanceOf(TOKEN)).rejects.toBeInstanceOf(NoContractError)
  })

  test('reads go back in time by number and by hash', async () => {
    const account = chain.token.accounts[1] as Address
    const erc20 = client.erc20(chain.token.address)
    const { address } = chain.token
    const filter = { address, fromBlock: '0x0', toBlock: 'latest' } as const
    const logs = await client.request({ method: 'eth_getLogs', params: [filter] })
    // The supply was made first; then came 1, 2, 3 …
    const { blockNumber = '0x0', blockHash: hash } = Object(logs[2]) as { blockNumber?: Hex; blockHash: Hex }

    expect(await erc20.balanceOf(account, { block: BigInt(blockNumber) })).toBe(3n)
    expect(await erc20.balanceOf(account, { block: hash })).toBe(3n)
    expect(await erc20.balancesOf([account], { block: hash })).toEqual(new Map([[account.toLowerCase(), 3n]]))
    expect(await erc20.balanceOf(account)).toBe(15n)
  })

  test('a revert of the token is an ExecutionRevertedError', async () => {
    const address: Address = `0x${'66'.repeat(20)}`
    await chain.anvil.rpc('anvil_setCode', [address, always('fd', REVERTS.reason)])

    await expect(client.erc20(address).totalSupply()).rejects.toMatchObject({
      name: 'ExecutionRevertedError',
      reason: 'nope',
      selector: '0x08c379a0',
    })
  })
})
