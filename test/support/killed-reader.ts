/** Kills a process that stores transfers, again and again, while the chain goes on and forks; then lets it finish. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { deployToken, type Token } from '../../examples/local/token.ts'
import { pick, type Random, randomFrom } from './random.ts'

const READER = new URL('./sqlite-reader.ts', import.meta.url).pathname
const BLOCKS_BEFORE = 80
/** The longest, in milliseconds: a chain without pauses would leave its reader no time to come to its head. */
const BLOCK_TIME = 100

export interface Outcome {
  readonly stored: readonly string[]
  readonly truth: readonly string[]
  /** How many pages the processes had stored, and how many of these took something back. */
  readonly pages: number
  readonly rollbacks: number
}

/** @param seed draws what happens on the chain, and how long each process lives */
export async function killAgainAndAgain(times: number, seed: number): Promise<Outcome> {
  const random = randomFrom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-killed-'))
  const file = join(folder, 'transfers.sqlite')
  // It mines when it is told to. Left alone it falls behind a sender without pauses, and a reorg that meets its own mining
  // leaves holes in its chain: blocks below the head that it does not have any more.
  const anvil = await startAnvil(['--no-mining'])
  const readers: Reader[] = []
  try {
    const token = await deployToken(anvil)
    const chain = new ForkingChain(anvil, token, random)
    const start = () => {
      const reader = new Reader(anvil, token, file)
      readers.push(reader)
      return reader
    }
    for (let i = 0; i < BLOCKS_BEFORE; i++) await chain.mine()
    for (let i = 0; i < times; i++) await killOnce(start(), chain, random)
    const reader = start()
    // The highest block there has ever been: who has stored it has come to the end.
    await reader.until(await chain.mine())
    await reader.kill()
    const pages = readers.flatMap(({ stored }) => stored)
    const rollbacks = pages.filter(({ goes }) => goes === 'back')
    return {
      stored: rowsOf(file),
      truth: await truthOf(anvil, token),
      pages: pages.length,
      rollbacks: rollbacks.length,
    }
  } finally {
    for (const reader of readers) await reader.end()
    await anvil.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Some die before they are connected, most while they read, or store what they have read. */
async function killOnce(reader: Reader, chain: ForkingChain, random: Random): Promise<void> {
  const life = { goes: 'on' }
  const dies = (random() < 0.25 ? pause(random() * 1_000) : reader.stores(1 + Math.floor(random() * 20)))
    .then(() => pause(random() * 50))
    .finally(() => {
      life.goes = 'by'
    })
  const meanwhile = async () => {
    while (life.goes === 'on') {
      await chain.goOn()
      await pause(random() * BLOCK_TIME)
    }
  }
  await Promise.all([dies, meanwhile()])
  await reader.kill()
}

class ForkingChain {
  readonly #anvil: Anvil
  readonly #token: Token
  readonly #random: Random
  #value = 0n

  constructor(anvil: Anvil, token: Token, random: Random) {
    this.#anvil = anvil
    this.#token = token
    this.#random = random
  }

  goOn(): Promise<unknown> {
    return this.#random() < 0.25 ? this.#reorg() : this.mine()
  }

  /** Gives the number of the new block. */
  async mine(): Promise<number> {
    const { owner, accounts } = this.#token
    for (let n = pick(this.#random, [0, 1, 2, 5]); n > 0; n--) {
      await this.#token.transfer(accounts[1] ?? owner, ++this.#value)
    }
    await this.#anvil.rpc('evm_mine')
    return Number(await this.#anvil.rpc<string>('eth_blockNumber'))
  }

  #reorg(): Promise<unknown> {
    return this.#anvil.rpc('anvil_reorg', [pick(this.#random, [1, 1, 2, 3, 8, 40]), []])
  }
}

class Reader {
  readonly stored: { readonly goes: string; readonly block: number }[] = []
  readonly #process
  readonly #dies: Promise<readonly unknown[]>
  readonly #looks = new Set<() => void>()

  constructor({ wsUrl }: Anvil, { address }: Token, file: string) {
    this.#process = spawn(process.execPath, [READER, wsUrl, address, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#dies = once(this.#process, 'exit')
    createInterface({ input: this.#process.stdout }).on('line', line => {
      const [goes = '', block] = line.split(' ')
      this.stored.push({ goes, block: Number(block) })
      for (const look of this.#looks) look()
    })
  }

  /** Resolves when it has stored so many pages. */
  stores(pages: number): Promise<void> {
    return this.#when(() => this.stored.length >= pages)
  }

  until(number: number): Promise<void> {
    return this.#when(() => this.stored.at(-1)?.block === number)
  }

  /** @throws where it is dead already */
  async kill(): Promise<void> {
    const [code, signal] = await this.end()
    if (signal !== 'SIGKILL') throw new Error(`the reader ended by itself, with ${code}`)
  }

  end(): Promise<readonly unknown[]> {
    this.#process.kill('SIGKILL')
    return this.#dies
  }

  #when(isThere: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#looks.add(() => isThere() && resolve())
      this.#dies.then(([code]) => reject(new Error(`the reader ended with ${code}`)))
    })
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

function rowsOf(file: string): readonly string[] {
  const database = new DatabaseSync(file)
  const rows = database.prepare('SELECT hash, log, value FROM transfers ORDER BY block, tx, log').all()
  database.close()
  return rows.map(({ hash, log, value }) => `${hash} ${log} ${value}`)
}

async function truthOf(anvil: Anvil, token: Token): Promise<readonly string[]> {
  const logs = await anvil.rpc<{ blockHash: string; logIndex: string; data: string }[]>('eth_getLogs', [
    { fromBlock: '0x0', toBlock: 'latest', address: token.address },
  ])
  return logs.map(({ blockHash, logIndex, data }) => `${blockHash} ${Number(logIndex)} ${BigInt(data)}`)
}
