/** Following a real node that forgets, goes back, and comes again. */

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { startProxy } from '../../examples/local/cutting-proxy.ts'
import { deployToken, type Token } from '../../examples/local/token.ts'
import { type Client, type ClientOptions, createClient, type Transfer } from '../../src/index.ts'
import { Fold } from '../support/fold.ts'

const TO = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

async function node(args: readonly string[] = []): Promise<{ anvil: Anvil; token: Token }> {
  const anvil = await startAnvil(args)
  undo.push(() => anvil.stop())
  return { anvil, token: await deployToken(anvil) }
}

function connectTo(url: string, options: ClientOptions = {}): Client {
  const client = createClient(url, { stallTimeout: 2_000, ...options })
  undo.push(() => client.close())
  return client
}

async function truthOf(anvil: Anvil, token: Token): Promise<string[]> {
  const logs = await anvil.rpc<{ blockHash: string; logIndex: string; data: string }[]>('eth_getLogs', [
    { fromBlock: '0x0', toBlock: 'latest', address: token.address },
  ])
  return logs.map(({ blockHash, logIndex, data }) => `${blockHash} ${Number(logIndex)} ${BigInt(data)}`)
}

/** Reads pages; `until` resolves with what is held once the last of it has this value. */
function reader(client: Client, token: Token) {
  const fold = new Fold<Transfer>()
  const waiting = new Set<() => void>()
  const stream = client.transfers({ token: token.address, fromBlock: 0 })
  const reading = (async () => {
    for await (const page of stream.pages()) {
      fold.applyPage(page)
      for (const look of waiting) look()
    }
  })()
  const held = () => fold.items.map(({ blockHash, logIndex, value }) => `${blockHash} ${logIndex} ${value}`)
  return {
    until: (isThere: (last: bigint | undefined, block: number) => boolean) =>
      new Promise<string[]>((resolve, reject) => {
        const look = () => {
          if (!isThere(fold.items.at(-1)?.value, fold.block ?? -1)) return
          waiting.delete(look)
          resolve(held())
        }
        waiting.add(look)
        reading.catch(reject)
        look()
      }),
  }
}

describe('a chain that changes behind one’s back', () => {
  test('anvil_reorg: what was replaced is taken back', async () => {
    const { anvil, token } = await node()
    const { until } = reader(connectTo(anvil.wsUrl), token)
    for (let value = 1n; value <= 20n; value++) await token.transfer(TO, value)
    await until(last => last === 20n)

    await anvil.rpc('anvil_reorg', [12, []])
    await token.transfer(TO, 99n)

    expect(await until(last => last === 99n)).toEqual(await truthOf(anvil, token))
  })

  test('anvil_rollback: a head that goes back in silence is noticed', async () => {
    const { anvil, token } = await node()
    const { until } = reader(connectTo(anvil.wsUrl), token)
    for (let value = 1n; value <= 10n; value++) await token.transfer(TO, value)
    await until(last => last === 10n)

    await anvil.rpc('anvil_rollback', [4])

    expect(await until(last => last === 6n)).toEqual(await truthOf(anvil, token))
  }, 60_000)

  test('evm_revert: the same, and another branch after it', async () => {
    const { anvil, token } = await node()
    const { until } = reader(connectTo(anvil.wsUrl), token)
    await token.transfer(TO, 1n)
    const snapshot = await anvil.rpc<string>('evm_snapshot')
    for (let value = 2n; value <= 9n; value++) await token.transfer(TO, value)
    await until(last => last === 9n)

    await anvil.rpc('evm_revert', [snapshot])
    for (let value = 20n; value <= 30n; value++) await token.transfer(TO, value)

    expect(await until(last => last === 30n)).toEqual(await truthOf(anvil, token))
  }, 60_000)

  test('a block a second, and a line that is cut again and again', async () => {
    const { anvil, token } = await node(['--block-time', '1'])
    const proxy = await startProxy(anvil.port)
    undo.push(() => proxy.close())
    const { until } = reader(connectTo(`ws://127.0.0.1:${proxy.port}`), token)
    for (let block = 1; block <= 6; block++) {
      for (let n = 0; n < 10; n++) await token.transfer(TO, BigInt(10 * block + n))
      const mined = await until((_, number) => number >= block)
      expect(mined.length).toBeGreaterThan(0)
      if (block % 2 === 0) proxy.reset()
      else proxy.end()
    }

    const held = await until(last => last === 69n)

    expect(held).toHaveLength(61)
    expect((await truthOf(anvil, token)).slice(0, held.length)).toEqual(held)
  }, 60_000)

  test('a node that is stopped and started again with its state', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-state-'))
    undo.push(() => rmSync(folder, { recursive: true, force: true }))
    const args = ['--state', join(folder, 'state.json')]
    const { anvil, token } = await node(args)
    const { until } = reader(connectTo(anvil.wsUrl), token)
    for (let value = 1n; value <= 5n; value++) await token.transfer(TO, value)
    await until(last => last === 5n)

    anvil.process.kill('SIGTERM')
    await once(anvil.process, 'exit')
    const again = await startAnvil(args, anvil.port)
    undo.push(() => again.stop())
    await again.rpc('eth_sendTransaction', [
      {
        from: token.owner,
        to: token.address,
        data: `0xa9059cbb${TO.slice(2).padStart(64, '0')}${'7'.padStart(64, '0')}`,
      },
    ])

    expect(await until(last => last === 7n)).toEqual(await truthOf(again, token))
  }, 60_000)
})
