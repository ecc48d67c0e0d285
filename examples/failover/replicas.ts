/** One chain on several real nodes: each gets the same transactions in the same blocks, at the same times. */

import { type Anvil, startAnvil } from '../local/anvil.ts'
import { deployToken, type Token } from '../local/token.ts'

const GENESIS = 1_700_000_000
/** A quick chain, as layer 2 has them: the sooner the next block is due, the sooner a node is seen to lag. */
const BLOCKS_PER_SECOND = 10

/** In seconds; the same on every node, whenever it is given the block. */
const timestampOf = (block: number) => GENESIS + Math.floor(block / BLOCKS_PER_SECOND)

interface Replica {
  readonly anvil: Anvil
  readonly token: Token
  /** Blocks that it was given. */
  height: number
  life: 'following' | 'lagging' | 'dead'
}

export class Replicas {
  readonly #replicas: readonly Replica[]
  /** The amounts of the transfers of each block after the token's own. */
  readonly #blocks: bigint[][] = []

  private constructor(replicas: readonly Replica[]) {
    this.#replicas = replicas
  }

  static async start(count: number): Promise<Replicas> {
    const replicas = Array.from({ length: count }, async (): Promise<Replica> => {
      const anvil = await startAnvil(['--no-mining', '--timestamp', String(GENESIS)])
      await anvil.rpc('evm_setNextBlockTimestamp', [timestampOf(1)])
      return { anvil, token: await deployToken(anvil), height: 0, life: 'following' }
    })
    return new Replicas(await Promise.all(replicas))
  }

  get urls(): readonly string[] {
    return this.#replicas.map(({ anvil }) => anvil.wsUrl)
  }

  /** The same on every node. */
  get token(): Token['address'] {
    return this.#replicas[0]?.token.address ?? '0x'
  }

  /** A block with these transfers, on all nodes that follow. */
  async mine(amounts: readonly bigint[]): Promise<void> {
    this.#blocks.push([...amounts])
    await Promise.all(this.#replicas.map(replica => this.#catchUp(replica)))
  }

  /** A power cut. */
  async kill(url: string): Promise<void> {
    const replica = this.#at(url)
    replica.life = 'dead'
    await replica.anvil.stop()
  }

  /** It answers, but has stopped following the chain. */
  lag(url: string): void {
    this.#at(url).life = 'lagging'
  }

  /** It follows again. */
  async recover(url: string): Promise<void> {
    const replica = this.#at(url)
    replica.life = 'following'
    await this.#catchUp(replica)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#replicas.map(({ anvil }) => anvil.stop()))
  }

  async #catchUp(replica: Replica): Promise<void> {
    const { anvil, token, life } = replica
    if (life !== 'following') return
    for (const amounts of this.#blocks.slice(replica.height)) {
      for (const amount of amounts) await token.transfer(token.accounts[1] ?? '0x', amount)
      // The token's own block was the first.
      await anvil.rpc('evm_mine', [timestampOf(replica.height + 2)])
      replica.height++
    }
  }

  #at(url: string): Replica {
    const replica = this.#replicas.find(({ anvil }) => anvil.wsUrl === url)
    if (replica === undefined) throw new Error(`there is no node at ${url}`)
    return replica
  }
}
