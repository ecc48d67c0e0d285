/** Real nats-servers that keep their streams together, each a process with a store of its own. */

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { jetstreamManager } from '@nats-io/jetstream'
import { pause } from '../../src/pause.ts'
import { connectTo } from '../jetstream/connect.ts'
import { type NatsHost, type NatsServer, startNats } from './nats.ts'

export interface NatsCluster extends NatsHost {
  /** By their names in the cluster. */
  readonly servers: ReadonlyMap<string, NatsServer>
}

/** Resolves once they can hold a stream together; one alone is no cluster. */
export async function startNatsCluster(size = 3): Promise<NatsCluster> {
  if (size === 1) {
    const alone = await startNats()
    return { servers: new Map([['alone', alone]]), url: alone.url, stop: () => alone.stop() }
  }
  const ports = await freePorts(size)
  const routes = ports.map(port => `nats://127.0.0.1:${port}`).join()
  const servers = new Map(
    await Promise.all(
      ports.map(async (port, i) => {
        const name = `server-${i + 1}`
        const cluster = `cluster { name: holdfast, listen: "127.0.0.1:${port}", routes: [${routes}] }`
        return [name, await startNats(`server_name: ${name}\n${cluster}`)] as const
      }),
    ),
  )
  const each = [...servers.values()]
  const url = each.map(server => server.url).join()
  await untilReady(url, size)
  return {
    servers,
    url,
    stop: async () => void (await Promise.all(each.map(server => server.stop()))),
  }
}

/** What the servers say while they elect and find each other differs from start to start: so they are asked for a stream. */
async function untilReady(url: string, replicas: number): Promise<void> {
  const connection = await connectTo({ url })
  const { streams } = await jetstreamManager(connection, { checkAPI: false, timeout: 250 })
  const config = { name: 'READY', subjects: ['ready'], num_replicas: replicas }
  const add = () => streams.add(config).catch(() => undefined)
  while ((await add()) === undefined) await pause(100, new AbortController().signal)
  await connection.close()
}

/** Every server has to know where the others are before they start. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => once(server.close(), 'close')))
  return ports
}
