/**
 * The multiplexer: many requests and subscriptions over the one line of the moment.
 *
 * Frames go one way: text → message → (requests | subscriptions). Until the first answer is judged good, everything else
 * that comes is held back: a wrong chain's answers must reach nobody.
 */

import type { FirstAnswer, Line, Conversation as Seam } from '../connection/session.ts'
import type { HoldfastError } from '../errors.ts'
import { closedBy } from '../refuse.ts'
import { retryAfterIn } from '../retry-after.ts'
import { rpcErrorIn } from '../rpc-error-object.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import type { Notice, Stats } from '../stats.ts'
import { InvalidResponseError, RpcError } from './errors.ts'
import { encodeBody, type Hex, isMessage, notificationIn } from './message.ts'
import { isPureRead } from './methods.ts'
import { checkCall, checkRequestOptions, encodeParams, Request, type RequestOptions } from './request.ts'
import { type RequestEvents, Requests } from './requests.ts'
import { type Recognise, toRpcError } from './rpc-error.ts'
import type { LocalSubscription } from './subscription.ts'
import { type SubscribeOptions, Subscriptions } from './subscriptions.ts'

export interface ConversationParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly stats: Stats
  readonly events: RequestEvents
  readonly recognise: Recognise
  readonly notice: (notice: Omit<Notice, 'endpoint'>) => void
  /** What a subscription made by `request` receives. */
  readonly message: (id: Hex, item: unknown) => void
}

type Stage =
  | { readonly name: 'detached' }
  | Greeting
  | { readonly name: 'open' }
  | { readonly name: 'closed'; readonly cause: HoldfastError | undefined }

/** Between 101 and the judgement of the first answer. */
interface Greeting {
  readonly name: 'greeting'
  /** Frames that wait for the judgement. */
  readonly held: string[]
  heldSize: number
  readonly probe: Request | undefined
  readonly greeted: (answer: FirstAnswer) => void
}

const PROBE = 'eth_chainId'

export class Conversation implements Seam {
  answeredAt = 0
  readonly #parts: ConversationParts
  readonly #requests: Requests
  readonly #subscriptions: Subscriptions
  #stage: Stage = { name: 'detached' }

