/** A small economy on a node of one's own: accounts that send each other tokens, block by block. */

import { type Anvil, startAnvil } from './anvil.ts'
import { deployToken, type Token } from './token.ts'

type Hex = `0x${string}`

export interface Economy {
  readonly anvil: Anvil
  readonly token: Token
  /** Mines one block with that many transfers. */
  mine(transfers: number): Promise<void>
  /** Replaces the newest blocks by empty ones. */
  reorg(depth: number): Promise<void>
  /** Mines by itself from now on: a block every so many milliseconds. */
  run(tempo: number): void
  stop(): Promise<void>
}

const CENT = 10n ** 16n

/** @param history blocks that are there from the start */
export async function startEconomy(history: number): Promise<Economy> {
  const anvil = await startAnvil(['--no-mining'])
  const token = await deployToken(anvil)
  const holders = token.accounts.slice(1)
  const dice = createDice(7)
  const pick = (from: readonly Hex[]) => from[dice(from.length)] ?? token.owner

  // The node signs with nonces that it counts itself: whatever moves its chain takes turns.
  let turn: Promise<unknown> = Promise.resolve()
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => undefined)
    return done
  }

  const mineNow = async (transfers: number) => {
    for (let i = 0; i < transfers; i++) {
      const from = pick(holders)
      const to = pick(holders.filter(each => each !== from))
      await token.transfer(to, BigInt(1 + dice(200_000)) * CENT, from)
    }
    await anvil.rpc('evm_mine')
  }
  let block = 0
  const mineNext = () => mineNow(wave(block++) + dice(3))

  for (const holder of holders) await token.transfer(holder, 1_000_000n * 100n * CENT)
  await anvil.rpc('evm_mine')
  for (let i = 0; i < history; i++) await mineNext()

  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  return {
    anvil,
    token,
    mine: transfers => alone(() => mineNow(transfers)),
    reorg: depth => alone(() => anvil.rpc('anvil_reorg', [depth, []])),
    run: tempo => {
      running = (async () => {
        while (!stopping.signal.aborted) {
          await alone(mineNext)
          await pause(tempo, stopping.signal)
        }
      })()
    },
    stop: async () => {
      stopping.abort()
      await running
      await anvil.stop()
    },
  }
}

/** Business has its ups and downs. */
function wave(block: number): number {
  return Math.round(3 + 2.5 * Math.sin(block / 5))
}

/** The same numbers in every run, from 0 to one less than `sides`. */
function createDice(seed: number): (sides: number) => number {
  let state = seed
  return sides => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    if (signal.aborted) done()
  })
}
