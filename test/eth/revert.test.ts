/** Reverts in the spelling of every node that is known to have one of its own. */

import { encodeErrorResult, parseAbi } from 'viem'
import { describe, expect, test } from 'vitest'
import { revertIn } from '../../src/eth/revert.ts'
import type { RpcErrorObject } from '../../src/index.ts'

const abi = parseAbi([
  'error Error(string)',
  'error Panic(uint256)',
  'error Denied(address who, uint256 needed)',
])
const REASON = encodeErrorResult({ abi, errorName: 'Error', args: ['nope'] })
const PANIC = encodeErrorResult({ abi, errorName: 'Panic', args: [17n] })
const CUSTOM = encodeErrorResult({
  abi,
  errorName: 'Denied',
  args: ['0x000000000000000000000000000000000000dEaD', 7n],
})
const HASH = `0x${'ab'.repeat(32)}`

const read = (error: RpcErrorObject) =>
  revertIn(error, { rpcCode: error.code, data: error.data, method: 'eth_call' })

describe('Error(string)', () => {
  test.each<[string, RpcErrorObject]>([
    ['geth, erigon, reth, anvil', { code: 3, message: 'execution reverted: nope', data: REASON }],
    ['geth before 2020, Alchemy', { code: -32000, message: 'execution reverted: nope', data: REASON }],
    ['besu', { code: -32000, message: 'Execution reverted (nope)', data: REASON }],
    ['besu since 2024', { code: 3, message: 'Execution reverted: nope', data: REASON }],
    ['nethermind', { code: -32015, message: 'VM execution error.', data: `Reverted ${REASON}` }],
    ['nethermind since 2024', { code: -32015, message: 'revert', data: REASON }],
    ['Parity, OpenEthereum', { code: -32015, message: 'VM execution error.', data: `Reverted ${REASON}` }],
    [
      'hardhat',
      {
        code: -32603,
        message: "Error: VM Exception while processing transaction: reverted with reason string 'nope'",
        data: { message: 'the same again', txHash: HASH, data: REASON },
      },
    ],
    [
      'ganache, a call',
      { code: -32000, message: 'VM Exception while processing transaction: revert nope', data: REASON },
    ],
    [
      'ganache, an estimate',
      {
        code: -32000,
        message: 'VM Exception while processing transaction: revert nope',
        data: { hash: null, programCounter: 9, result: REASON, reason: 'nope', message: 'revert' },
      },
    ],
    [
      'ganache 6',
      {
        code: -32000,
        message: 'VM Exception while processing transaction: revert nope',
        data: { [HASH]: { error: 'revert', program_counter: 9, return: REASON, reason: 'nope' }, name: 'x' },
      },
    ],
    ['lotus', { code: 1, message: 'message execution failed: revert reason: Error(nope)', data: REASON }],
    [
      'Frontier',
      { code: -32603, message: 'VM Exception while processing transaction: revert nope', data: REASON },
    ],
    [
      'a wallet around a node',
      {
        code: -32603,
        message: 'Internal JSON-RPC error.',
        data: { code: 3, message: 'execution reverted: nope', data: REASON },
      },
    ],
    [
      'a proxy that puts JSON into a text',
      {
        code: -32000,
        message: 'upstream failed',
        data: JSON.stringify({ error: { message: 'execution reverted: nope', data: REASON } }),
      },
    ],
    ['somebody who only gives the data', { code: -32000, message: 'VM error', data: REASON }],
  ])('%s', (_, error) => {
    expect(read(error)).toMatchObject({
      name: 'ExecutionRevertedError',
      message: error.message,
      rpcCode: error.code,
      data: REASON,
      selector: '0x08c379a0',
      reason: 'nope',
      nodeData: error.data,
    })
  })

  test.each([
    ['geth', 'execution reverted: nope', 'nope'],
    ['besu', 'Execution reverted (nope)', 'nope'],
    ['ganache', 'VM Exception while processing transaction: revert nope', 'nope'],
    ['hardhat', "Error: VM Exception …: reverted with reason string 'it's: over'", "it's: over"],
    ['lotus', 'message execution failed (exit=[33], revert reason=[Error(nope)], vm error=[])', 'nope'],
    ['of several lines', 'execution reverted: one\ntwo', 'one\ntwo'],
  ])('without data the reason is in the text: %s', (_, message, reason) => {
    const revert = read({ code: 3, message })

    expect(revert).toMatchObject({ data: '0x', reason })
    expect(revert).not.toHaveProperty('selector')
    expect(revert).not.toHaveProperty('nodeData')
  })

  test('ganache gives the hash of a transaction where the data should be: that is none', () => {
    const data = { hash: HASH, programCounter: 9, result: HASH, reason: 'nope', message: 'revert' }

    const revert = read({
      code: -32000,
      message: 'VM Exception while processing transaction: revert nope',
      data,
    })

    expect(revert).toMatchObject({ data: '0x', reason: 'nope', nodeData: data })
    expect(revert).not.toHaveProperty('selector')
  })

  test.each([
    'execution reverted',
    'revert',
    'Error: Transaction reverted without a reason string',
    'VM Exception while processing transaction: revert',
    "reverted with custom error 'Denied()'",
    'execution reverted: custom error 0xdeadbeef',
    'reverted with panic code 0x11 (Arithmetic operation overflowed)',
  ])('and where the text has none there is none: %s', message => {
    const revert = read({ code: -32000, message, data: '0x' })

    expect(revert).toMatchObject({ data: '0x', message, nodeData: '0x' })
    expect(revert?.reason).toBeUndefined()
  })

  test('that is cut off keeps its data', () => {
    const data = REASON.slice(0, 74)

    const revert = read({ code: 3, message: 'execution reverted', data })

    expect(revert).toMatchObject({ data, selector: '0x08c379a0' })
    expect(revert?.reason).toBeUndefined()
  })
})

