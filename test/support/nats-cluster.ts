/** Real nats-servers that keep their streams together, each a process with a store of its own. */

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type NatsHost, type NatsServer, startNats } from './nats.ts'

export interface NatsCluster extends NatsHost {
  /** By their names in the cluster. */
  readonly servers: ReadonlyMap<string, NatsServer>
}

/** Resolves once they have elected who leads them all. */
export async function startNatsCluster(size = 3): Promise<NatsCluster> {
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
  await Promise.all(each.map(server => server.says(/new .*metadata leader/)))
  return {
    servers,
    url: each.map(({ url }) => url).join(),
    stop: async () => void (await Promise.all(each.map(server => server.stop()))),
  }
}

/** Every server has to know where the others are before they start. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => once(server.close(), 'close')))
  return ports
}
