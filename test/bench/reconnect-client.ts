/** One library of the reconnect benchmark, in a process of its own: follows Transfer logs on every URL it is given. */

import { createRequire } from 'node:module'
import { createClient } from '../../src/index.ts'

type Hex = `0x${string}`

export interface Told {
  readonly what: 'transfer' | 'asked' | 'answered' | 'rejected' | 'uncaught'
  readonly client: number
  /** Epoch milliseconds. */
  readonly at: number
}

/** What a library must do: call `transfer` for each log; `read` asks for the chain's gas price. */
interface Follower {
  readonly read: () => Promise<unknown>
}
type Follow = (url: string, token: Hex, transfer: () => void) => Promise<Follower>

const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
const [, , library = '', peers = '', token = '0x', ...urls] = process.argv
const load = createRequire(`${peers}/package.json`)

const LIBRARIES: Readonly<Record<string, Follow>> = {
  holdfast: async (url, token, transfer) => {
    const client = createClient(url)
    const stream = client.transfers({ token })
    const reading = (async () => {
      for await (const _ of stream) transfer()
    })()
    await Promise.race([stream.started, reading])
    return { read: () => client.request({ method: 'eth_gasPrice' }) }
  },
  viem: async (url, token, transfer) => {
    const { createPublicClient, webSocket, parseAbiItem } = load('viem')
    const client = createPublicClient({ transport: webSocket(url) })
    const event = parseAbiItem('event Transfer(address indexed, address indexed, uint256)')
    const onLogs = (logs: readonly unknown[]) => logs.forEach(transfer)
    client.watchEvent({ address: token, event, onLogs, onError: () => undefined })
    return { read: () => client.request({ method: 'eth_gasPrice' }) }
  },
  ethers: async (url, token, transfer) => {
    const { WebSocketProvider } = load('ethers')
    const provider = new WebSocketProvider(url)
    await provider.on({ address: token, topics: [TRANSFER] }, transfer)
    return { read: () => provider.send('eth_gasPrice', []) }
  },
  web3: async (url, token, transfer) => {
    const { Web3 } = load('web3')
    const web3 = new Web3(new Web3.providers.WebsocketProvider(url))
    const subscription = await web3.eth.subscribe('logs', { address: token, topics: [TRANSFER] })
    subscription.on('data', transfer)
    subscription.on('error', () => undefined)
    return { read: () => web3.eth.getGasPrice() }
  },
  'alchemy-sdk': async (url, token, transfer) => {
    const { Alchemy } = load('alchemy-sdk')
    const websocket = load('websocket')
    const { w3cwebsocket } = websocket
    // It insists on a subprotocol of its own, which no plain node knows.
    websocket.w3cwebsocket = function withoutProtocol(address: string) {
      return new w3cwebsocket(address)
    }
    const alchemy = new Alchemy({ url })
    alchemy.ws.on({ address: token, topics: [TRANSFER] }, transfer)
    const provider = await alchemy.config.getWebSocketProvider()
    return { read: () => provider.send('eth_gasPrice', []) }
  },
}

const tell = (what: Told['what'], client: number) =>
  process.send?.({ what, client, at: Date.now() } satisfies Told)

// Several of them let errors escape; the others are to be measured all the same.
for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, () => tell('uncaught', -1))
process.on('disconnect', () => process.exit())

const followers = await Promise.all(
  urls.map((url, i) => LIBRARIES[library]?.(url, token as Hex, () => tell('transfer', i))),
)
process.on('message', () => {
  followers.forEach((follower, i) => {
    follower?.read().then(
      () => tell('answered', i),
      () => tell('rejected', i),
    )
    // The request has been handed to the socket by the time that timers run.
    setTimeout(() => tell('asked', i), 50)
  })
})
