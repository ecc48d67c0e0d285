/**
 * One way to be rejected, produced for real on this machine, and the error it must give. Scenarios are plain data, so that
 * they run under vitest and, bundled, on every version of Node.
 */

import type { ClientOptions, Endpoint } from '../../../src/options.ts'
import type { Peer } from '../../support/peers.ts'

export const KEY = 'sEcReT-pRoJeCt-KeY-0123456789'
/** The whole handshake may take this long; milliseconds. */
export const BUDGET = 800

/** What a scenario sets up. Peers it hands to `use` are closed for it. */
export interface Setup {
  readonly endpoint: Endpoint
  readonly options?: ClientOptions
  /** Fields of the error; nested objects are compared by their own fields. */
  readonly expected: { readonly name: string; readonly retryable: boolean } & Readonly<
    Record<string, unknown>
  >
  /** What message or hint must say. */
  readonly says?: readonly string[]
}

export interface Scenario {
  readonly title: string
  set(use: <P extends Peer>(peer: Promise<P>) => Promise<P>): Promise<Setup>
}

export const url = (port: number, scheme: 'ws' | 'wss' = 'ws') =>
  `${scheme}://127.0.0.1:${port}/v3/${KEY}?token=${KEY}`