describe('Panic(uint256)', () => {
  test.each<[string, RpcErrorObject]>([
    ['geth', { code: 3, message: 'execution reverted: arithmetic underflow or overflow', data: PANIC }],
    ['besu', { code: -32000, message: 'Execution reverted', data: PANIC }],
    ['Parity', { code: -32015, message: 'VM execution error.', data: `Reverted ${PANIC}` }],
    [
      'hardhat',
      {
        code: -32603,
        message: 'reverted with panic code 0x11 (Arithmetic operation overflowed)',
        data: { data: PANIC },
      },
    ],
    ['hardhat, without data', { code: -32603, message: 'reverted with panic code 0x11 (Arithmetic …)' }],
    ['ganache', { code: -32000, message: 'VM Exception while processing transaction: revert', data: PANIC }],
  ])('%s', (_, error) => {
    const revert = read(error)

    expect(revert?.panic).toEqual({ code: 17, meaning: 'arithmetic overflow' })
    expect(revert?.reason).toBeUndefined()
  })

  test('of code 0 is one', () => {
    const data = encodeErrorResult({ abi, errorName: 'Panic', args: [0n] })

    expect(read({ code: 3, message: 'execution reverted', data })?.panic).toEqual({
      code: 0,
      meaning: 'compiler panic',
    })
  })

  test('of a code that Solidity does not know has no meaning', () => {
    const data = encodeErrorResult({ abi, errorName: 'Panic', args: [999n] })

    expect(read({ code: 3, message: 'execution reverted', data })?.panic).toEqual({
      code: 999,
      meaning: 'unknown',
    })
  })

  test('that is cut off has no code', () => {
    const revert = read({ code: 3, message: 'execution reverted', data: '0x4e487b71' })

    expect(revert).toMatchObject({ data: '0x4e487b71', selector: '0x4e487b71' })
    expect(revert?.panic).toBeUndefined()
  })
})

describe('an error of the contract’s own', () => {
  test.each<[string, RpcErrorObject]>([
    ['geth', { code: 3, message: 'execution reverted', data: CUSTOM }],
    ['anvil', { code: 3, message: `execution reverted: custom error ${CUSTOM.slice(0, 10)}`, data: CUSTOM }],
    ['besu', { code: -32000, message: 'Execution reverted', data: CUSTOM }],
    ['nethermind', { code: -32015, message: 'VM execution error.', data: `Reverted ${CUSTOM}` }],
    [
      'hardhat',
      {
        code: -32603,
        message: `reverted with an unrecognized custom error (return data: ${CUSTOM})`,
      },
    ],
    ['ganache', { code: -32000, message: 'VM Exception while processing transaction: revert', data: CUSTOM }],
  ])('%s', (_, error) => {
    const revert = read(error)

    expect(revert).toMatchObject({ data: CUSTOM, selector: CUSTOM.slice(0, 10) })
    expect(revert?.reason).toBeUndefined()
    expect(revert?.panic).toBeUndefined()
  })
})

describe('no revert', () => {
  test.each<[string, RpcErrorObject]>([
    ['another fault of the call', { code: -32000, message: 'insufficient funds for gas * price + value' }],
    ['an opcode that is none', { code: -32015, message: 'VM execution error.', data: 'Bad instruction fe' }],
    ['a method with the word in its name', { code: -32601, message: 'the method evm_revert does not exist' }],
    [
      'a method with the word in its name, in anvil’s words',
      { code: -32602, message: 'evm_revert: unknown' },
    ],
    ['out of gas', { code: -32000, message: 'out of gas' }],
    ['a hash in data', { code: -32000, message: 'header not found', data: HASH }],
    ['a rate limit', { code: -32005, message: 'too many requests', data: { backoff_seconds: 1 } }],
  ])('%s', (_, error) => {
    expect(read(error)).toBeUndefined()
  })
})