  constructor(parts: ConversationParts) {
    const { settings, stats, secrets, notice } = parts
    this.#parts = parts
    this.#requests = new Requests(settings.limits, stats, parts.events, (method, error) =>
      toRpcError(method, error, secrets, parts.recognise),
    )
    this.#subscriptions = new Subscriptions({
      ask: (method, params, answered, failed) => {
        const body = encodeBody(method, params)
        this.#requests.submitAhead(
          new Request(method, body, 'bound', Infinity, { answered, failed }, undefined),
        )
      },
      timeout: settings.timeout,
      limit: settings.limits.buffer,
      stats,
      notice,
    })
  }

  /** What users ask: checked at the door. */
  async request(call: unknown, options?: RequestOptions): Promise<unknown> {
    checkCall(call)
    const { method, params } = call
    if (options !== undefined) checkRequestOptions(options, method)
    if (method === 'eth_subscribe' && Array.isArray(params))
      return (await this.#subscribeForMessages(params, options)).id
    if (method === 'eth_unsubscribe' && Array.isArray(params))
      return this.#subscriptions.unsubscribe(params[0])
    return this.ask(method, params, options)
  }

  async subscribe(params: readonly unknown[], options?: SubscribeOptions): Promise<LocalSubscription> {
    this.#refuseIfClosed()
    return this.#subscriptions.subscribe(params, options)
  }

  attach(line: Line, withProbe: boolean): Promise<FirstAnswer> {
    return new Promise(greeted => {
      const probe = withProbe ? newProbe(greeted) : undefined
      this.#stage = { name: 'greeting', held: [], heldSize: 0, probe, greeted }
      this.#requests.attach(line)
      if (probe === undefined) greeted({ saw: 'result', result: undefined })
      else this.#requests.writeNow(probe)
      this.#subscriptions.attach()
      this.#requests.pump()
    })
  }

  open(): void {
    const held = this.#stage.name === 'greeting' ? this.#stage.held : []
    this.#stage = { name: 'open' }
    this.answeredAt = performance.now()
    for (const frame of held) this.#route(frame)
    this.#requests.open()
  }

  probe(): void {
    this.#requests.writeNow(newProbe(() => {}))
  }

  text(frame: string): void {
    if (this.#stage.name === 'open') this.#route(frame)
    else if (this.#stage.name === 'greeting') this.#greet(frame, this.#stage)
  }

  binary(bytes: number): void {
    if (this.#stage.name === 'greeting')
      this.#stage.greeted({ saw: 'garbage', what: `a binary frame of ${bytes} bytes` })
    else this.#stray('a binary frame')
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

  /** What the library itself asks. */
  async ask(method: string, params: unknown, options: RequestOptions = {}): Promise<unknown> {
    this.#refuseIfClosed()
    const body = encodeParams(() => encodeBody(method, params))
    const onLoss = options.replay || isPureRead(method) ? 'read' : 'write'
    const timeout = options.timeout ?? this.#parts.settings.timeout
    return new Promise((answered, failed) => {
      this.#requests.submit(new Request(method, body, onLoss, timeout, { answered, failed }, options.signal))
    })
  }

  /** What is asked meanwhile leaves in one frame, where it can leave at once. */
  together(ask: () => void): void {
    this.#requests.together(ask)
  }

  async #subscribeForMessages(
    params: readonly unknown[],
    options?: RequestOptions,
  ): Promise<LocalSubscription> {
    const subscription = await this.subscribe(params, { signal: options?.signal })
    return subscription.on('data', item => this.#parts.message(subscription.id, item))
  }

  /** Before the first answer: it is looked for, everything else is held. */
  #greet(frame: string, greeting: Greeting): void {
    const message = parse(frame)
    if (message === undefined) return greeting.greeted({ saw: 'garbage', what: 'a text that is not JSON' })
    if (isMessage(message)) {
      if (message.id === greeting.probe?.wireId) return void this.#requests.answer(message)
      const error = message.id === null || message.id === undefined ? rpcErrorIn(message) : undefined
      if (error !== undefined)
        return greeting.greeted({ saw: 'error', error, retryAfter: retryAfterIn(error) })
    } else if (!Array.isArray(message))
      return greeting.greeted({ saw: 'garbage', what: 'JSON that is no object' })
    greeting.held.push(frame)
    greeting.heldSize += frame.length
    if (greeting.heldSize > this.#parts.settings.limits.message) {
      greeting.greeted({ saw: 'garbage', what: 'more than limits.message before the first answer' })
    }
  }

  #route(frame: string): void {
    const message = parse(frame)
    if (Array.isArray(message)) for (const member of message) this.#dispatch(member)
    else this.#dispatch(message)
  }

  #dispatch(message: unknown): void {
    if (!isMessage(message)) return this.#stray('a frame that is no JSON-RPC')
    if (message.method !== undefined) {
      const notification = notificationIn(message)
      if (notification === undefined || !this.#subscriptions.notify(notification))
        this.#stray('a notification')
    } else if (
      this.#requests.answer(message) ||
      (message.id === null && this.#requests.refuseBatch(message))
    ) {
      this.answeredAt = performance.now()
    } else this.#stray('an answer')
  }

  /** Frames that are nobody's do no harm, and are not kept secret either. */
  #stray(what: string): void {
    this.#parts.notice({ kind: 'stray-frame', message: `Received ${what} that nobody waits for.` })
  }

  #refuseIfClosed(): void {
    if (this.#stage.name === 'closed') throw closedBy(this.#stage.cause)
  }
}

/** The first question, and the heartbeat's: any answer is a sign of life. */
function newProbe(greeted: (answer: FirstAnswer) => void): Request {
  const answered = (result: unknown) => greeted({ saw: 'result', result })
  const failed = (error: unknown) => {
    if (error instanceof InvalidResponseError) return greeted({ saw: 'garbage', what: error.message })
    if (!(error instanceof RpcError)) return
    const { rpcCode: code, message, data } = error
    greeted({
      saw: 'error',
      error: { code, message, data },
      retryAfter: retryAfterIn({ code, message, data }),
    })
  }
  return new Request(PROBE, encodeBody(PROBE, []), 'bound', Infinity, { answered, failed }, undefined)
}

/** @returns undefined for what is not JSON */
function parse(frame: string): unknown {
  try {
    return JSON.parse(frame)
  } catch {
    return undefined
  }
}
