/** The ethers provider: events, failures that stay failures, pausing, sharing, and the end. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Contract } from 'ethers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type CuttingProxy, startProxy } from '../../examples/local/cutting-proxy.ts'
import { HoldfastProvider } from '../../src/adapters/ethers.ts'
import { ConfigurationError, createClient, UnauthorizedError } from '../../src/index.ts'
import { httpReply, nodePeer, type Peer, rawPeer, replyPeer } from '../support/peers.ts'
import { type Chain, MISSING, NOBODY, startChain } from './chain.ts'

let chain: Chain
let proxy: CuttingProxy
const providers: HoldfastProvider[] = []
const peers: Peer[] = []

beforeAll(async () => {
  chain = await startChain()
  proxy = await startProxy(chain.anvil.port)
})
afterEach(async () => {
  await Promise.all(providers.splice(0).map(provider => provider.destroy()))
  await Promise.all(peers.splice(0).map(peer => peer.close()))
})
afterAll(async () => {
  await proxy.close()
  await chain.stop()
})

type Options = ConstructorParameters<typeof HoldfastProvider>[2]
function providerOf(port: number, network?: number, options?: Options): HoldfastProvider {
  const provider = new HoldfastProvider(`ws://127.0.0.1:${port}`, network, options)
  providers.push(provider)
  return provider
}
async function use<P extends Peer>(peer: Promise<P>): Promise<P> {
  const ready = await peer
  peers.push(ready)
  return ready
}
/** Resolves when the node has agreed to the next subscription. */
function subscribed({ client }: HoldfastProvider): Promise<void> {
  const { subscribe } = client
  return new Promise(resolve =>
    Object.assign(client, {
      subscribe: async (...args: Parameters<typeof subscribe>) => {
        const subscription = await subscribe(...args)
        resolve()
        return subscription
      },
    }),
  )
}
const mine = () => chain.anvil.rpc('evm_mine')
const stateOf = (provider: HoldfastProvider, status: string) =>
  new Promise<void>(resolve => provider.client.on('state', ({ to }) => to.status === status && resolve()))

