/** `holdfast transfers` as it is run: the built program, against a real node, killed and cut at the worst moments. */

import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { startProxy } from '../../examples/local/cutting-proxy.ts'
import { deployToken, type Token } from '../../examples/local/token.ts'
import { type Program, type ProgramOptions, startHoldfast, startOnTerminal } from '../support/program.ts'
import { startRelay } from '../support/relay.ts'

const RECEIVER = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc'
const BLOCKS = 400

let anvil: Anvil
let token: Token
let folder: string
let file: string
const programs: Program[] = []

beforeAll(async () => {
  anvil = await startAnvil(['--no-mining'])
  token = await deployToken(anvil)
  for (let sent = 0; sent < BLOCKS; sent++) {
    await token.transfer(RECEIVER, BigInt(sent + 1) * 10n ** 17n)
    if (sent % 3 === 0) await token.transfer(RECEIVER, 1n)
    await anvil.rpc('evm_mine')
  }
}, 60_000)
afterAll(() => anvil.stop())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-transfers-'))
  file = join(folder, 'history.csv')
})
afterEach(async () => {
  for (const { child, ended } of programs.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  rmSync(folder, { recursive: true })
})

interface Where extends ProgramOptions {
  readonly url?: string
  readonly out?: string
}
function transfers(
  args: readonly string[] = [],
  { url = anvil.wsUrl, out = file, ...rest }: Where = {},
): Program {
  const program = startHoldfast(
    ['transfers', url, '--token', token.address, '--from-block', '2', '--out', out, ...args],
    rest,
  )
  programs.push(program)
  return program
}

/** `block hash, log index` of every transfer that the chain holds, in order. */
async function truth(to = 'latest'): Promise<readonly string[]> {
  const logs = await anvil.rpc<{ blockHash: string; logIndex: string; data: string }[]>('eth_getLogs', [
    { address: token.address, fromBlock: '0x2', toBlock: to },
  ])
  return logs.map(({ blockHash, logIndex, data }) => `${blockHash} ${Number(logIndex)} ${BigInt(data)}`)
}

function rowsIn(path: string): readonly string[] {
  const [header, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n')
  expect(header).toBe(
    'blockNumber,transactionIndex,logIndex,token,symbol,from,to,amount,value,transactionHash,blockHash',
  )
  return rows.map(row => {
    const fields = row.split(',')
    return `${fields[10]} ${fields[2]} ${fields[8]}`
  })
}

describe('holdfast transfers', () => {
  test('writes every transfer once, in order, in the token’s units', async () => {
    const program = transfers()

    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(rowsIn(file)).toEqual(await truth())
    expect(readFileSync(file, 'utf8')).toContain(
      `,HOLD,${token.owner.toLowerCase()},${RECEIVER},40,40000000000000000000,`,
    )
    expect(program.note).toMatch(/history\.csv: 534 transfers of blocks 2 to 401\n$/)
  })

  test('writes one document per line where the name ends in .jsonl', async () => {
    const out = join(folder, 'history.jsonl')

    await transfers(['--to-block', '3'], { out }).ended

    const rows = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map(row => JSON.parse(row) as object)
    expect(rows).toHaveLength(3)
    expect(rows[2]).toMatchObject({
      blockNumber: 3,
      amount: '0.2',
      value: '200000000000000000',
      symbol: 'HOLD',
    })
  })

  test('run again adds what has come since, and nothing twice', async () => {
    await transfers(['--to-block', '50']).ended
    const again = transfers(['--to-block', '50'])
    await again.ended
    const once = readFileSync(file, 'utf8')

    await transfers().ended

    expect(again.note).toContain('goes on after block 50')
    expect(readFileSync(file, 'utf8').startsWith(once)).toBe(true)
    expect(rowsIn(file)).toEqual(await truth())
  })

  test('--confirmations ends at the block that is that deep now', async () => {
    await transfers(['--confirmations', '100']).ended

    expect(rowsIn(file)).toEqual(await truth('0x12e'))
  })

  test('goes on when whoever reads its notes does not', async () => {
    const program = transfers([], { shell: '"$@" 2> >(exec true)' })

    expect((await program.ended).code).toBe(0)
    expect(rowsIn(file)).toEqual(await truth())
  })

  test('an empty range is no mistake', async () => {
    const program = transfers(['--to-block', '1'])

    expect((await program.ended).code).toBe(0)
    expect(rowsIn(file)).toEqual([])
    expect(program.note).toContain('nothing yet')
  })
})

describe('no row is missing and none is there twice', () => {
  /** A node that gives few blocks at a time, so that a history has many pages. */
  function narrow(asked: () => void) {
    return startRelay(anvil, (method, [filter]) => {
      if (method !== 'eth_getLogs') return undefined
      asked()
      const { fromBlock = '0x0', toBlock = '0x0' } = filter as { fromBlock?: string; toBlock?: string }
      if (Number(toBlock) - Number(fromBlock) >= 8) throw new Error('block range too large, at most 8 blocks')
      return undefined
    })
  }

  test('when it is killed again and again', async () => {
    let left = 0
    let program: Program | undefined
    const relay = await narrow(() => {
      if (--left === 0) program?.child.kill('SIGKILL')
    })
    const url = `ws://127.0.0.1:${relay.port}`

    for (const requests of [1, 3, 9, 20, 30, 40, 45, 50, 55, 60]) {
      left = requests
      program = transfers([], { url })
      await program.ended
    }
    left = Infinity
    program = transfers([], { url })

    expect((await program.ended).code).toBe(0)
    expect(rowsIn(file)).toEqual(await truth())
    await relay.close()
  })

  test('when it is stopped by Ctrl-C: then the file is whole meanwhile, too', async () => {
    let left = 20
    let program: Program | undefined
    const relay = await narrow(() => {
      if (--left === 0) program?.child.kill('SIGINT')
    })
    const url = `ws://127.0.0.1:${relay.port}`

    program = transfers([], { url })
    const first = await program.ended
    const rows = rowsIn(file)
    const second = transfers([], { url })
    await second.ended

    expect(first).toEqual({ code: 130, signal: null })
    expect(program.note).toContain('The same command goes on there.')
    expect(rows.length).toBeGreaterThan(0)
    expect(rows).toEqual((await truth()).slice(0, rows.length))
    expect(rowsIn(file)).toEqual(await truth())
    await relay.close()
  })

  test('when a kill has torn the last row', async () => {
    await transfers(['--to-block', '50']).ended
    appendFileSync(file, '51,0,0,0x')

    await transfers().ended

    expect(rowsIn(file)).toEqual(await truth())
  })

  test('when the line is cut meanwhile', async () => {
    const relay = await narrow(() => {
      if ([10, 30, 50].includes(++asked)) proxy.reset()
    })
    const proxy = await startProxy(relay.port)
    let asked = 0

    const program = transfers([], { url: `ws://127.0.0.1:${proxy.port}` })

    expect((await program.ended).code).toBe(0)
    expect(rowsIn(file)).toEqual(await truth())
    expect(program.note).toMatch(/lost: .*\n.*back after/)
    await proxy.close()
    await relay.close()
  })

  test('when the chain was reorganised between two runs', async () => {
    const own = anvil
    await transfers().ended
    await own.rpc('anvil_reorg', [5, []])
    await token.transfer(RECEIVER, 7n)
    await own.rpc('evm_mine')
    const gone = rowsIn(file)

    await transfers().ended

    const rows = rowsIn(file)
    expect(rows).toEqual(await truth())
    expect(rows).not.toEqual(expect.arrayContaining(gone.slice(-1)))
  })

  test.runIf(process.platform === 'linux')('when the disk is full; and it says so', async () => {
    // As a full disk: a file may have 16 kB, and whatever would make it larger fails.
    const relay = await narrow(() => undefined)
    const full = transfers([], {
      url: `ws://127.0.0.1:${relay.port}`,
      shell: 'trap "" XFSZ; ulimit -f 16; exec "$@"',
    })
    const { code } = await full.ended
    const rows = rowsIn(file)
    await transfers().ended
    await relay.close()

    expect(code).toBe(1)
    expect(full.note).toContain('history.csv cannot be written: it may not grow any larger (EFBIG).')
    expect(rows.length).toBeGreaterThan(0)
    expect(rows).toEqual((await truth()).slice(0, rows.length))
    expect(rowsIn(file)).toEqual(await truth())
  })
})

describe('refuses', () => {
  test('a file of another filter, and leaves it as it is', async () => {
    await transfers(['--to-block', '9']).ended
    const before = readFileSync(file, 'utf8')

    const program = transfers(['--to', RECEIVER])

    expect((await program.ended).code).toBe(1)
    expect(program.note).toContain('it is of another filter. Name another --out.')
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  test('a file that begins at another block', async () => {
    await transfers(['--to-block', '9']).ended

    const program = transfers(['--from-block', '5'])

    expect((await program.ended).code).toBe(1)
    expect(program.note).toContain('begins at block 2, not 5')
  })

  test('a file of somebody else’s', async () => {
    writeFileSync(file, 'my,own,data\n')

    const program = transfers()

    expect((await program.ended).code).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe('my,own,data\n')
    expect(existsSync(`${file}.cursor`)).toBe(false)
  })

  test('a file from which something was taken', async () => {
    await transfers(['--to-block', '9']).ended
    truncateSync(file, 100)

    const program = transfers()

    expect((await program.ended).code).toBe(1)
    expect(program.note).toContain('shorter than what was stored')
  })

  test.each([
    ['no --from-block', ['--out', 'x.csv']],
    ['no --out', ['--from-block', '1']],
    ['another ending', ['--from-block', '1', '--out', 'x.parquet']],
    ['an address that is none', ['--from-block', '1', '--out', 'x.csv', '--token', 'USDC']],
  ])('%s, without beginning a file', async (_, args) => {
    const program = startHoldfast([
      'transfers',
      anvil.wsUrl,
      ...args.map(each => each.replace('x.', `${folder}/x.`)),
    ])

    expect((await program.ended).code).toBe(2)
    expect(existsSync(join(folder, 'x.csv'))).toBe(false)
  })
})

test.runIf(process.platform === 'linux')(
  'a terminal shows how far it is, how fast, and for how long',
  async () => {
    const relay = await startRelay(anvil, (method, [filter]) => {
      const { fromBlock, toBlock } = Object(filter) as { fromBlock?: string; toBlock?: string }
      if (method === 'eth_getLogs' && Number(toBlock) - Number(fromBlock) >= 2)
        throw new Error('block range too large')
      return undefined
    })
    const program = startOnTerminal([
      'transfers',
      `ws://127.0.0.1:${relay.port}`,
      '--token',
      token.address,
      '--from-block',
      '2',
      '--out',
      file,
    ])
    programs.push(program)

    await program.until(({ out }) =>
      /█+░+ \d+ % {2}block \d+ of 4\d\d {2}[\d,]+ transfers {2}[\d,]+\/s {2}ETA 0:\d\d/.test(out),
    )
    await program.ended

    expect(rowsIn(file)).toEqual(await truth())
    await relay.close()
  },
)
