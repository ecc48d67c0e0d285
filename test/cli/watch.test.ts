/** `holdfast watch` as it is run: the built program, against a real node, through a line that can be cut. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { type CuttingProxy, startProxy } from '../../examples/local/cutting-proxy.ts'
import { deployToken, type Token } from '../../examples/local/token.ts'
import { type Program, startHoldfast, startOnTerminal } from '../support/program.ts'
import { startRelay } from '../support/relay.ts'

const RECEIVER = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc'
const OTHER = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const UNIT = 10n ** 18n

let anvil: Anvil
let token: Token
let proxy: CuttingProxy
let folder: string
const programs: Program[] = []

beforeEach(async () => {
  anvil = await startAnvil(['--no-mining'])
  token = await deployToken(anvil)
  proxy = await startProxy(anvil.port)
  folder = mkdtempSync(join(tmpdir(), 'holdfast-watch-'))
})
afterEach(async () => {
  for (const { child, ended } of programs.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  await proxy.close()
  await anvil.stop()
  rmSync(folder, { recursive: true })
})

const url = () => `ws://127.0.0.1:${proxy.port}`
function watch(...args: string[]): Program {
  const program = startHoldfast(['watch', url(), '--token', token.address, ...args])
  programs.push(program)
  return program
}
/** Each in a block of its own. */
async function send(...amounts: bigint[]): Promise<void> {
  for (const amount of amounts) {
    await token.transfer(RECEIVER, amount)
    await anvil.rpc('evm_mine')
  }
}
const jsonLines = ({ out }: Program) =>
  out
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Record<string, unknown>)
const amountsIn = (program: Program) => jsonLines(program).map(({ amount }) => amount)
const has = (text: string) => (written: { out: string; note: string }) =>
  `${written.out}${written.note}`.includes(text)

describe('holdfast watch', () => {
  test('prints what there was and what comes, in the token’s units', async () => {
    await send(1_500_000_000_000_000_000n)
    const program = watch('--from-block', '2')

    await program.until(has('1.5 HOLD'))
    await send(1n)
    await program.until(has('0.000000000000000001 HOLD'))

    const [first = ''] = program.out.split('\n')
    expect(first).toMatch(/^\+ 2 {2}0xf39f\w{36} → 0x3c44\w{36} {2}1\.5 HOLD {2}0x\w{64}$/)
    expect(program.out).not.toContain('\x1b')
    expect(program.note).toContain(`open: ${url()}, chain 31337`)
  })

  test('asks a token once for its units', async () => {
    const relay = await startRelay(anvil)
    await send(...Array.from({ length: 20 }, (_, i) => BigInt(i + 1)))
    const program = startHoldfast(['watch', `ws://127.0.0.1:${relay.port}`, '--from-block', '1', '--json'])
    programs.push(program)

    await program.until(({ out }) => out.split('\n').length === 22)

    expect(jsonLines(program).every(({ symbol }) => symbol === 'HOLD')).toBe(true)
    expect(relay.requests.filter(({ method }) => method === 'eth_call')).toHaveLength(2)
    await relay.close()
  })

  test('shows the raw value where the token does not say its decimals', async () => {
    await send(7n)
    await anvil.rpc('anvil_setCode', [token.address, '0x'])
    const text = watch('--from-block', '2')
    const json = watch('--from-block', '2', '--json')

    await text.until(({ out }) => out.includes('\n'))
    await json.until(({ out }) => out.includes('\n'))

    expect(text.out).toContain(`  7 units of ${token.address.toLowerCase()}  0x`)
    expect(jsonLines(json)).toMatchObject([{ amount: null, symbol: null, value: '7' }])
  })

  test('lets no token’s name write on the terminal', async () => {
    const evil = await deployToken(anvil, 'Evil', '\x1b[2J\u202eUSDC\nfree money at evil.example')
    const program = watch('--token', evil.address, '--from-block', '2')

    await program.until(({ out }) => out.includes('\n'))

    expect(program.out).toContain('1000000000 [2J USDC free money  0x')
    expect(program.out.split('\n')).toHaveLength(2)
  })

  test('goes on after a cut, says so, and says what was filled', async () => {
    const program = watch('--from-block', '2', '--json')
    await send(1n * UNIT)
    await program.until(({ out }) => out.includes('"amount":"1"'))

    await proxy.down()
    await send(2n * UNIT, 3n * UNIT)
    await program.until(has('lost: '))
    await proxy.up()
    await program.until(has('filled: blocks 3 to 4, 2 transfers'))

    expect(amountsIn(program)).toEqual(['1', '2', '3'])
    expect(program.note).toMatch(/back after \d+\.\d s: /)
  })

  test('takes back what a reorg undoes', async () => {
    const program = watch('--from-block', '2', '--json')
    await send(1n * UNIT, 2n * UNIT)
    await program.until(({ out }) => out.includes('"amount":"2"'))

    await anvil.rpc('anvil_reorg', [1, []])
    await send(9n * UNIT)
    await program.until(({ out }) => out.includes('"amount":"9"'))

    const lines = jsonLines(program)
    expect(lines.slice(2, 4)).toMatchObject([
      { amount: '2', removed: true },
      { rollback: { blockNumber: 2 } },
    ])
    const left = lines.slice(4).map(({ amount, removed }) => [amount, removed])
    expect(left.at(-1)).toEqual(['9', false])
    expect(program.note).toContain('reorg: the blocks above 2 have left the chain, 1 transfer taken back')
  })

  test.each([
    ['--account', OTHER],
    ['--to', OTHER],
  ])('%s leaves out what is not asked for', async (flag, address) => {
    const program = watch('--from-block', '2', '--json', flag, address)
    await token.transfer(RECEIVER, 1n * UNIT)
    await token.transfer(OTHER, 2n * UNIT)
    await anvil.rpc('evm_mine')

    await program.until(({ out }) => out.includes('\n'))

    expect(amountsIn(program)).toEqual(['2'])
  })

  test('--confirmations waits until blocks are that deep', async () => {
    const program = watch('--from-block', '2', '--json', '--confirmations', '3')
    await send(1n * UNIT, 2n * UNIT, 3n * UNIT)

    await program.until(({ out }) => out.includes('"amount":"1"'))
    program.child.kill('SIGINT')
    await program.ended

    expect(amountsIn(program)).toEqual(['1'])
  })
})