describe('events', () => {
  test('block', async () => {
    const provider = providerOf(chain.anvil.port)
    const before = await provider.getBlockNumber()
    const live = subscribed(provider)
    const told = new Promise(resolve => provider.on('block', resolve))
    await live

    await mine()

    expect(await told).toBe(before + 1)
  })

  test('pending', async () => {
    const provider = providerOf(chain.anvil.port)
    const live = subscribed(provider)
    const told = new Promise(resolve => provider.once('pending', resolve))
    await live

    const hash = await chain.token.transfer(NOBODY, 1n)

    expect(await told).toBe(hash)
  })

  test('a filter, and an event of a contract', async () => {
    const provider = providerOf(chain.anvil.port)
    const abi = ['event Transfer(address indexed from, address indexed to, uint256 value)']
    const contract = new Contract(chain.token.address, abi, provider)
    const filter = { address: chain.token.address }
    const live = subscribed(provider)
    const log = new Promise(resolve => provider.on(filter, resolve))
    await live
    const alive = subscribed(provider)
    const args = new Promise(resolve =>
      contract.on('Transfer', (from, to, value) => resolve([from, to, value])),
    )
    await alive

    const hash = await chain.token.transfer(NOBODY, 42n)

    expect(await log).toMatchObject({ transactionHash: hash, removed: false })
    expect(await args).toEqual([expect.anything(), NOBODY, 42n])
  })

  test('a transaction that is mined', async () => {
    const provider = providerOf(chain.anvil.port)

    const told = await new Promise(resolve => provider.on(chain.transfers[0] ?? '', resolve))

    expect(told).toMatchObject({ hash: chain.transfers[0], status: 1 })
  })

  test('go on over a cut', async () => {
    const provider = providerOf(proxy.port)
    const live = subscribed(provider)
    const heads: number[] = []
    let wake = () => {}
    await provider.on('block', number => {
      heads.push(number)
      wake()
    })
    await live
    const fell = stateOf(provider, 'waiting')
    const back = stateOf(provider, 'open')
    proxy.reset()
    await fell
    await back
    await provider.getBalance(NOBODY)

    const told = new Promise<void>(resolve => (wake = resolve))
    await mine()
    await told

    expect(heads.at(-1)).toBe(await provider.getBlockNumber())
  })

  test('wait while the provider is paused, or are dropped', async () => {
    const provider = providerOf(chain.anvil.port)
    const live = subscribed(provider)
    const heads: number[] = []
    let wake = () => {}
    await provider.on('block', number => {
      heads.push(number)
      wake()
    })
    await live
    const before = await provider.getBlockNumber()

    provider.pause(false)
    await mine()
    await provider.getBalance(NOBODY)
    expect(heads).toEqual([])
    const kept = new Promise<void>(resolve => (wake = resolve))
    provider.resume()
    await kept
    expect(heads).toEqual([before + 1])

    provider.pause(true)
    await mine()
    const again = subscribed(provider)
    provider.resume()
    await again
    const later = new Promise<void>(resolve => (wake = resolve))
    await mine()
    await later
    expect(heads).toEqual([before + 1, before + 3])
  })

  test('a subscription that is refused is an error event, not a crash', async () => {
    const peer = await use(
      nodePeer(({ id, method }, socket) => {
        const error = { code: -32601, message: 'no subscriptions here' }
        if (method === 'eth_subscribe') socket.send(JSON.stringify({ jsonrpc: '2.0', id, error }))
      }),
    )
    const provider = providerOf(peer.port)
    const told = new Promise(resolve => provider.on('error', resolve))

    await provider.on('block', () => {})

    expect(await told).toMatchObject({ name: 'MethodNotFoundError', message: 'no subscriptions here' })
  })
})

