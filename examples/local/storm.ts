/**
 * The stage of the comparisons: a real node, a real token, transfers without pause, and a line that falls. Whoever
 * follows the transfers over it is counted.
 */

import { type Anvil, startAnvil } from './anvil.ts'
import { type CuttingProxy, startProxy } from './cutting-proxy.ts'
import { isComplete, Receipts, type Score } from './receipts.ts'
import { deployToken, type Token } from './token.ts'

/** Who follows the transfers of the token, and reads. */
export interface Contestant {
  readonly name: string
  /** Begins; `told` is to be called with the amount of each transfer. */
  follow(told: (amount: bigint) => void): unknown
  /** A read that is under way when the line falls. */
  read(): Promise<unknown>
}

/** How a contestant has fared. */
export interface Outcome extends Score {
  /** What became of the read at each cut. */
  readonly reads: readonly Read[]
}

/** Whether nothing was lost, came twice or out of order, and every read was answered. */
export function isPerfect({ reads, ...score }: Outcome): boolean {
  return isComplete(score) && reads.every(read => read === 'answered')
}

type Read = 'no answer' | 'answered' | 'rejected'

type Cut = 'reset' | 'clean close' | 'down for 1 s'

interface Entry {
  readonly contestant: Contestant
  readonly receipts: Receipts
  readonly reads: Read[]
}

/** Milliseconds. */
const BLOCK_TIME = 50
const TRANSFERS_PER_BLOCK = 5
const UNDISTURBED = 1_000
/** How long to look on after a cut. viem dials again after two seconds. */
const CALM = 3_000
/** From a request to the cut: by then it has been written. */
const UNDER_WAY = 50
const DOWN_FOR = 1_000
/** For what was sent last. */
const PATIENCE = 5_000

const sleep = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds))
const say = (line: string) => process.stdout.write(`${line}\n`)

export class Storm {
  readonly token: Token
  readonly #anvil: Anvil
  readonly #proxy: CuttingProxy
  readonly #over = new AbortController()
  #entries: readonly Entry[] = []
  #sent = 0
  #sending: Promise<void> = Promise.resolve()

  private constructor(anvil: Anvil, token: Token, proxy: CuttingProxy) {
    this.#anvil = anvil
    this.token = token
    this.#proxy = proxy
  }

  static async start(): Promise<Storm> {
    const anvil = await startAnvil(['--no-mining'])
    return new Storm(anvil, await deployToken(anvil), await startProxy(anvil.port))
  }

  /** The line that falls. */
  get url(): string {
    return `ws://127.0.0.1:${this.#proxy.port}`
  }

  /** Everything counts once everybody has been told of something. Resolves a second later. */
  async begin(contestants: readonly Contestant[]): Promise<void> {
    this.#entries = contestants.map(contestant => ({ contestant, receipts: new Receipts(), reads: [] }))
    const waiting = new Set(contestants)
    for (const { contestant, receipts } of this.#entries) {
      await contestant.follow(amount => {
        waiting.delete(contestant)
        if (amount > 0n) receipts.note(Number(amount))
      })
    }
    while (waiting.size > 0) {
      await this.#mine([0n])
      await sleep(BLOCK_TIME)
    }
    this.#sending = this.#send()
    await sleep(UNDISTURBED)
  }

  /** Cuts the line while everybody's read, and what is asked for `meanwhile`, are under way; then looks on for a while. */
  async cut<T>(how: Cut, meanwhile?: () => Promise<T>): Promise<T | undefined> {
    say(how)
    this.#proxy.silence()
    for (const { contestant, reads } of this.#entries) {
      const cut = reads.push('no answer') - 1
      contestant.read().then(
        () => (reads[cut] = 'answered'),
        () => (reads[cut] = 'rejected'),
      )
    }
    const [result] = await Promise.all([meanwhile?.(), this.#fall(how)])
    return result
  }

  /** Prints the table. @returns how each has fared, in their order */
  async end(): Promise<readonly Outcome[]> {
    this.#over.abort()
    await this.#sending
    const isDone = () => this.#entries.every(({ receipts }) => receipts.highest === this.#sent)
    const until = performance.now() + PATIENCE
    while (!isDone() && performance.now() < until) await sleep(BLOCK_TIME)
    const outcomes = this.#entries.map(({ receipts, reads }) => ({ ...receipts.score(1, this.#sent), reads }))
    say(`\n${row('', ['sent', 'delivered', 'lost', 'twice', 'out of order'])}      a read at each cut`)
    for (const [i, { sent, delivered, lost, twice, disordered, reads }] of outcomes.entries()) {
      const name = this.#entries[i]?.contestant.name ?? ''
      say(`${row(name, [sent, delivered, lost, twice, disordered])}      ${reads.join(', ')}`)
    }
    say('')
    return outcomes
  }

  async stop(): Promise<void> {
    await this.#proxy.close()
    await this.#anvil.stop()
  }

  async #fall(how: Cut): Promise<void> {
    await sleep(UNDER_WAY)
    if (how === 'reset') this.#proxy.reset()
    else if (how === 'clean close') this.#proxy.end()
    else {
      await this.#proxy.down()
      await sleep(DOWN_FOR)
      await this.#proxy.up()
    }
    await sleep(CALM)
  }

  async #send(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const pace = sleep(BLOCK_TIME)
      await this.#mine(Array.from({ length: TRANSFERS_PER_BLOCK }, () => BigInt(++this.#sent)))
      await pace
    }
  }

  async #mine(amounts: readonly bigint[]): Promise<void> {
    for (const amount of amounts) await this.token.transfer(this.token.accounts[1] ?? '0x', amount)
    await this.#anvil.rpc('evm_mine')
  }
}

function row(title: string, cells: readonly (string | number)[]): string {
  return `  ${title.padEnd(26)}${cells.map(cell => String(cell).padStart(14)).join('')}`
}
