/** The viem transport: watchers, errors, sharing, `fallback()` and wagmi. */

import { createConfig, getBlockNumber, readContract, watchBlockNumber } from '@wagmi/core'
import {
  type BaseError,
  createPublicClient,
  fallback,
  http,
  RpcRequestError,
  TimeoutError,
  type Transport,
  WebSocketRequestError,
} from 'viem'
import { foundry } from 'viem/chains'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { holdfast } from '../../src/adapters/viem.ts'
import {
  type Client,
  ConfigurationError,
  createClient,
  OutcomeUnknownError,
  UnauthorizedError,
} from '../../src/index.ts'
import { httpReply, nodePeer, type Peer, replyPeer } from '../support/peers.ts'
import { type Chain, NOBODY, startChain, tokenAbi } from './chain.ts'

let chain: Chain
const clients: Client[] = []
const peers: Peer[] = []

beforeAll(async () => {
  chain = await startChain()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.close()))
  await Promise.all(peers.splice(0).map(peer => peer.close()))
})
afterAll(async () => {
  await chain.stop()
})

function lineTo(...args: Parameters<typeof createClient>): Client {
  const client = createClient(...args)
  clients.push(client)
  return client
}
async function use<P extends Peer>(peer: Promise<P>): Promise<P> {
  const ready = await peer
  peers.push(ready)
  return ready
}
const viemOn = <T extends Transport>(transport: T) =>
  createPublicClient({ chain: foundry, transport, cacheTime: 0 })
const mine = () => chain.anvil.rpc('evm_mine')
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('did not reject'),
    (error: BaseError) => error,
  )

/** Calls `watch` with a listener, and makes something happen once the node has been told to tell. */
async function firstOf<T>(
  line: Client,
  watch: (told: (value: T) => void) => () => void,
  act: () => unknown,
): Promise<T> {
  const { subscribe } = line
  const subscribed = new Promise<void>(resolve =>
    Object.assign(line, {
      subscribe: async (...args: Parameters<Client['subscribe']>) => {
        const subscription = await subscribe(...args)
        resolve()
        return subscription
      },
    }),
  )
  let unwatch = () => {}
  const told = new Promise<T>(resolve => (unwatch = watch(resolve)))
  await subscribed
  await act()
  const value = await told
  unwatch()
  return value
}

