/** `createClient`: wires the layers. The only file that knows them all. */

import { platform } from '#platform'
import type { Client, ClientEvents, ConnectOptions } from './client.ts'
import { Connection } from './connection/connection.ts'
import type { ConnectionState } from './connection/state.ts'
import { call } from './eth/call.ts'
import { createErc20 } from './eth/erc20.ts'
import { Flights } from './eth/flights.ts'
import { Followers } from './eth/followers.ts'
import { Heads } from './eth/heads.ts'
import { waitForTransaction } from './eth/receipt.ts'
import { createRecovery } from './eth/recoveries.ts'
import type { Requester } from './eth/requester.ts'
import { revertIn } from './eth/revert.ts'
import { TraitsByEndpoint } from './eth/traits.ts'
import { Events } from './events.ts'
import type { ClientOptions, Endpoint } from './options.ts'
import { onAbort } from './pause.ts'
import type { Platform } from './platform.ts'
import { quantity } from './quantity.ts'
import { closedBy } from './refuse.ts'
import { Conversation } from './rpc/conversation.ts'
import { malformed } from './rpc/malformed.ts'
import type { Request } from './rpc/request.ts'
import type { RequestEvents } from './rpc/tracing.ts'
import { Secrets } from './secrets.ts'
import { type EndpointSettings, type Settings, settle } from './settings.ts'
import { Settlement } from './settlement.ts'
import { emptyStats, type Notice, type Stats } from './stats.ts'
import { type Attempt, createAttempt } from './transport/attempt.ts'

/**
 * A client of one endpoint, or of several of the same chain. Dials when it is first used, never by itself.
 *
 * @example
 * const client = createClient('wss://node.example/ws')
 * const transfers = client.transfers({ token: '0x…' })
 * @throws ConfigurationError that lists everything that is wrong with the arguments
 */
export function createClient(endpoints: Endpoint | readonly Endpoint[], options: ClientOptions = {}): Client {
  const settings = settle(endpoints, options)
  const { compression, webSocket, limits } = settings
  const dialOptions = { compression, webSocket, maxMessage: limits.message }
  return assemble(settings, {
    attempt: (endpoint, everOpen, secrets) => createAttempt(endpoint, dialOptions, everOpen, secrets),
    random: Math.random,
    platform,
  })
}

/** What a test may put in the place of the world. */
export interface World {
  readonly attempt: (endpoint: EndpointSettings, everOpen: boolean, secrets: Secrets) => Attempt
  readonly random: () => number
  readonly platform: Platform
}

export function assemble(settings: Settings, { attempt, random, platform }: World): Client {
  const stats = emptyStats()
  const secrets = new Secrets()
  const events = new Events<ClientEvents>()
  const notice = (notice: Omit<Notice, 'endpoint'>) => {
    stats.notices[notice.kind]++
    if (events.hasListeners('notice'))
      events.emit('notice', { ...notice, endpoint: connection.state.endpoint })
  }
  const conversation = new Conversation({
    settings,
    secrets,
    stats,
    notice,
    events: requestEvents(events),
    recognise: revertIn,
    head: header => connection.lookout.head(header),
    recovery: (...subscription) => createRecovery(recoverable, ...subscription),
    message: (subscription, result) =>
      events.emit('message', { type: 'eth_subscription', data: { subscription, result } }),
  })
  const connection: Connection = new Connection({
    settings,
    secrets,
    attempt: (endpoint, everOpen) => attempt(endpoint, everOpen, secrets),
    conversation,
    stats,
    platform,
    random,
    notice,
    changed: change => {
      if (change.to.status === 'waiting') conversation.undialled(change.to.error)
      events.emit('state', change)
    },
    over: cause => {
      conversation.close(cause)
      heads.close(cause)
    },
  })
  const requester = createRequester(connection, conversation, stats)
  const heads: Heads = new Heads(requester)
  const { chainId, stallTimeout } = settings
  const { buffer } = settings.limits
  const recoverable = { requester, heads, stats, notice, stallTimeout, limit: buffer }
  const followers = new Followers({ requester, heads, stats, notice, chainId, stallTimeout })

  const client: Client = {
    get state() {
      return connection.state
    },
    get stats() {
      return snapshot(stats, connection.openFor)
    },
    connect: options => connect(connection, options),
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection.close(),
    request: (call, options) => {
      connection.start()
      return conversation.request(call, options) as Promise<never>
    },
    subscribe: async (kind, params, options) => {
      connection.start()
      const given = params === undefined ? [] : [params].flat()
      return (await conversation.subscribe([kind, ...given], options, options?.recover)) as never
    },
    call: (tx, options) => call(requester, tx, options),
    erc20: token => createErc20(requester, token, filter => followers.transfers(filter)),
    transfers: filter => followers.transfers(filter),
    logs: filter => followers.logs(filter),
    blocks: options => followers.blocks(options),
    waitForTransaction: (hash, options) =>
      waitForTransaction({ requester, heads, stallTimeout }, hash, options),
    on: (event, listener) => {
      events.on(event, listener)
      return client
    },
    once: (event, listener) => {
      events.once(event, listener)
      return client
    },
    off: (event, listener) => {
      events.off(event, listener)
      return client
    },
  }
  return client
}

