/** A client in virtual time whose lines open by themselves and know only `eth_chainId`; the test answers the rest. */

import { vi } from 'vitest'
import type { Client } from '../../src/client.ts'
import type { ClientOptions } from '../../src/options.ts'
import { fakeClient } from './fake-client.ts'
import { answering, type FakeSocket, FakeWorld } from './fake-line.ts'

export interface OpenClient {
  readonly client: Client
  readonly world: FakeWorld
  readonly socket: FakeSocket
}

export async function openClient(options: ClientOptions = {}): Promise<OpenClient> {
  const world = new FakeWorld(dial => {
    dial.socket.onRequest = answering()
    dial.open()
  })
  const { client } = fakeClient({ heartbeat: false, ...options }, world)
  await client.connect()
  return { client, world, socket: world.last.socket }
}

/** The line falls and is back. */
export async function cut(world: FakeWorld): Promise<FakeSocket> {
  world.last.socket.drop()
  await vi.advanceTimersByTimeAsync(1_000)
  return world.last.socket
}
