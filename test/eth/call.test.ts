/** `eth_call`: what is written, and what is refused before it is. */

import { describe, expect, test } from 'vitest'
import { type CallOptions, type CallRequest, call } from '../../src/eth/call.ts'
import { ConfigurationError, type Hex } from '../../src/index.ts'
import { fakeRequester } from '../support/fake-requester.ts'

const TO: Hex = `0x${'11'.repeat(20)}`
const HASH: Hex = `0x${'ab'.repeat(32)}`

/** The parameters that a call is written with. */
async function written(tx: CallRequest, options?: CallOptions): Promise<readonly unknown[]> {
  let seen: readonly unknown[] = []
  const requester = fakeRequester((_, params) => {
    seen = params
    return '0x'
  })
  await call(requester, tx, options)
  return seen
}

describe('a call is written', () => {
  test('with quantities in hexadecimal, and without what is undefined', async () => {
    const tx = { to: TO, data: '0x1234', value: 2n ** 100n, gas: 21_000, nonce: 0, from: undefined }

    expect(await written(tx as object)).toEqual([
      { to: TO, data: '0x1234', value: `0x1${'0'.repeat(25)}`, gas: '0x5208', nonce: '0x0' },
      'latest',
    ])
  })

  test.each<[CallOptions['block'], unknown]>([
    [undefined, 'latest'],
    [0, '0x0'],
    [255n, '0xff'],
    ['0x00ff', '0xff'],
    ['pending', 'pending'],
    ['safe', 'safe'],
    ['finalized', 'finalized'],
    ['earliest', 'earliest'],
    [HASH, { blockHash: HASH }],
  ])('at block %s', async (block, expected) => {
    const options = block === undefined ? {} : { block }

    expect((await written({ to: TO }, options))[1]).toEqual(expected)
  })

  test('with overrides, as the node knows them', async () => {
    const overrides = { [TO]: { balance: '0x1', stateDiff: { [HASH]: HASH } } }

    expect(await written({ to: TO }, { overrides })).toEqual([{ to: TO }, 'latest', overrides])
  })

  test('without a recipient, as for a constructor', async () => {
    expect(await written({ data: '0x6000' })).toEqual([{ data: '0x6000' }, 'latest'])
  })
})

describe('refused at once, with its path', () => {
  test.each<[string, unknown, unknown, string]>([
    ['no transaction', 'x', undefined, 'tx:'],
    ['no address', { to: '0x12' }, undefined, 'tx.to:'],
    ['a bad checksum', { from: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD' }, undefined, 'tx.from:'],
    ['half a byte', { to: TO, data: '0x123' }, undefined, 'tx.data:'],
    ['a value below zero', { to: TO, value: -1n }, undefined, 'tx.value:'],
    ['a fraction', { to: TO, gas: 1.5 }, undefined, 'tx.gas:'],
    ['a number that is not exact', { to: TO, value: 1e18 }, undefined, 'tx.value:'],
    ['a block of the future’s names', { to: TO }, { block: 'newest' }, 'options.block:'],
    ['a fraction of a block', { to: TO }, { block: 1.5 }, 'options.block:'],
    ['an unknown option', { to: TO }, { blockTag: 'latest' }, 'options.blockTag:'],
    ['a signal that is none', { to: TO }, { signal: 'stop' }, 'options.signal:'],
  ])('%s', async (_, tx, options, path) => {
    const error = await written(tx as CallRequest, options as CallOptions).catch(error => error)

    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toContain(path)
  })
})
