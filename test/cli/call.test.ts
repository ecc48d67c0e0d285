/** `holdfast call` as it is run: the built program, against a real token on a real node. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { deployToken, type Token } from '../../examples/local/token.ts'
import { startHoldfast } from '../support/program.ts'

const RECEIVER = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
let anvil: Anvil
let token: Token

beforeAll(async () => {
  anvil = await startAnvil()
  token = await deployToken(anvil)
  await token.transfer(RECEIVER, 2_500_000_000_000_000_000n)
})
afterAll(() => anvil.stop())

async function call(...args: string[]): Promise<{ code: number | null; out: string; note: string }> {
  const program = startHoldfast(['call', anvil.wsUrl, ...args])
  const { code } = await program.ended
  return { code, out: program.out, note: program.note }
}

describe('holdfast call', () => {
  test.each([
    ['name', [], 'Holdfast Demo'],
    ['symbol', [], 'HOLD'],
    ['decimals', [], '18'],
    ['totalSupply', [], '1000000000 HOLD'],
    ['balanceOf', [RECEIVER], '2.5 HOLD'],
    ['allowance', [RECEIVER, RECEIVER], '0 HOLD'],
  ])('reads %s', async (name, operands, expected) => {
    expect(await call(token.address, name, ...operands)).toEqual({ code: 0, out: `${expected}\n`, note: '' })
  })

  test('--json has the value in the smallest unit, too', async () => {
    const { out } = await call(token.address, 'balanceOf', RECEIVER, '--json')

    expect(JSON.parse(out)).toEqual({
      value: '2500000000000000000',
      amount: '2.5',
      symbol: 'HOLD',
      decimals: 18,
    })
  })

  test('--block reads the past', async () => {
    expect((await call(token.address, 'balanceOf', RECEIVER, '--block', '1')).out).toBe('0 HOLD\n')
  })

  test('--data is sent as it is, and what comes back is printed as it is', async () => {
    const { out } = await call(token.address, '--data', '0x313ce567')

    expect(out).toBe(`0x${'12'.padStart(64, '0')}\n`)
  })
})

describe('says what is wrong:', () => {
  test('a revert, with its reason', async () => {
    const to = RECEIVER.slice(2).toLowerCase().padStart(64, '0')
    const { code, note } = await call(token.address, '--data', `0xa9059cbb${to}${'1'.padStart(64, '0')}`)

    expect(note).toContain('ERC20: transfer from the zero address')
    expect(code).toBe(1)
  })

  test('no contract', async () => {
    const { code, note } = await call(RECEIVER, 'symbol')

    expect(note).toContain('NoContractError')
    expect(code).toBe(1)
  })

  test('nobody listens', async () => {
    const program = startHoldfast(['call', 'ws://127.0.0.1:1', token.address, 'symbol'])

    expect((await program.ended).code).toBe(3)
    expect(program.note).toContain('Gave up after attempt 3')
  })

  test.each([
    ['no address', []],
    ['no function', ['0x5fbdb2315678afecb367f032d93f642f64180aa3']],
    ['an unknown function', ['0x5fbdb2315678afecb367f032d93f642f64180aa3', 'mint']],
    ['an operand too few', ['0x5fbdb2315678afecb367f032d93f642f64180aa3', 'balanceOf']],
    ['an operand too many', ['0x5fbdb2315678afecb367f032d93f642f64180aa3', 'symbol', RECEIVER]],
    ['an address that is none', ['USDC', 'symbol']],
    ['a bad checksum', [RECEIVER.replace('3C', '3c'), 'symbol']],
    ['data that is none', [RECEIVER, '--data', 'hello']],
    ['a block that is none', [RECEIVER, 'symbol', '--block', 'first']],
  ])('%s (exit code 2)', async (_, args) => {
    const { code, out, note } = await call(...args)

    expect(note).not.toMatch(/\n {4}at /)
    expect([code, out]).toEqual([2, ''])
  })
})
