/**
 * The multiplexer: many requests and subscriptions over the one line of the moment.
 *
 * Frames go one way: text → message → (requests | subscriptions). Until the first answer is judged good, everything else
 * that comes is held back: a wrong chain's answers must reach nobody.
 */

import type { FirstAnswer, Line, Conversation as Seam } from '../connection/session.ts'
import type { HoldfastError } from '../errors.ts'
import { closedBy } from '../refuse.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import type { Notice, Stats } from '../stats.ts'
import { Greeting } from './greeting.ts'
import { type Hex, isHead, isMessage, notificationIn, parseFrame } from './message.ts'
import { traitsOf } from './methods.ts'
import { Outbox } from './outbox.ts'
import { newProbe, ownQuestion } from './probe.ts'
import type { MakeRecovery, Recover } from './recovery.ts'
import { checkCall, checkRequestOptions, encodeParams, Request, type RequestOptions } from './request.ts'
import { Requests } from './requests.ts'
import { judgingResent } from './resend.ts'
import { type Recognise, toRpcError } from './rpc-error.ts'
import type { LocalSubscription } from './subscription.ts'
import { type SubscribeOptions, Subscriptions } from './subscriptions.ts'
import type { RequestEvents } from './tracing.ts'

export interface ConversationParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly stats: Stats
  readonly events: RequestEvents
  readonly recognise: Recognise
  /** Makes up for what a subscription misses while the line is down, where that is possible. */
  readonly recovery: MakeRecovery
  readonly notice: (notice: Omit<Notice, 'endpoint'>) => void
  /** The serving node has announced a block. */
  readonly head: (header: unknown) => void
  /** What a subscription made by `request` receives. */
  readonly message: (id: Hex, item: unknown) => void
}

type Stage =
  | { readonly name: 'detached' }
  | Greeting
  | { readonly name: 'open' }
  | { readonly name: 'closed'; readonly cause: HoldfastError | undefined }

/** Members of a JSON-RPC batch, where the peer takes as many. */
const BATCH_SIZE = 100

export class Conversation implements Seam {
  answeredAt = 0
  readonly #parts: ConversationParts
  readonly #outbox: Outbox
  readonly #requests: Requests
  readonly #subscriptions: Subscriptions
  #stage: Stage = { name: 'detached' }
  #heartbeat: Request | undefined
  #undialled: HoldfastError | undefined

