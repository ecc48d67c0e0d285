/** A client in virtual time on a fake line. */

import type { Client } from '../../src/client.ts'
import { assemble } from '../../src/create-client.ts'
import type { ClientOptions, Endpoint } from '../../src/options.ts'
import { settle } from '../../src/settings.ts'
import { FakeWorld } from './fake-line.ts'

export const ENDPOINT = 'wss://node.test/v1/0123456789abcdef'

export interface FakeClient {
  readonly client: Client
  readonly world: FakeWorld
}

export function fakeClient(
  options: ClientOptions = {},
  world: FakeWorld = new FakeWorld(),
  endpoints: Endpoint | readonly Endpoint[] = ENDPOINT,
): FakeClient {
  return { client: assemble(settle(endpoints, options), world), world }
}

/** Lets everything that is ready happen, without time passing. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}