describe('watchers use subscriptions', () => {
  test('watchBlockNumber', async () => {
    const line = lineTo(chain.anvil.wsUrl)
    const client = viemOn(holdfast(line))
    const before = await client.getBlockNumber()

    const number = await firstOf<bigint>(line, told => client.watchBlockNumber({ onBlockNumber: told }), mine)

    expect(number).toBe(before + 1n)
    expect(line.stats.notifications).toBe(1)
  })

  test('watchBlocks', async () => {
    const line = lineTo(chain.anvil.wsUrl)
    const client = viemOn(holdfast(line))

    const block = await firstOf<unknown>(line, told => client.watchBlocks({ onBlock: told }), mine)

    expect(block).toEqual(await client.getBlock())
  })

  test('watchEvent and watchContractEvent', async () => {
    const line = lineTo(chain.anvil.wsUrl)
    const client = viemOn(holdfast(line))
    const { address } = chain.token
    const transfer = () => chain.token.transfer(NOBODY, 77n)

    const [event] = await firstOf<readonly { args: object }[]>(
      line,
      told => client.watchEvent({ address, event: tokenAbi[7], onLogs: told }),
      transfer,
    )
    const [contractEvent] = await firstOf<readonly { args: object }[]>(
      line,
      told => client.watchContractEvent({ address, abi: tokenAbi, eventName: 'Transfer', onLogs: told }),
      transfer,
    )

    expect(event?.args).toEqual({ from: expect.anything(), to: NOBODY, value: 77n })
    expect(contractEvent?.args).toEqual(event?.args)
  })

  test('watchPendingTransactions', async () => {
    const line = lineTo(chain.anvil.wsUrl)
    const client = viemOn(holdfast(line))
    let sent = ''

    const hashes = await firstOf<readonly string[]>(
      line,
      told => client.watchPendingTransactions({ onTransactions: told }),
      async () => (sent = await chain.token.transfer(NOBODY, 1n)),
    )

    expect(hashes).toEqual([sent])
  })

  test('a watcher that was stopped leaves nothing on the node', async () => {
    const peer = await use(nodePeer(({ method }) => (method === 'eth_chainId' ? undefined : '0x1')))
    const line = lineTo(`ws://127.0.0.1:${peer.port}`)
    const client = viemOn(holdfast(line))
    const push = () => {
      const params = { subscription: '0x1', result: { number: '0x5' } }
      for (const socket of peer.sockets)
        socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params }))
    }

    await firstOf(line, told => client.watchBlockNumber({ onBlockNumber: told }), push)
    await client.getBlockNumber()

    expect(peer.requests.at(-2)).toMatchObject({ method: 'eth_unsubscribe', params: ['0x1'] })
  })

  test('a subscription that is refused tells onError once, with the node’s own code', async () => {
    const peer = await use(
      nodePeer(({ id, method }, socket) => {
        const error = { code: -32601, message: 'no subscriptions here' }
        if (method === 'eth_subscribe') socket.send(JSON.stringify({ jsonrpc: '2.0', id, error }))
      }),
    )
    const line = lineTo(`ws://127.0.0.1:${peer.port}`)
    const client = viemOn(holdfast(line))
    const errors: Error[] = []

    const told = new Promise<void>(resolve => {
      const onError = (error: Error) => {
        errors.push(error)
        resolve()
      }
      client.watchBlockNumber({ onBlockNumber: () => {}, onError })
    })
    await told
    await line.request({ method: 'eth_chainId' })

    expect(errors).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(RpcRequestError)
    expect(errors[0]).toMatchObject({ code: -32601, details: 'no subscriptions here' })
  })

  test('a watcher whose client ends for good is told why', async () => {
    const line = lineTo(chain.anvil.wsUrl, { reconnect: false })
    const errors: Error[] = []
    const own = await use(nodePeer(({ method }) => (method === 'eth_subscribe' ? '0x1' : undefined)))
    const lost = lineTo(`ws://127.0.0.1:${own.port}`, { reconnect: false })
    const told = new Promise<Error>(resolve =>
      viemOn(holdfast(lost)).watchBlockNumber({
        onBlockNumber: () => {},
        onError: error => {
          errors.push(error)
          resolve(error)
        },
      }),
    )
    await line.connect()
    while (own.requests.every(({ method }) => method !== 'eth_subscribe'))
      await lost.request({ method: 'eth_chainId' })

    for (const socket of own.sockets) socket.terminate()

    expect(await told).toMatchObject({
      name: 'WebSocketRequestError',
      cause: { name: 'ConnectionLostError' },
    })
    expect(errors).toHaveLength(1)
  })
})

