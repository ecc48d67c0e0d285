/** The EIP-1193 provider: its errors, its events, and the libraries that take it. */

import { BrowserProvider } from 'ethers'
import { createPublicClient, custom } from 'viem'
import { foundry } from 'viem/chains'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type CuttingProxy, startProxy } from '../../examples/local/cutting-proxy.ts'
import { type Eip1193Provider, eip1193, ProviderRpcError } from '../../src/adapters/eip1193.ts'
import { type Client, type ClientOptions, createClient, UnauthorizedError } from '../../src/index.ts'
import { httpReply, nodePeer, type Peer, replyPeer } from '../support/peers.ts'
import { type Chain, ECHO_REVERTER, NOBODY, outcomeOf, REVERTS, startChain } from './chain.ts'

let chain: Chain
let proxy: CuttingProxy
const clients: Client[] = []
const peers: Peer[] = []

beforeAll(async () => {
  chain = await startChain()
  proxy = await startProxy(chain.anvil.port)
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.close()))
  await Promise.all(peers.splice(0).map(peer => peer.close()))
})
afterAll(async () => {
  await proxy.close()
  await chain.stop()
})

function clientOf(port: number, options?: ClientOptions): Client {
  const client = createClient(`ws://127.0.0.1:${port}`, options)
  clients.push(client)
  return client
}
async function use<P extends Peer>(peer: Promise<P>): Promise<P> {
  const ready = await peer
  peers.push(ready)
  return ready
}
const failure = (provider: Eip1193Provider, method: string, params: readonly unknown[] = []) =>
  provider.request({ method, params }).then(
    result => expect.fail(`answered ${JSON.stringify(result)}`),
    (error: ProviderRpcError) => error,
  )
const next = <K extends 'connect' | 'disconnect' | 'message'>(provider: Eip1193Provider, event: K) =>
  new Promise<unknown>(resolve => {
    const listener = (payload: unknown) => {
      provider.removeListener(event, listener)
      resolve(payload)
    }
    provider.on(event, listener)
  })

describe('errors', () => {
  test('of a node keep its code, message and data', async () => {
    const error = { code: -32099, message: 'not today', data: { because: ['of', 1] } }
    const peer = await use(
      nodePeer(({ id, method }, socket) => {
        if (method === 'eth_foo') socket.send(JSON.stringify({ jsonrpc: '2.0', id, error }))
      }),
    )

    const thrown = await failure(eip1193(clientOf(peer.port)), 'eth_foo')

    expect(thrown).toBeInstanceOf(ProviderRpcError)
    expect(thrown).toMatchObject({ name: 'ProviderRpcError', ...error })
    expect(thrown.cause).toMatchObject({ name: 'RpcError', rpcCode: -32099 })
  })

  test('of a revert keep the data as the node sent it', async () => {
    const data = { message: 'reverted', data: REVERTS.reason }
    const peer = await use(
      nodePeer(({ id, method }, socket) => {
        const error = { code: -32603, message: "reverted with reason string 'nope'", data }
        if (method === 'eth_call') socket.send(JSON.stringify({ jsonrpc: '2.0', id, error }))
      }),
    )

    const thrown = await failure(eip1193(clientOf(peer.port)), 'eth_call', [{}])

    expect(thrown).toMatchObject({ code: -32603, data })
    expect(thrown.cause).toMatchObject({ name: 'ExecutionRevertedError', reason: 'nope' })
  })

  test('of a line that cannot be had are 4900, with the cause', async () => {
    const peer = await use(replyPeer(httpReply('401 Unauthorized')))

    const thrown = await failure(eip1193(clientOf(peer.port)), 'eth_blockNumber')

    expect(thrown.code).toBe(4900)
    expect(thrown.cause).toBeInstanceOf(UnauthorizedError)
  })

  test('of a line that stays down are 4900', async () => {
    const peer = await use(nodePeer())
    await peer.close()

    const thrown = await failure(eip1193(clientOf(peer.port, { timeout: 50 })), 'eth_blockNumber')

    expect(thrown).toMatchObject({ code: 4900, cause: { name: 'RequestTimeoutError' } })
  })

  test('of a wrong chain are 4901', async () => {
    const thrown = await failure(eip1193(clientOf(chain.anvil.port, { chainId: 5 })), 'eth_blockNumber')

    expect(thrown).toMatchObject({ code: 4901, cause: { name: 'WrongChainError' } })
  })

  test('of a closed client are 4900', async () => {
    const client = clientOf(chain.anvil.port)
    await client.close()

    expect(await failure(eip1193(client), 'eth_blockNumber')).toMatchObject({ code: 4900 })
  })

  test('of a subscription that the node refuses are its own', async () => {
    const thrown = await failure(eip1193(clientOf(chain.anvil.port)), 'eth_subscribe', ['nothing'])

    expect(thrown).toMatchObject({ code: -32602, cause: { name: 'InvalidParamsError' } })
  })

  test('of a call that is none are −32602', async () => {
    const thrown = await failure(eip1193(clientOf(chain.anvil.port)), '')

    expect(thrown).toMatchObject({ code: -32602, cause: { name: 'ConfigurationError' } })
  })

  test('an aborted request rejects with the reason itself', async () => {
    const reason = new Error('enough')
    const request = eip1193(clientOf(chain.anvil.port)).request(
      { method: 'eth_blockNumber' },
      { signal: AbortSignal.abort(reason) },
    )

    await expect(request).rejects.toBe(reason)
  })
})

