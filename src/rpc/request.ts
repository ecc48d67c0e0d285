/** One request, from the call to its one answer. */

import { validate } from '#validation'
import { expecting, kindOf, type Shape, show } from '../describe.ts'
import { SIGNAL, TIMEOUT } from '../option-checks.ts'
import { refuse } from '../refuse.ts'
import type { Linked } from './chain.ts'
import type { Hex } from './message.ts'
import type { Traits } from './methods.ts'

/** The part of an `AbortSignal` that holdfast uses. */
export interface AbortSignalLike {
  /** Whether it was aborted already. */
  readonly aborted: boolean
  /** What is thrown then. */
  readonly reason?: unknown
  /** As of every `EventTarget`. */
  addEventListener(type: 'abort', listener: () => void): void
  /** As of every `EventTarget`. */
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Options of one request. */
export interface RequestOptions {
  /** Milliseconds, reconnects included; `Infinity` for never. @default the client's `timeout` */
  readonly timeout?: number
  /** Aborts the request; it then rejects with `signal.reason`. */
  readonly signal?: AbortSignalLike
  /** Send an `eth_sendRawTransaction` again after a lost line. Needs `transactionHash`. @default false */
  readonly replay?: boolean
  /** The hash of the transaction to be replayed: proof that a second sending has the same effect. */
  readonly transactionHash?: Hex
}

/**
 * What a lost line does to a request that was written: a `read` is sent again; so is a `resend` (a transaction that the
 * caller lets us repeat), but never before the line may be believed; a `write` rejects; and what is `bound` to its socket
 * (a renewal) or a `probe` is simply forgotten.
 */
export type OnLoss = 'read' | 'resend' | 'write' | 'bound' | 'probe'

/** There is one for every call: its fields are kept few. `answered` or `failed` is called, once, with the frame that holds the answer. */
export class Request implements Linked<Request> {
  readonly traits: Traits
  /** As JSON. */
  readonly params: string
  readonly onLoss: OnLoss
  readonly timeout: number
  readonly answered: (result: unknown) => void
  readonly failed: (error: unknown) => void
  readonly signal: AbortSignalLike | undefined
  /** For `'request'` events: the same however often it is written. */
  id = 0
  /** The id on the wire, of the last writing; 0 while it waits. */
  wireId = 0
  attempt = 0
  /** By `performance.now()`. */
  readonly madeAt = performance.now()
  /** Lost lines in a row, after they had been open, at which this one was under way. */
  losses = 0
  /** Where it waits, and between whom. */
  chain: Linked<Request>['chain'] = undefined
  before: Request | undefined = undefined
  after: Request | undefined = undefined
  /** The JSON-RPC batch that it was written in. */
  batch: Batch | undefined = undefined
  /** The same for all that belong together: they are to be answered from one view of the chain. */
  flight: symbol | undefined = undefined

  constructor(
    traits: Traits,
    params: string,
    onLoss: OnLoss,
    timeout: number,
    answered: (result: unknown) => void,
    failed: (error: unknown) => void,
    signal: AbortSignalLike | undefined,
  ) {
    this.traits = traits
    this.params = params
    this.onLoss = onLoss
    this.timeout = timeout
    this.answered = answered
    this.failed = failed
    this.signal = signal
  }

  get method(): string {
    return this.traits.method
  }
}

/** Renewals and probes are nobody's requests. */
export function isCounted({ onLoss }: Request): boolean {
  return onLoss !== 'bound' && onLoss !== 'probe'
}

/** Whether it may be written once more after a pause of so many milliseconds. */
export function mayWait({ onLoss, madeAt, timeout }: Request, pause = 0): boolean {
  return (onLoss === 'read' || onLoss === 'bound') && madeAt + timeout - performance.now() > pause
}

/** Written once more, it would be answered by itself. */
export function isPartOfWhole({ batch, flight }: Request): boolean {
  return batch !== undefined && flight !== undefined
}

/** Requests that left in one JSON-RPC batch. */
export class Batch implements Linked<Batch> {
  readonly members: readonly Request[]
  /** How many of them are not settled yet: their `batch` is this one. */
  left: number
  chain: Linked<Batch>['chain'] = undefined
  before: Batch | undefined = undefined
  after: Batch | undefined = undefined

  constructor(members: readonly Request[]) {
    this.members = members
    this.left = members.length
  }
}

export interface RpcCall {
  readonly method: string
  readonly params?: unknown
}

/** @throws ConfigurationError that names what is wrong with a call */
export function checkCall(call: unknown): asserts call is RpcCall {
  const { method, params } = Object(call) as { method?: unknown; params?: unknown }
  if (typeof method !== 'string' || method === '') {
    throw refuse('call.method', `expected the name of a method, got ${show(method)}`)
  }
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    throw refuse('call.params', `expected an array or an object, got ${kindOf(params)}`)
  }
}

const OPTIONS: Shape = {
  timeout: TIMEOUT,
  signal: SIGNAL,
  replay: expecting('true or false', value => typeof value === 'boolean'),
  transactionHash: expecting('a transaction hash', value => /^0x[\da-f]{64}$/i.test(String(value))),
}

/** @throws ConfigurationError that names the option */
export function checkRequestOptions(options: RequestOptions, method: string): void {
  validate(OPTIONS, options, 'options')
  if (!options.replay) return
  if (method !== 'eth_sendRawTransaction')
    throw refuse('options.replay', 'only eth_sendRawTransaction can be replayed')
  if (options.transactionHash === undefined) throw refuse('options.transactionHash', 'replay needs it')
}

/** @throws ConfigurationError for parameters that JSON cannot hold */
export function encodeParams(params: unknown): string {
  try {
    return params === undefined ? '[]' : JSON.stringify(params)
  } catch (error) {
    throw refuse(
      'call.params',
      `cannot be written as JSON (${String(error)}); quantities are hexadecimal strings`,
    )
  }
}