describe('errors', () => {
  test('a rejected handshake is a WebSocketRequestError with the typed error as cause, and no key', async () => {
    const peer = await use(replyPeer(httpReply('401 Unauthorized')))
    const client = viemOn(holdfast(lineTo(`ws://127.0.0.1:${peer.port}/v3/sEcReT-kEy`)))

    const error = await caught(client.getBlockNumber())

    expect(error).toBeInstanceOf(WebSocketRequestError)
    expect(error.walk(each => each instanceof UnauthorizedError)).toBeInstanceOf(UnauthorizedError)
    expect(error.details).toContain('401')
    expect(`${error.message}${error.stack}`).not.toContain('sEcReT')
  })

  test('a request without an answer is a TimeoutError, after the timeout of viem’s client', async () => {
    const peer = await use(nodePeer())
    const transport = holdfast(lineTo(`ws://127.0.0.1:${peer.port}`))({ timeout: 50 })

    const error = await caught(transport.request({ method: 'eth_blockNumber' }))

    expect(error).toBeInstanceOf(TimeoutError)
    expect(error.cause).toMatchObject({ name: 'RequestTimeoutError', timeout: 50 })
  })

  test('a transaction that was under way when the line fell is not sent again', async () => {
    const peer = await use(
      nodePeer(({ method }, socket) => {
        if (method === 'eth_sendRawTransaction') socket.terminate()
      }),
    )
    const client = viemOn(holdfast(lineTo(`ws://127.0.0.1:${peer.port}`)))

    const error = await caught(client.sendRawTransaction({ serializedTransaction: '0x02' }))

    expect(error.walk(each => each instanceof OutcomeUnknownError)).toBeInstanceOf(OutcomeUnknownError)
    expect(peer.requests.filter(({ method }) => method === 'eth_sendRawTransaction')).toHaveLength(1)
  })

  test('viem does not retry what the client has retried already', async () => {
    const peer = await use(
      nodePeer(({ id, method }, socket) => {
        const error = { code: -32603, message: 'internal' }
        if (method === 'eth_blockNumber') socket.send(JSON.stringify({ jsonrpc: '2.0', id, error }))
      }),
    )
    const client = viemOn(holdfast(lineTo(`ws://127.0.0.1:${peer.port}`)))

    await caught(client.getBlockNumber())

    expect(peer.requests.filter(({ method }) => method === 'eth_blockNumber')).toHaveLength(1)
  })

  test('an aborted request rejects as viem means it', async () => {
    const peer = await use(nodePeer())
    const { request } = viemOn(holdfast(lineTo(`ws://127.0.0.1:${peer.port}`)))
    const stop = new AbortController()

    const pending = caught(request({ method: 'eth_blockNumber' }, { signal: stop.signal }))
    stop.abort()

    expect(await pending).toMatchObject({ name: 'AbortError' })
  })

  test('what is no endpoint is refused at once', () => {
    expect(() => holdfast('https://node.example')).toThrow(ConfigurationError)
  })
})

describe('in company', () => {
  test('many transports share the one socket of a client', async () => {
    const line = lineTo(chain.anvil.wsUrl)
    const [first, second] = [viemOn(holdfast(line)), viemOn(holdfast(line))]

    await Promise.all([first.getBlockNumber(), second.getBlockNumber()])

    expect(line.stats.sockets).toBe(1)
    expect(first.transport.client).toBe(line)
  })

  test('inside fallback() it is one client, whose watchers use subscriptions', async () => {
    const transport = holdfast(chain.anvil.wsUrl)
    const client = viemOn(fallback([transport, http(chain.anvil.httpUrl)]))
    const line = transport({}).value?.client as Client
    clients.push(line)

    await client.getBlockNumber()
    await client.getBlockNumber()
    const number = await firstOf<bigint>(line, told => client.watchBlockNumber({ onBlockNumber: told }), mine)

    expect(number).toBe(await client.getBlockNumber())
    expect(line.stats.sockets).toBe(1)
  })

  test('inside fallback() the next transport serves where the line cannot be had', async () => {
    const peer = await use(replyPeer(httpReply('401 Unauthorized')))
    const line = lineTo(`ws://127.0.0.1:${peer.port}`)
    const client = viemOn(fallback([holdfast(line), http(chain.anvil.httpUrl)]))

    expect(await client.getChainId()).toBe(foundry.id)
  })

  test('wagmi reads and watches over it', async () => {
    const line = lineTo(chain.anvil.wsUrl)
    const config = createConfig({ chains: [foundry], transports: { [foundry.id]: holdfast(line) } })
    const before = await getBlockNumber(config)

    const number = await firstOf<bigint>(
      line,
      told => watchBlockNumber(config, { onBlockNumber: told }),
      mine,
    )

    expect(number).toBe(before + 1n)
    expect(
      await readContract(config, { abi: tokenAbi, address: chain.token.address, functionName: 'symbol' }),
    ).toBe('HOLD')
    expect(line.stats.sockets).toBe(1)
  })
})
