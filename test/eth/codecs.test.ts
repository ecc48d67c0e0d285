import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeText } from '../../src/eth/abi.ts'
import { faultInAddress, toHex } from '../../src/eth/hex.ts'
import { keccak256 } from '../../src/eth/keccak.ts'
import { revertIn } from '../../src/eth/revert.ts'
import { decodeTransfer } from '../../src/index.ts'
import { parseRetryAfter, retryAfterIn } from '../../src/retry-after.ts'

test('keccak256 is what the library for it says', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), data => {
      expect(toHex(keccak256(data))).toBe(toHex(keccak_256(data)))
    }),
  )
})

describe('addresses (EIP-55)', () => {
  test.each([
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    '0xd1220a0cf47c7b9be7a2e6ba89f429762e7b9adb',
    '0xD1220A0CF47C7B9BE7A2E6BA89F429762E7B9ADB',
  ])('%s is good', address => {
    expect(faultInAddress(address)).toBeUndefined()
  })

  test.each([
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD',
    '5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeA',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg',
    42,
  ])('%s is not', address => {
    expect(faultInAddress(address)).toBeTypeOf('string')
  })
})

describe('decodeTransfer', () => {
  const log = {
    address: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
    topics: [
      '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
      `0x${'0'.repeat(24)}${'Ab'.repeat(20)}`,
      `0x${'0'.repeat(24)}${'cd'.repeat(20)}`,
    ],
    data: `0x${'f'.repeat(64)}`,
    blockNumber: '0x10',
    blockHash: `0x${'1'.repeat(64)}`,
    transactionHash: `0x${'2'.repeat(64)}`,
    transactionIndex: '0x0',
    logIndex: '0xff',
    removed: false,
  }

  test('reads a node’s log', () => {
    expect(decodeTransfer(log)).toEqual({
      token: '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48',
      from: `0x${'ab'.repeat(20)}`,
      to: `0x${'cd'.repeat(20)}`,
      value: 2n ** 256n - 1n,
      blockNumber: 16,
      blockHash: log.blockHash,
      transactionHash: log.transactionHash,
      transactionIndex: 0,
      logIndex: 255,
      removed: false,
    })
  })

  test('reads the logs of viem and ethers too', () => {
    const other = { ...log, blockNumber: 16n, transactionIndex: 0, logIndex: 255 }

    expect(decodeTransfer(other)).toEqual(decodeTransfer(log))
  })

  test.each([
    ['another event', { topics: [`0x${'9'.repeat(64)}`, ...log.topics.slice(1)] }],
    ['an NFT, with four topics', { topics: [...log.topics, log.topics[1]], data: '0x' }],
    ['a token that indexes nothing', { topics: log.topics.slice(0, 1), data: `0x${'0'.repeat(192)}` }],
    ['data of two words', { data: `0x${'0'.repeat(128)}` }],
    ['no data', { data: '0x' }],
    ['dirty padding', { topics: [log.topics[0], `0x1${'0'.repeat(23)}${'ab'.repeat(20)}`, log.topics[2]] }],
    ['a pending log', { blockNumber: null, blockHash: null }],
    ['nothing at all', { topics: undefined, data: undefined }],
  ])('gives undefined for %s', (_, change) => {
    expect(decodeTransfer({ ...log, ...change })).toBeUndefined()
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(log)), fc.anything()), change => {
        decodeTransfer({ ...log, ...change })
      }),
    )
  })
})