  constructor(parts: ConversationParts) {
    const { settings, stats, secrets, notice } = parts
    this.#parts = parts
    const { batch, limits } = settings
    this.#outbox = new Outbox(batch === false ? 1 : (batch !== true && batch.size) || BATCH_SIZE, notice)
    this.#requests = new Requests({
      limits,
      stats,
      events: parts.events,
      outbox: this.#outbox,
      rpcError: (method, error) => toRpcError(method, error, secrets, parts.recognise),
      undialled: () => this.#undialled,
    })
    this.#subscriptions = new Subscriptions({
      ask: (method, params, answered, failed) => {
        const refused = failed as (error: unknown) => void
        const traits = traitsOf(method)
        this.#requests.submit(new Request(traits, params, 'bound', Infinity, answered, refused, undefined))
      },
      timeout: settings.timeout,
      limit: settings.limits.buffer,
      stats,
      notice,
    })
  }

  /** What users ask: checked at the door. */
  request(call: unknown, options?: RequestOptions): Promise<unknown> {
    return new Promise((answered, failed) => {
      checkCall(call)
      const { method, params } = call
      if (options !== undefined) checkRequestOptions(options, method)
      if (method === 'eth_subscribe' && Array.isArray(params))
        answered(this.#subscribeForMessages(params, options))
      else if (method === 'eth_unsubscribe' && Array.isArray(params))
        answered(this.#subscriptions.unsubscribe(params[0]))
      else this.#submit(method, params, options, answered, failed)
    })
  }

  /** What the library itself asks. */
  ask(method: string, params: unknown, options?: RequestOptions): Promise<unknown> {
    return new Promise((answered, failed) => this.#submit(method, params, options, answered, failed))
  }

  async subscribe(
    params: readonly unknown[],
    options?: SubscribeOptions,
    recover?: Recover,
  ): Promise<LocalSubscription> {
    this.#refuseIfClosed()
    const kind = String(params[0])
    const text = encodeParams(params)
    return this.#subscriptions.subscribe(kind, text, options, this.#parts.recovery(kind, text, recover))
  }

  attach(line: Line, withProbe: boolean): Promise<FirstAnswer> {
    return new Promise(greeted => {
      const probe = withProbe ? newProbe(greeted) : undefined
      this.#stage = new Greeting(probe, this.#parts.settings.limits.message, greeted)
      this.#requests.attach(line)
      if (probe === undefined) greeted({ saw: 'result', result: undefined })
      else this.#requests.write(probe)
      this.#subscriptions.attach()
      this.#requests.pump()
    })
  }

  open(): void {
    const held = this.#stage.name === 'greeting' ? this.#stage.held : []
    this.#stage = { name: 'open' }
    this.answeredAt = performance.now()
    this.#undialled = undefined
    for (const frame of held) this.#route(frame)
    this.#requests.open()
  }

  leave(): Promise<void> {
    return this.#requests.leave()
  }

  probe(): void {
    this.#heartbeat = newProbe(() => {})
    this.#requests.write(this.#heartbeat)
  }

  get awaitsRead(): boolean {
    return this.#requests.hasReadBefore(this.#heartbeat?.wireId ?? 0)
  }

  head(): Promise<unknown> {
    return new Promise((answered, failed) => {
      this.#requests.write(ownQuestion('eth_blockNumber', answered, failed))
    })
  }

  text(frame: string): void {
    if (this.#stage.name === 'open') this.#route(frame)
    else if (this.#stage.name === 'greeting') {
      const answer = this.#stage.take(frame, id => this.#requests.awaits(id))
      if (answer !== undefined) this.#requests.answer(answer)
    }
  }

  binary(bytes: number): void {
    if (this.#stage.name === 'greeting')
      this.#stage.greeted({ saw: 'garbage', what: `a binary frame of ${bytes} bytes` })
    else this.#stray('a binary frame')
  }

  /** A dial was rejected: who waits too long for the line is told why. */
  undialled(error: HoldfastError): void {
    this.#undialled = error
  }

  detach(error: HoldfastError): void {
    if (this.#stage.name === 'closed') return
    this.#stage = { name: 'detached' }
    this.#subscriptions.detach()
    this.#requests.detach(error)
  }

  close(cause: HoldfastError | undefined): void {
    if (this.#stage.name === 'closed') return
    this.#stage = { name: 'closed', cause }
    this.#subscriptions.close(cause)
    this.#requests.close(cause)
  }

  /** What is asked meanwhile leaves in one frame, where it may leave at once. */
  together(ask: () => void): void {
    this.#outbox.together(ask)
  }

  #submit(
    method: string,
    params: unknown,
    options: RequestOptions | undefined,
    answered: (result: unknown) => void,
    failed: (error: unknown) => void,
  ): void {
    this.#refuseIfClosed()
    const text = encodeParams(params)
    const traits = traitsOf(method)
    const timeout = options?.timeout ?? this.#parts.settings.timeout
    const hash = options?.replay ? options.transactionHash : undefined
    const onLoss = hash !== undefined ? 'resend' : traits.isPureRead ? 'read' : 'write'
    const judged = hash === undefined ? failed : judgingResent(this, hash, timeout, answered)
    this.#requests.submit(new Request(traits, text, onLoss, timeout, answered, judged, options?.signal))
  }

  async #subscribeForMessages(params: readonly unknown[], options?: RequestOptions): Promise<Hex> {
    const subscription = await this.subscribe(params, { signal: options?.signal })
    const { id } = subscription.on('data', item => this.#parts.message(subscription.id, item))
    return id
  }

  #route(frame: string): void {
    const message = parseFrame(frame)
    let answers = 0
    if (Array.isArray(message)) for (const member of message) answers += this.#dispatch(member)
    else answers = this.#dispatch(message)
    if (answers > 0) this.answeredAt = performance.now()
    this.#requests.pump()
  }

  /** @returns how many answers it was */
  #dispatch(message: unknown): 0 | 1 {
    if (!isMessage(message)) this.#stray('a frame that is no JSON-RPC')
    else if (message.method !== undefined) {
      const notification = notificationIn(message)
      if (notification === undefined || !this.#subscriptions.notify(notification))
        this.#stray('a notification')
      else if (isHead(notification.result)) this.#parts.head(notification.result)
    } else if (this.#requests.answer(message)) return 1
    else this.#stray('an answer')
    return 0
  }

  /** Frames that are nobody's do no harm, and are not kept secret either. */
  #stray(what: string): void {
    this.#parts.notice({ kind: 'stray-frame', message: `Received ${what} that nobody waits for.` })
  }

  #refuseIfClosed(): void {
    if (this.#stage.name === 'closed') throw closedBy(this.#stage.cause)
  }
}