/** Resolves at `open`; nobody has to await it. */
function connect(connection: Connection, { signal }: ConnectOptions = {}): Promise<void> {
  const settlement = new Settlement<void>()
  const look = (state: ConnectionState) => {
    if (state.status === 'open') settlement.resolve()
    else if (state.status === 'closed') settlement.reject(state.error ?? closedBy(undefined))
    else return
    leave()
  }
  const unwatch = connection.watch(look)
  const stop = onAbort(signal, () => {
    unwatch()
    settlement.reject(signal?.reason)
  })
  const leave = () => {
    unwatch()
    stop()
  }
  if (!signal?.aborted) {
    connection.start()
    look(connection.state)
  }
  return settlement.promise
}

function createRequester(connection: Connection, conversation: Conversation, stats: Stats): Requester {
  const known = new TraitsByEndpoint()
  const request: Requester['request'] = (method, params, options) => {
    connection.start()
    return conversation.ask(method, params, options)
  }
  const flights = new Flights({
    request,
    together: ask => conversation.together(ask),
    get traits() {
      return requester.traits
    },
  })
  const requester: Requester = {
    get lines() {
      return stats.sockets
    },
    head: header => connection.lookout.head(header),
    doubt: (evidence, least) => void connection.lookout.doubt(evidence, least),
    get traits() {
      return known.of(connection.state.endpoint ?? '')
    },
    request,
    together: (calls, signal) => flights.ask(calls, signal),
    get departed() {
      return flights.departed
    },
    subscribe: (params, options) => {
      connection.start()
      return conversation.subscribe(params, options, false)
    },
    chainId: async signal => {
      if (connection.chainId === undefined) await connect(connection, { signal })
      if (connection.chainId !== undefined) return connection.chainId
      // Not probed: the peer was not asked at the door.
      const result = await requester.request('eth_chainId', [], { signal })
      const id = quantity(result)
      if (id !== undefined) return id
      throw malformed('eth_chainId', 'result', 'a hexadecimal number', result)
    },
  }
  return requester
}

/** `'request'` and `'response'`, made only where somebody listens. */
function requestEvents(events: Events<ClientEvents>): RequestEvents {
  return {
    written: ({ id, method, attempt }: Request) => {
      if (events.hasListeners('request')) events.emit('request', { id, method, attempt })
    },
    settled: ({ id, method, madeAt }, outcome) => {
      if (!events.hasListeners('response')) return
      events.emit('response', { id, method, duration: performance.now() - madeAt, outcome })
    },
  }
}

function snapshot(stats: Stats, openFor: number): Stats {
  return { ...structuredClone(stats), openTime: Math.round(stats.openTime + openFor) }
}
