/** A deterministic chain: a tree of blocks with logs, one branch of which is canonical. No network, no clock. */

import { keccak_256 } from '@noble/hashes/sha3.js'

export interface SimLog {
  readonly address: string
  readonly topics: readonly string[]
  readonly data: string
  readonly blockNumber: string
  readonly blockHash: string
  readonly transactionHash: string
  readonly transactionIndex: string
  readonly logIndex: string
  readonly removed: boolean
}

export interface SimBlock {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  readonly timestamp: number
  readonly logs: readonly SimLog[]
  readonly logsBloom: string | undefined
}

/** What a block is to hold. */
export interface LogSeed {
  readonly address?: string
  readonly topics?: readonly string[]
  readonly data?: string
  /** A log of the same transaction as the one before it. */
  readonly sameTransaction?: boolean
  /** Re-mined transactions have the same hash in another block. */
  readonly transaction?: string
}

export const TOKEN = `0x${'70'.repeat(20)}`
export const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
const GENESIS_PARENT = `0x${'0'.repeat(64)}`

/** What the headers say of their logs; `wrong` is the bloom of the block before, `full` one that says yes to everything. */
export type BloomStyle = 'good' | 'zero' | 'wrong' | 'full' | 'none'
/** How logs are counted: over the block, or anew in each transaction (erigon on Polygon, vechain). */
export type LogIndexStyle = 'block' | 'transaction'

export class SimChain {
  /** The canonical branch; index = number. */
  readonly blocks: SimBlock[] = []
  bloomStyle: BloomStyle = 'good'
  logIndexStyle: LogIndexStyle = 'block'
  readonly #byHash = new Map<string, SimBlock>()
  #made = 0

  constructor() {
    this.extend()
  }

  get head(): SimBlock {
    return this.blocks.at(-1) as SimBlock
  }

  byHash(hash: string): SimBlock | undefined {
    return this.#byHash.get(hash)
  }

  isCanonical(block: SimBlock): boolean {
    return this.blocks[block.number] === block
  }

  /** Mines a block on the canonical head. */
  extend(logs: readonly LogSeed[] = []): SimBlock {
    const parent = this.blocks.at(-1)
    const number = this.blocks.length
    const hash = word(`block ${number} of ${this.#made++}`)
    const made = toLogs(logs, number, hash, this.logIndexStyle)
    const block: SimBlock = {
      number,
      hash,
      parentHash: parent?.hash ?? GENESIS_PARENT,
      timestamp: 1_600_000_000 + 12 * number,
      logs: made,
      logsBloom: this.#bloomFor(made, parent),
    }
    this.blocks.push(block)
    this.#byHash.set(hash, block)
    return block
  }

  #bloomFor(logs: readonly SimLog[], parent: SimBlock | undefined): string | undefined {
    if (this.bloomStyle === 'none') return undefined
    if (this.bloomStyle === 'zero') return `0x${'0'.repeat(512)}`
    if (this.bloomStyle === 'full') return `0x${'f'.repeat(512)}`
    return bloomOf(this.bloomStyle === 'wrong' ? (parent?.logs ?? []) : logs)
  }

  /** From the first block up to this one, whether it is still canonical or not. */
  branchOf(tip: SimBlock): readonly SimBlock[] {
    const branch: SimBlock[] = []
    for (let block: SimBlock | undefined = tip; block; block = this.#byHash.get(block.parentHash)) {
      if (this.isCanonical(block)) return [...this.blocks.slice(0, block.number + 1), ...branch.reverse()]
      branch.push(block)
    }
    return branch.reverse()
  }

  /** The block whose hash begins so. */
  byHashPrefix(prefix: string): SimBlock | undefined {
    for (const [hash, block] of this.#byHash) if (hash.slice(2).startsWith(prefix)) return block
    return undefined
  }

  /** Forgets the newest blocks of the branch; the node goes on from below. */
  rollback(depth: number): readonly SimBlock[] {
    return this.blocks.splice(Math.max(1, this.blocks.length - depth))
  }

  /** Replaces the newest `depth` blocks by as many new ones (and `more`). */
  reorg(depth: number, logsOf: (number: number) => readonly LogSeed[] = () => [], more = 0): void {
    const gone = this.rollback(depth)
    for (let i = 0; i < gone.length + more; i++) this.extend(logsOf(this.blocks.length))
  }

  /** Makes another branch canonical again: all blocks down to the fork are swapped. */
  adopt(tip: SimBlock): void {
    const branch: SimBlock[] = []
    for (
      let block: SimBlock | undefined = tip;
      block && !this.isCanonical(block);
      block = this.#byHash.get(block.parentHash)
    ) {
      branch.unshift(block)
    }
    this.blocks.splice(branch[0]?.number ?? this.blocks.length)
    this.blocks.push(...branch)
  }

  /** Every canonical log of a range. */
  logs(from: number, to: number): readonly SimLog[] {
    return this.blocks.slice(from, to + 1).flatMap(({ logs }) => logs)
  }
}

/** A Transfer of the token, the amount telling it apart. */
export function transferSeed(amount: number, from = 1, to = 2): LogSeed {
  return {
    topics: [TRANSFER, addressWord(from), addressWord(to)],
    data: `0x${amount.toString(16).padStart(64, '0')}`,
  }
}

export function addressWord(n: number): string {
  return `0x${n.toString(16).padStart(64, '0')}`
}

/** 32 bytes that look random and are always the same for the same text. */
export function word(text: string): string {
  return `0x${Buffer.from(keccak_256(new TextEncoder().encode(text))).toString('hex')}`
}

export function hex(number: number): string {
  return `0x${number.toString(16)}`
}

function toLogs(
  seeds: readonly LogSeed[],
  number: number,
  hash: string,
  style: LogIndexStyle,
): readonly SimLog[] {
  let transactionIndex = -1
  let inTransaction = 0
  return seeds.map((seed, i) => {
    inTransaction = seed.sameTransaction && i > 0 ? inTransaction + 1 : 0
    if (inTransaction === 0) transactionIndex++
    return {
      address: seed.address ?? TOKEN,
      topics: seed.topics ?? [TRANSFER, addressWord(1), addressWord(2)],
      data: seed.data ?? `0x${'0'.repeat(63)}1`,
      blockNumber: hex(number),
      blockHash: hash,
      transactionHash: word(seed.transaction ?? `tx ${hash} ${transactionIndex}`),
      transactionIndex: hex(transactionIndex),
      logIndex: hex(style === 'block' ? i : inTransaction),
      removed: false,
    }
  })
}

/** Yellow paper, section 4.3.1: three bits of 2,048 for every address and topic. */
function bloomOf(logs: readonly SimLog[]): string {
  const bloom = new Uint8Array(256)
  for (const entry of new Set(logs.flatMap(({ address, topics }) => [address, ...topics]))) {
    const hash = keccak_256(Uint8Array.from(Buffer.from(entry.slice(2), 'hex')))
    for (const i of [0, 2, 4]) {
      const bit = (((hash[i] ?? 0) << 8) | (hash[i + 1] ?? 0)) & 2047
      bloom[255 - (bit >> 3)] = (bloom[255 - (bit >> 3)] ?? 0) | (1 << (bit & 7))
    }
  }
  return `0x${Buffer.from(bloom).toString('hex')}`
}
