/** Who is measured: the yardstick, holdfast as it was built, and the peers, each used as its own documentation says. */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { TOKEN, TRANSFER } from './chain.ts'
import { decode, Raw } from './raw.ts'

export interface Contender {
  readonly name: string
  blockNumber(): Promise<unknown>
  /** Calls back with every transfer of the token; resolves once subscribed. */
  onTransfers?(transferred: () => void): Promise<void>
  /** A call that is never answered. */
  pendingCall?(n: number): Promise<unknown>
  subscribeLogs?(n: number): Promise<unknown>
  /** Counts the transfers of the pages; holdfast makes its own pages of the same blocks. */
  history?(pages: readonly (readonly [number, number])[]): Promise<number>
  close(): unknown
}

export const root = new URL('../..', import.meta.url).pathname
const filter = { address: TOKEN, topics: [TRANSFER] }
const hex = (number: number) => `0x${number.toString(16)}` as const
const addressOf = (n: number) => `0x${n.toString(16).padStart(40, 'a')}` as const
/** 68 bytes: a selector and two words. */
const dataOf = (n: number) => `0xdd62ed3e${n.toString(16).padStart(128, '0')}` as const

export async function raw(url: string): Promise<Contender> {
  const client = await Raw.open(url)
  return {
    name: 'raw ws',
    blockNumber: () => client.request('eth_blockNumber'),
    onTransfers: async transferred => {
      await client.subscribe(['logs', filter], log => {
        if (decode(log).value > 0n) transferred()
      })
    },
    pendingCall: n => client.request('eth_call', [{ to: TOKEN, data: dataOf(n) }, 'latest']),
    subscribeLogs: n => client.subscribe(['logs', { address: addressOf(n) }], () => {}),
    history: async pages => {
      let count = 0
      for (const [from, to] of pages) {
        const logs = await client.request<never[]>('eth_getLogs', [
          { ...filter, fromBlock: hex(from), toBlock: hex(to) },
        ])
        for (const log of logs) if (decode(log).value > 0n) count++
      }
      return count
    },
    close: () => client.close(),
  }
}

/** The built package: what users run. */
export async function holdfast(url: string, options: object = {}, name = 'holdfast'): Promise<Contender> {
  const built: typeof import('../../src/index.ts') = await import(`${root}dist/index.js`)
  const client = built.createClient(url, options)
  await client.connect()
  return {
    name,
    blockNumber: () => client.request({ method: 'eth_blockNumber' }),
    onTransfers: async transferred => {
      const subscription = await client.subscribe('logs', filter)
      void (async () => {
        for await (const log of subscription) {
          const transfer = built.decodeTransfer(log)
          if (transfer !== undefined && transfer.value > 0n) transferred()
        }
      })()
    },
    pendingCall: n =>
      client.request(
        { method: 'eth_call', params: [{ to: TOKEN as never, data: dataOf(n) }, 'latest'] },
        { timeout: 2 ** 30 },
      ),
    subscribeLogs: n => client.subscribe('logs', { address: addressOf(n) }),
    history: async pages => {
      let count = 0
      for await (const { value } of client.transfers({
        token: TOKEN as never,
        fromBlock: pages[0]?.[0] ?? 0,
        toBlock: pages.at(-1)?.[1] ?? 0,
      })) {
        if (value > 0n) count++
      }
      return count
    },
    close: () => client.close(),
  }
}

export async function viem(url: string): Promise<Contender> {
  const { createPublicClient, parseAbiItem, webSocket } = await import('viem')
  const { mainnet } = await import('viem/chains')
  const event = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)')
  const client = createPublicClient({ chain: mainnet, transport: webSocket(url, { timeout: 2 ** 30 }) })
  const address = TOKEN as `0x${string}`
  await client.getBlockNumber()
  return {
    name: 'viem',
    blockNumber: () => client.request({ method: 'eth_blockNumber' }),
    onTransfers: async transferred => {
      client.watchEvent({
        address,
        event,
        onLogs: logs => {
          for (const { args } of logs) if ((args.value ?? 0n) > 0n) transferred()
        },
      })
    },
    pendingCall: n =>
      client.request({ method: 'eth_call', params: [{ to: address, data: dataOf(n) }, 'latest'] }),
    subscribeLogs: n =>
      client.transport.subscribe({
        params: ['logs', { address: addressOf(n) }] as never,
        onData: () => {},
        onError: () => {},
      }),
    history: async pages => {
      let count = 0
      for (const [from, to] of pages) {
        const logs = await client.getLogs({ address, event, fromBlock: BigInt(from), toBlock: BigInt(to) })
        for (const { args } of logs) if ((args.value ?? 0n) > 0n) count++
      }
      return count
    },
    close: async () => (await client.transport.getRpcClient()).close(),
  }
}

export async function ethers(url: string): Promise<Contender> {
  const { Contract, WebSocketProvider } = await import('ethers')
  const provider = new WebSocketProvider(url, 1, { staticNetwork: true })
  const token = new Contract(
    TOKEN,
    ['event Transfer(address indexed from, address indexed to, uint256 value)'],
    provider,
  )
  await provider.getBlockNumber()
  return {
    name: 'ethers',
    blockNumber: () => provider.send('eth_blockNumber', []),
    onTransfers: async transferred => {
      await token.on('Transfer', (_from: string, _to: string, value: bigint) => {
        if (value > 0n) transferred()
      })
    },
    history: async pages => {
      let count = 0
      for (const [from, to] of pages) {
        for (const log of await token.queryFilter('Transfer', from, to)) {
          if ('args' in log && log.args['value'] > 0n) count++
        }
      }
      return count
    },
    close: () => provider.destroy(),
  }
}

/** Heavy, and no dependency of ours: fetched into a cache on first use. */
export async function web3(url: string): Promise<Contender> {
  const cache = `${root}node_modules/.cache/bench`
  if (!existsSync(`${cache}/node_modules/web3`)) {
    execFileSync('npm', ['install', '--prefix', cache, '--no-save', '--silent', 'web3@4'], {
      stdio: 'inherit',
    })
  }
  const { Web3 } = createRequire(`${cache}/x.js`)('web3')
  const client = new Web3(url)
  const inputs = [
    { type: 'address', name: 'from', indexed: true },
    { type: 'address', name: 'to', indexed: true },
    { type: 'uint256', name: 'value' },
  ]
  const decodeLog = ({ data, topics }: { data: string; topics: string[] }): bigint =>
    client.eth.abi.decodeLog(inputs, data, topics.slice(1)).value
  await client.eth.getBlockNumber()
  return {
    name: 'web3',
    blockNumber: () => client.requestManager.send({ method: 'eth_blockNumber', params: [] }),
    onTransfers: async transferred => {
      const subscription = await client.eth.subscribe('logs', filter)
      subscription.on('data', (log: never) => {
        if (decodeLog(log) > 0n) transferred()
      })
    },
    history: async pages => {
      let count = 0
      for (const [from, to] of pages) {
        const logs = await client.eth.getPastLogs({ ...filter, fromBlock: hex(from), toBlock: hex(to) })
        for (const log of logs) if (decodeLog(log) > 0n) count++
      }
      return count
    },
    close: () => client.currentProvider?.disconnect(),
  }
}