describe('events', () => {
  test('connect and disconnect follow the line', async () => {
    const client = clientOf(proxy.port)
    const provider = eip1193(client)
    const connected = next(provider, 'connect')
    await client.connect()
    const fell = next(provider, 'disconnect')
    const back = next(provider, 'connect')

    proxy.reset()

    expect(await connected).toEqual({ chainId: '0x7a69' })
    expect(await fell).toMatchObject({ name: 'ProviderRpcError', code: 4900 })
    expect(await back).toEqual({ chainId: '0x7a69' })
  })

  test('closing the client is a disconnect too', async () => {
    const client = clientOf(chain.anvil.port)
    const provider = eip1193(client)
    await client.connect()
    const fell = next(provider, 'disconnect')

    await client.close()

    expect(await fell).toMatchObject({ code: 4900, message: 'The client was closed.' })
  })

  test('a subscription keeps its id over a cut', async () => {
    const provider = eip1193(clientOf(proxy.port))
    const subscription = await provider.request({ method: 'eth_subscribe', params: ['newHeads'] })
    const back = next(provider, 'connect')
    proxy.reset()
    await back

    const message = next(provider, 'message')
    await provider.request({ method: 'eth_blockNumber' })
    await chain.anvil.rpc('evm_mine')

    expect(await message).toMatchObject({ type: 'eth_subscription', data: { subscription } })
    expect(await provider.request({ method: 'eth_unsubscribe', params: [subscription] })).toBe(true)
  })
})

describe('the libraries that take one', () => {
  test('ethers’ BrowserProvider reads, decodes reverts and signs through the node', async () => {
    const provider = new BrowserProvider(eip1193(clientOf(chain.anvil.port)))

    expect((await provider.getNetwork()).chainId).toBe(31337n)
    await expect(provider.call({ to: ECHO_REVERTER, data: REVERTS.reason })).rejects.toMatchObject({
      code: 'CALL_EXCEPTION',
      reason: 'nope',
    })
    const signer = await provider.getSigner()
    const sent = await signer.sendTransaction({ to: NOBODY, value: 1n })
    expect((await sent.wait())?.status).toBe(1)
    provider.destroy()
  })

  test('viem’s custom() gives what viem’s own transport gives', async () => {
    const provider = eip1193(clientOf(chain.anvil.port))
    const client = createPublicClient({ chain: foundry, transport: custom(provider, { retryCount: 0 }) })

    expect(await client.getChainId()).toBe(31337)
    const outcome = await outcomeOf(() => client.call({ to: ECHO_REVERTER, data: REVERTS.custom }))
    expect(outcome).toContain(REVERTS.custom)
    await expect(client.request({ method: 'eth_getFilterChanges', params: ['0xdead'] })).rejects.toThrow()
  })
})
