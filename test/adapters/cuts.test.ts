/**
 * The line is cut every second while transfers flow. Over holdfast the watchers of viem and ethers deliver every event once,
 * in order; over their own transports this documents what they lose.
 */

import { Contract, WebSocketProvider } from 'ethers'
import { createPublicClient, type Transport, webSocket } from 'viem'
import { foundry } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CuttingProxy, startProxy } from '../../examples/local/cutting-proxy.ts'
import { HoldfastProvider } from '../../src/adapters/ethers.ts'
import { holdfast } from '../../src/adapters/viem.ts'
import { type Client, createClient } from '../../src/index.ts'
import { type Chain, NOBODY, startChain, tokenAbi } from './chain.ts'

const CUTS = 5
const CUT_EVERY = 1_000
/** A chain of 40 blocks a second: ten times what any has. */
const BLOCK_EVERY = 25

/** What each watcher was told, in its order. */
const seen: Record<string, number[]> = {}
/** What there was to tell. */
let values: number[]
let blocks: number[]
let chain: Chain
let proxy: CuttingProxy
let line: Client
const ends: (() => unknown)[] = []

/** Notes what a watcher is told. */
function note(name: string): (item: unknown) => void {
  const list: number[] = []
  seen[name] = list
  return item => list.push(Number(item))
}

function watchViem(name: string, transport: Transport): void {
  const client = createPublicClient({ chain: foundry, transport, cacheTime: 0 })
  const { address } = chain.token
  const [number, block, event, contract] = [
    'watchBlockNumber',
    'watchBlocks',
    'watchEvent',
    'watchContractEvent',
  ].map(watcher => note(`${name} ${watcher}`))
  const onError = () => {}
  const onLogs = (tell: typeof number) => (logs: readonly { args: { value?: bigint | undefined } }[]) => {
    for (const { args } of logs) tell?.(args.value)
  }
  ends.push(
    client.watchBlockNumber({ onBlockNumber: each => number?.(each), onError }),
    client.watchBlocks({ onBlock: each => block?.(each?.number), onError }),
    client.watchEvent({ address, event: tokenAbi[7], onLogs: onLogs(event), onError }),
    client.watchContractEvent({
      address,
      abi: tokenAbi,
      eventName: 'Transfer',
      onLogs: onLogs(contract),
      onError,
    }),
  )
}

async function watchEthers(name: string, provider: HoldfastProvider | WebSocketProvider): Promise<void> {
  const [block, filter, contract] = ['block', 'filter', 'contract'].map(event => note(`${name} ${event}`))
  const { address } = chain.token
  const abi = ['event Transfer(address indexed from, address indexed to, uint256 value)']
  await provider.on('block', each => block?.(each))
  await provider.on({ address }, ({ data }) => filter?.(BigInt(data)))
  await new Contract(address, abi, provider).on('Transfer', (_from, _to, value) => contract?.(value))
  ends.push(() => provider.destroy())
}

const watchersOf = (name: string) => Object.keys(seen).filter(watcher => watcher.startsWith(name))

beforeAll(async () => {
  chain = await startChain()
  proxy = await startProxy(chain.anvil.port)
  const url = `ws://127.0.0.1:${proxy.port}`
  line = createClient(url)
  watchViem('holdfast viem', holdfast(line))
  await watchEthers('holdfast ethers', new HoldfastProvider(line))
  const transport = webSocket(url)
  watchViem('own viem', transport)
  ends.push(() =>
    transport({})
      .value?.getRpcClient()
      .then(socket => socket.close()),
  )
  const own = new WebSocketProvider(url, foundry.id)
  // Without it ethers' own socket ends the process with its first error.
  own.websocket.onerror = () => {}
  await watchEthers('own ethers', own)

  // Every watcher is live once it has been told of something.
  const isLive = () => Object.values(seen).every(list => list.length > 0)
  while (!isLive()) await transferOf(0)
  const before = await height()
  const cutting = setInterval(() => proxy.reset(), CUT_EVERY)
  const until = performance.now() + (CUTS + 0.5) * CUT_EVERY
  let last = 0
  while (performance.now() < until) {
    const pace = new Promise(resolve => setTimeout(resolve, BLOCK_EVERY))
    await transferOf(++last)
    await pace
  }
  clearInterval(cutting)
  await line.request({ method: 'eth_blockNumber' })
  // Something that everybody whose line stands is told of, last of all.
  await transferOf(++last)
  values = Array.from({ length: last }, (_, i) => i + 1)
  blocks = Array.from({ length: (await height()) - before }, (_, i) => before + 1 + i)
  await arrival()
}, 60_000)
afterAll(async () => {
  // Not awaited: over a line that fell, their own transports may never say that they have ended.
  for (const end of ends) void end()
  await line.close()
  await proxy.close()
  await chain.stop()
})

const height = async () => Number(await chain.anvil.rpc('eth_blockNumber'))

/** Resolves when it is mined, in a block of its own. */
async function transferOf(value: number): Promise<void> {
  const hash = await chain.token.transfer(NOBODY, BigInt(value))
  while ((await chain.anvil.rpc('eth_getTransactionReceipt', [hash])) === null);
}

const wanted = (name: string) => (/block/i.test(name) ? blocks : values)

/** What a watcher was told of what happened since the cutting began. */
function told(name: string): readonly number[] {
  const [first = 0] = wanted(name)
  return (seen[name] ?? []).filter(each => each >= first)
}

/** Resolves when every watcher over holdfast has been told of the last. */
async function arrival(): Promise<void> {
  const isDone = (name: string) => seen[name]?.at(-1) === wanted(name).at(-1)
  while (!watchersOf('holdfast').every(isDone)) await line.request({ method: 'eth_blockNumber' })
}

describe('over holdfast', () => {
  test.each(['watchEvent', 'watchContractEvent'])(
    'viem’s %s delivers every event once, in order',
    watcher => {
      expect(told(`holdfast viem ${watcher}`)).toEqual(values)
    },
  )

  test.each(['watchBlockNumber', 'watchBlocks'])('viem’s %s delivers every block once, in order', watcher => {
    expect(told(`holdfast viem ${watcher}`)).toEqual(blocks)
  })

  test.each(['filter', 'contract'])('ethers’ %s events are delivered once each, in order', event => {
    expect(told(`holdfast ethers ${event}`)).toEqual(values)
  })

  test('ethers’ block events are delivered once each, in order', () => {
    expect(told('holdfast ethers block')).toEqual(blocks)
  })
})

test('the line was cut, and came back each time', () => {
  expect(line.stats.sockets).toBeGreaterThan(CUTS)
  expect(values.length).toBeGreaterThan(CUTS * 5)
})

test('over their own transports events are lost, and nobody says so', () => {
  const lost = watchersOf('own').map(name => {
    const all = wanted(name)
    return all.filter(each => !told(name).includes(each)).length / all.length
  })

  // ethers' socket never comes back; viem's comes back after two seconds, and is cut again.
  expect(lost).toHaveLength(7)
  expect(Math.min(...lost)).toBeGreaterThan(0.3)
})