describe('texts of tokens', () => {
  const word = (n: number) => n.toString(16).padStart(64, '0')
  const utf8 = (text: string) => Buffer.from(text).toString('hex')

  test.each([
    ['a string', `0x${word(32)}${word(4)}${utf8('USDC').padEnd(64, '0')}`, 'USDC'],
    ['an empty string', `0x${word(32)}${word(0)}`, ''],
    ['a long string', `0x${word(32)}${word(40)}${utf8('x'.repeat(40)).padEnd(128, '0')}`, 'x'.repeat(40)],
    ['bytes32 (MKR)', `0x${utf8('Maker').padEnd(64, '0')}`, 'Maker'],
    ['bytes32 whose last letter ends in a zero digit', `0x${utf8('p').padEnd(64, '0')}`, 'p'],
    ['emoji', `0x${word(32)}${word(4)}${utf8('🦄').padEnd(64, '0')}`, '🦄'],
  ])('%s', (_, data, text) => {
    expect(decodeText(data as `0x${string}`)).toBe(text)
  })

  test.each([
    ['a short answer', '0x1234'],
    ['an offset beyond the data', `0x${word(64)}${word(4)}`],
    ['a length beyond the data', `0x${word(32)}${word(400)}${word(0)}`],
    ['a length that is no number', `0x${word(32)}${'f'.repeat(64)}${word(0)}`],
  ])('%s is none', (_, data) => {
    expect(decodeText(data as `0x${string}`)).toBeUndefined()
  })
})

describe('reverts', () => {
  const details = { rpcCode: 3, data: undefined, method: 'eth_call' }
  const encoded = `0x08c379a0${'20'.padStart(64, '0')}${'4'.padStart(64, '0')}${Buffer.from('nope').toString('hex').padEnd(64, '0')}`
  const panic = `0x4e487b71${'11'.padStart(64, '0')}`

  test.each([
    ['geth', { code: 3, message: 'execution reverted: nope', data: encoded }],
    [
      'hardhat',
      {
        code: -32603,
        message: 'Error: VM Exception: reverted with reason string',
        data: { message: 'x', data: encoded },
      },
    ],
    ['Parity', { code: -32015, message: 'VM execution error.', data: `Reverted ${encoded}` }],
    [
      'ganache',
      {
        code: -32000,
        message: 'VM Exception while processing transaction: revert nope',
        data: { [`0x${'a'.repeat(64)}`]: { return: encoded } },
      },
    ],
    [
      'a wrapping proxy',
      { code: -32000, message: 'execution reverted', data: { originalError: { data: encoded } } },
    ],
  ])('%s: data, reason and selector', (_, error) => {
    expect(revertIn(error, details)).toMatchObject({ data: encoded, reason: 'nope', selector: '0x08c379a0' })
  })

  test('a panic has its meaning', () => {
    expect(revertIn({ code: 3, message: 'execution reverted', data: panic }, details)?.panic).toEqual({
      code: 17,
      meaning: 'arithmetic overflow',
    })
  })

  test('a custom error keeps its selector', () => {
    const custom = `0xdeadbeef${'0'.repeat(64)}`

    const revert = revertIn({ code: 3, message: 'execution reverted', data: custom }, details)

    expect(revert).toMatchObject({ data: custom, selector: '0xdeadbeef' })
    expect(revert?.reason).toBeUndefined()
  })

  test('without data the reason is in the text', () => {
    expect(revertIn({ code: 3, message: 'execution reverted: too late' }, details)).toMatchObject({
      data: '0x',
      reason: 'too late',
    })
  })

  test('another error is none', () => {
    expect(revertIn({ code: -32000, message: 'insufficient funds' }, details)).toBeUndefined()
  })
})

describe('how long to wait', () => {
  test.each([
    ['5', 5_000],
    ['0', 0],
    [' 1.5 ', 1_500],
    ['soon', undefined],
    ['-3', undefined],
    [undefined, undefined],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ])('Retry-After: %s', (header, expected) => {
    expect(parseRetryAfter(header)).toBe(expected)
  })

  test.each([
    [{ code: -32005, message: 'x', data: { backoff_seconds: 30 } }, 30_000],
    [{ code: -32005, message: 'x', data: { rate: { backoff_seconds: 2 } } }, 2_000],
    [{ code: 429, message: 'Please try again in 250ms' }, 250],
    [{ code: 429, message: 'rate limited, retry after 10 seconds' }, 10_000],
    [{ code: 429, message: 'slow down' }, undefined],
  ])('%j', (error, expected) => {
    expect(retryAfterIn(error)).toBe(expected)
  })
})