describe('Ctrl-C', () => {
  test('leaves the cursor in the file, and the same command goes on there', async () => {
    const file = join(folder, 'cursor')
    const args = ['--from-block', '2', '--json', '--resume', file]
    const first = watch(...args)
    await send(1n * UNIT, 2n * UNIT)
    await first.until(({ out }) => out.includes('"amount":"2"'))

    first.child.kill('SIGINT')
    expect(await first.ended).toEqual({ code: 130, signal: null })
    await send(3n * UNIT)
    const second = watch(...args)
    await second.until(({ out }) => out.includes('"amount":"3"'))

    expect(first.note).toContain(
      `Stopped after block 3, 2 transfers. The same command goes on there (${file}).`,
    )
    expect(amountsIn(second)).toEqual(['3'])
    expect(readFileSync(file, 'utf8')).toMatch(/^1\..+\n$/)
  })

  test('without a file shows the cursor', async () => {
    const first = watch('--from-block', '2', '--json')
    await send(1n * UNIT)
    await first.until(({ out }) => out.includes('\n'))
    first.child.kill('SIGTERM')
    expect((await first.ended).code).toBe(143)
    const cursor = /--resume: (\S+)/.exec(first.note)?.[1] ?? ''

    const file = join(folder, 'cursor')
    writeFileSync(file, cursor)
    await send(2n * UNIT)
    const second = watch('--json', '--resume', file)
    await second.until(({ out }) => out.includes('\n'))

    expect(amountsIn(second)).toEqual(['2'])
  })

  test('ends at once while the line is down', async () => {
    await proxy.down()
    const program = watch()
    await program.until(has('not open yet: ConnectionRefusedError'))

    program.child.kill('SIGINT')

    expect(await program.ended).toEqual({ code: 130, signal: null })
    expect(program.note).toContain('Stopped before the first block.')
  })
})

