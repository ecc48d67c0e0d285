/** A real nats-server, a simulated chain on a real WebSocket, and relays between them; everything ends with the scene. */

import { jetstream, jetstreamManager, type StreamConfig } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Client } from '../../src/client.ts'
import { createClient } from '../../src/create-client.ts'
import {
  type Relay,
  type RelayFilter,
  type RelayOptions,
  type RelayState,
  relay,
  type TransferMessage,
} from '../../src/jetstream/index.ts'
import { type NatsHost, type NatsServer, startNats } from '../support/nats.ts'
import { SimChain } from '../support/sim-chain.ts'
import { SimNode } from '../support/sim-node.ts'
import { type SimServer, serveSimNode } from '../support/sim-server.ts'
import { askAgain } from './ask-again.ts'
import { connectTo } from './connect.ts'
import { type Folded, foldStream } from './stream-fold.ts'

export const STREAM = 'TRANSFERS'

export class Scene<Nats extends NatsHost = NatsServer> {
  readonly nats: Nats
  readonly connection: NatsConnection
  readonly chain = new SimChain()
  readonly node = new SimNode(this.chain)
  #server: SimServer | undefined
  readonly #ends: (() => Promise<unknown>)[] = []

  private constructor(nats: Nats, connection: NatsConnection) {
    this.nats = nats
    this.connection = connection
    this.node.latency = 0
  }

  static async start(config?: string): Promise<Scene> {
    return Scene.on(await startNats(config))
  }

  static async on<Nats extends NatsHost>(nats: Nats): Promise<Scene<Nats>> {
    const scene = new Scene(nats, await connectTo(nats))
    scene.#server = await serveSimNode(scene.node)
    return scene
  }

  get nodeUrl(): string {
    return this.#server?.url ?? ''
  }

  async addStream(config: Partial<StreamConfig> = {}): Promise<void> {
    const manager = await jetstreamManager(this.connection)
    await manager.streams.add({ name: STREAM, subjects: ['transfers.>'], ...config })
  }

  async editStream(config: Partial<StreamConfig>): Promise<void> {
    const manager = await jetstreamManager(this.connection)
    await manager.streams.update(STREAM, config)
  }

  async connect(): Promise<NatsConnection> {
    const connection = await connectTo(this.nats)
    this.#ends.push(() => connection.close())
    return connection
  }

  client(): Client {
    const client = createClient(this.nodeUrl, { reconnect: { minDelay: 10, maxDelay: 100 } })
    this.#ends.push(() => client.close())
    return client
  }

  async relay(filter: RelayFilter = { fromBlock: 1 }, options: Partial<RelayOptions> = {}): Promise<Relay> {
    const { connection = await this.connect() } = options
    const running = relay(this.client(), filter, { connection, stream: STREAM, ...options })
    this.#ends.push(() => running.close())
    return running
  }

  /** Resolves once such a message is in the stream. */
  async untilMessage(
    holds: (message: TransferMessage) => boolean,
    connection = this.connection,
  ): Promise<void> {
    const { consumers } = jetstream(connection, { timeout: 1_000 })
    const consumer = await askAgain(() => consumers.get(STREAM))
    for await (const message of await consumer.consume()) if (holds(message.json<TransferMessage>())) return
  }

  fold(connection = this.connection): Promise<Folded> {
    return foldStream(connection, STREAM)
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.reverse()) await end()
    await this.connection.close()
    await this.#server?.close()
    await this.nats.stop()
  }
}

/** Rejects, saying what it saw, where the relay ends before. */
export function untilState<S extends RelayState['status']>(
  running: Relay,
  status: S,
): Promise<Extract<RelayState, { status: S }>> {
  return new Promise((resolve, reject) => {
    const seen: string[] = []
    const look = (state: RelayState) => {
      seen.push(state.status)
      if (state.status === status) resolve(state as Extract<RelayState, { status: S }>)
      else if (state.status === 'closed')
        reject(new Error(`never ${status}, only ${seen.join(', ')}: ${String(state.error)}`))
      else return
      running.off('state', changed)
    }
    const changed = ({ to }: { to: RelayState }) => look(to)
    running.on('state', changed)
    look(running.state)
  })
}

/** Resolves once everything up to that block is in the stream. */
export function untilBlock(running: Relay, block: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if ((running.stats.block ?? -1) >= block) return resolve()
    const look = ({ toBlock }: { toBlock: number }) => {
      if (toBlock < block) return
      running.off('page', look)
      resolve()
    }
    running.on('page', look)
    running.done.then(
      () => reject(new Error(`the relay ended before block ${block}`)),
      error => reject(error),
    )
  })
}