describe('a handshake that failed', () => {
  test('rejects the first call with its own error', async () => {
    const peer = await use(replyPeer(httpReply('401 Unauthorized')))
    const provider = providerOf(peer.port)

    await expect(provider.getBlockNumber()).rejects.toBeInstanceOf(UnauthorizedError)
    await expect(provider.getNetwork()).rejects.toBeInstanceOf(UnauthorizedError)
    await expect(provider.waitForTransaction(MISSING)).rejects.toBeInstanceOf(UnauthorizedError)
    await expect(provider.getBlock(1)).rejects.toBeInstanceOf(UnauthorizedError)
  })

  test('that may pass is waited for, for as long as the request may take', async () => {
    const peer = await use(rawPeer(socket => socket.destroy()))
    const provider = providerOf(peer.port, undefined, { timeout: 200 })

    await expect(provider.getBlockNumber()).rejects.toMatchObject({
      name: 'RequestTimeoutError',
      timeout: 200,
    })
  })

  test('an endpoint that cannot be one is refused at once', () => {
    expect(() => new HoldfastProvider('https://node.example')).toThrow(ConfigurationError)
  })

  test.each([
    ['401', httpReply('401 Unauthorized')],
    ['garbage', 'garbage\r\n\r\n'],
    ['502', httpReply('502 Bad Gateway')],
  ])('never ends the process: %s', async (_, reply) => {
    const peer = await use(replyPeer(reply))
    const source = (file: string) => JSON.stringify(new URL(`../../src/${file}`, import.meta.url).href)
    const script = `import { HoldfastProvider } from ${source('adapters/ethers.ts')}
      for (const event of ['uncaughtException', 'unhandledRejection'])
        process.on(event, error => { console.log(event, error); process.exitCode = 9 })
      const provider = new HoldfastProvider('ws://127.0.0.1:${peer.port}', undefined, { timeout: 300 })
      provider.on('block', () => {})
      provider.on('finalized', () => {})
      provider.on('pending', () => {})
      provider.on({ topics: [] }, () => {})
      provider.on('0x${'ab'.repeat(32)}', () => {})
      const waiting = provider.waitForTransaction('0x${'cd'.repeat(32)}').catch(() => 'rejected')
      console.log((await provider.getBlockNumber().catch(error => error)).name)
      provider.on('block', () => {})
      provider.destroy()
      console.log(await waiting)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
    const [code] = await once(child, 'exit')

    expect(output).toMatch(/^(UnauthorizedError|MalformedHttpResponseError|RequestTimeoutError)\nrejected\n$/)
    expect(code).toBe(0)
  })
})

describe('the network', () => {
  test('is asked once', async () => {
    const peer = await use(nodePeer(({ method }) => (method === 'eth_blockNumber' ? '0x5' : undefined)))
    const provider = providerOf(peer.port, undefined, { cacheTimeout: -1 })

    expect((await provider.getNetwork()).chainId).toBe(1n)
    expect((await provider.getNetwork()).name).toBe('mainnet')
    await provider.getBlockNumber()

    // The client's own question, and ethers'.
    expect(peer.requests.filter(({ method }) => method === 'eth_chainId')).toHaveLength(2)
    expect(provider._network.chainId).toBe(1n)
  })

  test('another than the one that was named is an error', async () => {
    const provider = providerOf(chain.anvil.port, 1)

    await expect(provider.getBlock(1)).rejects.toMatchObject({ code: 'NETWORK_ERROR' })
  })

  test('that is static is not asked for', async () => {
    const peer = await use(nodePeer())
    const provider = providerOf(peer.port, 1, { staticNetwork: true, probe: false })

    expect((await provider.getNetwork()).chainId).toBe(1n)
    expect(peer.requests).toEqual([])
  })
})

describe('the end', () => {
  test('destroy() closes the socket of its own client', async () => {
    const peer = await use(nodePeer())
    const provider = providerOf(peer.port)
    await provider.getNetwork()

    await provider.destroy()

    expect(provider.client.state.status).toBe('closed')
    expect(peer.connections).toBe(0)
    await expect(provider.getBlockNumber()).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' })
  })

  test('destroy() leaves a client that was given open, and takes what is the provider’s', async () => {
    const client = createClient(chain.anvil.wsUrl)
    const provider = new HoldfastProvider(client)
    const live = subscribed(provider)
    await provider.on('block', () => {})
    await live
    const waiting = provider.waitForTransaction(MISSING)

    await provider.destroy()

    await expect(waiting).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' })
    expect(await client.request({ method: 'eth_chainId' })).toBe('0x7a69')
    const { notifications } = client.stats
    await mine()
    await client.request({ method: 'eth_blockNumber' })
    expect(client.stats.notifications).toBe(notifications)
    await client.close()
  })

  test('after destroy() nothing is waited for', async () => {
    const provider = providerOf(chain.anvil.port)
    await provider.destroy()
    const sharing = new HoldfastProvider(createClient(chain.anvil.wsUrl))
    await sharing.destroy()

    for (const each of [provider, sharing])
      await expect(each.waitForTransaction(MISSING)).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' })
    expect(sharing.client.stats.sockets).toBe(0)
    await sharing.client.close()
  })

  test('destroy() while a listener is being added leaves no subscription on a client that was given', async () => {
    const peer = await use(nodePeer(({ method }) => (method === 'eth_subscribe' ? '0x1' : undefined)))
    const client = createClient(`ws://127.0.0.1:${peer.port}`)
    const provider = new HoldfastProvider(client)
    await client.connect()

    const added = provider.on('block', () => {})
    await provider.destroy()
    await added

    // Were there one, it would have left before.
    await client.request({ method: 'eth_chainId' })
    expect(peer.requests.map(({ method }) => method)).not.toContain('eth_subscribe')
    await client.close()
  })
})