test('a kill −9 repeats the last page at most, and leaves nothing out', async () => {
  const args = ['--from-block', '2', '--json', '--resume', join(folder, 'cursor')]
  const first = watch(...args)
  for (const amount of [1n, 2n, 3n]) {
    await send(amount * UNIT)
    await first.until(({ out }) => out.includes(`"amount":"${amount}"`))
  }
  first.child.kill('SIGKILL')
  await first.ended

  await send(4n * UNIT)
  const second = watch(...args)
  await second.until(({ out }) => out.includes('"amount":"4"'))

  expect([['4'], ['3', '4']]).toContainEqual(amountsIn(second))
})

test('a rollback is told to whoever reads after a restart, too', async () => {
  const args = ['--from-block', '2', '--json', '--resume', join(folder, 'cursor')]
  const first = watch(...args)
  await send(1n * UNIT, 2n * UNIT, 3n * UNIT)
  await first.until(({ out }) => out.includes('"amount":"3"'))
  first.child.kill('SIGINT')
  await first.ended

  await anvil.rpc('anvil_reorg', [2, []])
  await send(9n * UNIT)
  const second = watch(...args)
  await second.until(({ out }) => out.includes('"amount":"9"'))

  expect(jsonLines(second)[0]).toMatchObject({ rollback: { blockNumber: 2 } })
})

describe('what cannot go well is said at once', () => {
  const damage = async (file: string) => {
    writeFileSync(file, 'my notes\n')
    return []
  }
  const refuse = async () => {
    await proxy.down()
    return ['--attempts', '1']
  }
  test.each([
    ['a file of another filter', 1, async () => ['--account', OTHER]],
    ['a damaged file', 1, damage],
    ['a folder that is not there', 1, async () => ['--resume', join(folder, 'none', 'cursor')]],
    ['an address that is none', 2, async () => ['--token', '0x12']],
    ['a depth that is none', 2, async () => ['--confirmations', 'deep']],
    ['a block that is none', 2, async () => ['--from-block', 'first']],
    ['a refused line, after --attempts', 3, refuse],
  ])('%s (exit code %d)', async (_, code, prepare) => {
    const file = join(folder, 'cursor')
    const first = watch('--from-block', '1', '--json', '--resume', file)
    await first.until(({ out }) => out.includes('\n'))
    first.child.kill('SIGINT')
    await first.ended
    const more = await prepare(file)
    const before = readFileSync(file, 'utf8')

    const program = watch('--resume', file, ...more)

    expect((await program.ended).code).toBe(code)
    expect(program.note).not.toMatch(/\n {4}at /)
    expect(program.note).toMatch(/^holdfast watch: |Error: /m)
    expect(program.out).toBe('')
    expect(readFileSync(file, 'utf8')).toBe(before)
  })
})

describe.runIf(process.platform === 'linux')('on a terminal', () => {
  test('the state of the line stands below the transfers, in colour', async () => {
    const program = startOnTerminal(['watch', url(), '--token', token.address, '--from-block', '2'])
    programs.push(program)
    await send(5n * UNIT)

    await program.until(has('5 HOLD'))
    await program.until(({ out }) => out.includes('● open\x1b[39m  block 2 of 2  1 transfer'))
    proxy.reset()
    await program.until(({ out }) => out.includes('back\x1b[39m after'))

    expect(program.out).toContain('\x1b[32m+\x1b[39m 2  0xf39fd6…2266 → 0x3c44cd…93bc  5 HOLD')
    program.child.kill('SIGTERM')
  })

  test('NO_COLOR takes the colours away', async () => {
    const program = startOnTerminal(['watch', url(), '--token', token.address, '--from-block', '2'], {
      NO_COLOR: '1',
    })
    programs.push(program)
    await send(5n * UNIT)

    await program.until(({ out }) => out.includes('● open  block 2 of 2  1 transfer'))

    expect(program.out.split('\x1b').filter(part => /^\[\d+m/.test(part))).toEqual([])
  })
})

test('a reader that stops reading ends it quietly', async () => {
  const program = startHoldfast(['watch', url(), '--from-block', '1', '--json'], {
    shell: '"$@" | head -n 1',
  })
  programs.push(program)

  await send(1n * UNIT, 2n * UNIT)
  await program.until(({ out }) => out.includes('\n'))
  await send(3n * UNIT, 4n * UNIT)

  expect((await program.ended).code).toBe(0)
  expect(program.note).not.toMatch(/EPIPE|\n {4}at /)
})
