/** What `relay` accepts, checked at the door. */

import { validate } from '#validation'
import { expecting, isRecord, kindOf, type Shape } from '../describe.ts'
import type { TransferFilter } from '../eth/filter.ts'
import { COUNT, MILLISECONDS } from '../option-checks.ts'
import { refuse } from '../refuse.ts'
import type { NatsConnectionLike } from './nats.ts'

/** Which transfers, and from where an empty stream begins; a stream that holds messages says itself where to go on. */
export type RelayFilter = Omit<TransferFilter, 'after'>

/** Where to, and how. */
export interface RelayOptions {
  /** A connection to NATS; the relay does not close it. Make it with `maxReconnectAttempts: -1`. */
  readonly connection: NatsConnectionLike
  /** The name of a stream that exists and that nobody but relays of this filter writes to. */
  readonly stream: string
  /** Subjects are `<subject>.<chainId>.<token>`. @default 'transfers' */
  readonly subject?: string
  /** What to do when another relay writes: stand by and take over when it falls silent, or end with RelayFencedError. @default true */
  readonly standby?: boolean
  /** Milliseconds without a word from the leader after which a standby takes over. @default 2_500 */
  readonly silence?: number
  /** Milliseconds to wait for an answer of NATS. @default 5_000 */
  readonly timeout?: number
  /** How many messages may be on the way; the chain is pulled no further while they are. @default 4_096 */
  readonly inFlight?: number
  /** The JetStream domain, where it is not that of the server. */
  readonly domain?: string
}

export interface RelaySettings extends Required<Omit<RelayOptions, 'domain'>> {
  readonly domain: string | undefined
}

/** JetStream's own rules for names. */
const NAME = /^[^\s.*>/\\]+$/
const SUBJECT = /^[^\s.*>]+(\.[^\s.*>]+)*$/

const METHODS = ['publish', 'subscribe', 'status', 'closed', 'isClosed']
const isConnection = (value: unknown) =>
  isRecord(value) && METHODS.every(method => typeof Reflect.get(value, method) === 'function')

const SHAPE: Shape = {
  connection: expecting('a NatsConnection of nats.js 3', isConnection, kindOf),
  stream: expecting('the name of a stream', value => NAME.test(String(value))),
  subject: expecting('a subject without wildcards', value => SUBJECT.test(String(value))),
  standby: expecting('true or false', value => typeof value === 'boolean'),
  silence: MILLISECONDS,
  timeout: MILLISECONDS,
  inFlight: COUNT,
  domain: expecting('the name of a domain', value => NAME.test(String(value))),
}

/** @throws ConfigurationError */
export function settleRelay(filter: object, options: RelayOptions): RelaySettings {
  validate(SHAPE, options, 'options')
  for (const option of ['connection', 'stream'] as const)
    if (options[option] === undefined) throw refuse(`options.${option}`, 'it is required')
  if (Reflect.get(filter, 'after') !== undefined)
    throw refuse('filter.after', 'the cursor is in the stream itself; it cannot be given')
  const { subject = 'transfers', standby = true, silence = 2_500, timeout = 5_000 } = options
  const { connection, stream, inFlight = 4_096, domain } = options
  return { connection, stream, subject, standby, silence, timeout, inFlight, domain }
}
