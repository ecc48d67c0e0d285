/**
 * A line without a network: dials whose outcome the test decides, and sockets whose peer the test plays.
 *
 * `FakeWorld.attempt` goes where the client expects its transport. Every dial waits in `dials` until the test opens or
 * fails it; `autoOpen` opens them all and answers the first question.
 */

import type { HoldfastError } from '../../src/errors.ts'
import type { Platform } from '../../src/platform.ts'
import { Secrets } from '../../src/secrets.ts'
import type { EndpointSettings } from '../../src/settings.ts'
import type { Attempt } from '../../src/transport/attempt.ts'
import { OFFLINE } from '../../src/transport/causes/browser.ts'
import { reject } from '../../src/transport/causes/cause.ts'
import { UNCLASSIFIED } from '../../src/transport/causes/network.ts'
import { judgeFirst } from '../../src/transport/first-answer.ts'
import { Scene } from '../../src/transport/scene.ts'
import { type Closure, type Socket, SocketEvents, type SocketListener } from '../../src/transport/socket.ts'

type Handler = (params: readonly unknown[]) => unknown

interface Sent {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

export class FakeSocket implements Socket {
  readonly negotiated = { compression: false }
  buffered = 0
  received: number | undefined
  /** Every frame that the client sent, parsed; batches flattened. */
  readonly sent: Sent[] = []
  readonly frames: string[] = []
  /** Those that did not wait for the end of the tick. */
  left: readonly string[] = []
  /** How the client ended it, if it did. */
  ended: { readonly how: 'close' | 'terminate'; readonly code?: number } | undefined
  /** Whether the line has fallen by itself. */
  fell = false
  /** Whether the peer answers a closing handshake. */
  isPolite = true
  onRequest: (request: Sent, socket: FakeSocket) => void = () => {}
  /** Takes JSON-RPC batches whole; without it their members come one by one. */
  onBatch: ((requests: readonly Sent[], socket: FakeSocket) => void) | undefined
  readonly #events = new SocketEvents()

  send(frame: string): void {
    this.frames.push(frame)
    const parsed = JSON.parse(frame) as Sent | Sent[]
    const requests = [parsed].flat()
    this.sent.push(...requests)
    if (Array.isArray(parsed) && this.onBatch !== undefined) return this.onBatch(requests, this)
    for (const request of requests) this.onRequest(request, this)
  }

  flush(): void {
    this.left = [...this.frames]
  }

  close(code: number): void {
    this.ended ??= { how: 'close', code }
    if (this.isPolite) queueMicrotask(() => this.drop({ code }))
  }

  terminate(): void {
    this.ended ??= { how: 'terminate' }
    this.#events.closed({ code: 1006, reason: '' })
  }

  listen(listener: SocketListener): void {
    this.#events.listen(listener)
  }

  /** The peer sends this. */
  receive(message: unknown): void {
    this.#events.text(typeof message === 'string' ? message : JSON.stringify(message))
  }

  receiveBinary(bytes: number): void {
    this.#events.binary(bytes)
  }

  /** The peer answers the newest request of that method. */
  answer(method: string, result: unknown): void {
    this.receive({ jsonrpc: '2.0', id: this.last(method).id, result })
  }

  refuse(method: string, error: { code: number; message: string; data?: unknown }): void {
    this.receive({ jsonrpc: '2.0', id: this.last(method).id, error })
  }

  notify(subscription: string, result: unknown): void {
    this.receive({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } })
  }

  /** The line falls. */
  drop(closure: Partial<Closure> = {}): void {
    this.fell = true
    this.#events.closed({ code: 1006, reason: '', ...closure })
  }

  last(method: string): Sent {
    const request = this.sent.findLast(each => each.method === method)
    if (request === undefined)
      throw new Error(`no ${method} was sent, only ${this.methods.join(', ') || 'nothing'}`)
    return request
  }

  get methods(): readonly string[] {
    return this.sent.map(({ method }) => method)
  }
}

export class FakeDial {
  readonly socket = new FakeSocket()
  readonly endpoint: EndpointSettings
  readonly scene: Scene
  readonly at = performance.now()
  outcome: 'pending' | 'open' | 'failed' | 'aborted' = 'pending'
  #resolve: (socket: Socket) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(endpoint: EndpointSettings, scene: Scene) {
    this.endpoint = endpoint
    this.scene = scene
  }

  wait(signal: AbortSignal): Promise<Socket> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      signal.addEventListener('abort', () => {
        if (this.outcome === 'pending') this.outcome = 'aborted'
        reject(signal.reason)
      })
    })
  }

  open(): FakeSocket {
    this.outcome = 'open'
    this.scene.phase = 'open'
    this.#resolve(this.socket)
    return this.socket
  }

  fail(error: HoldfastError): void {
    this.outcome = 'failed'
    this.#reject(error)
  }
}

/** What a page is told, as the test says it. */
export class FakePlatform implements Platform {
  offline = false
  readonly watchers = new Set<() => void>()
  isOffline: Platform['isOffline'] = () => this.offline

  readonly watch = (woken: () => void) => {
    this.watchers.add(woken)
    return () => void this.watchers.delete(woken)
  }

  /** `online`, `pageshow`, `visibilitychange`. */
  wake(): void {
    for (const woken of [...this.watchers]) woken()
  }

  setOffline(offline: boolean): void {
    this.offline = offline
    this.wake()
  }
}

export class FakeWorld {
  readonly dials: FakeDial[] = []
  readonly #onDial: (dial: FakeDial) => void
  /** What full jitter draws: 0.5 unless a test says otherwise. */
  draw = 0.5
  readonly random = () => this.draw
  /** A page that is online and awake, unless a test says otherwise. */
  readonly platform = new FakePlatform()

  constructor(onDial: (dial: FakeDial) => void = () => {}) {
    this.#onDial = onDial
  }

  readonly attempt = (endpoint: EndpointSettings, everOpen: boolean, secrets = new Secrets()): Attempt => {
    const scene = new Scene(endpoint.name, everOpen, secrets)
    if (typeof endpoint.url === 'string') scene.url = new URL(endpoint.url)
    return {
      endpoint: scene.endpoint,
      dial: async (_, signal) => {
        signal.throwIfAborted()
        const dial = new FakeDial(endpoint, scene)
        this.dials.push(dial)
        const outcome = dial.wait(signal)
        this.#onDial(dial)
        return outcome
      },
      judge: seen => judgeFirst(scene, seen),
      offline: () => reject(OFFLINE, scene),
      unclassified: cause => reject(UNCLASSIFIED, scene, { cause }),
    }
  }

  get last(): FakeDial {
    const dial = this.dials.at(-1)
    if (dial === undefined) throw new Error('nothing was dialled')
    return dial
  }
}

/** A peer that answers `eth_chainId`, and whatever else the handlers know. */
export function answering(handlers: Readonly<Record<string, Handler>> = {}) {
  const all: Readonly<Record<string, Handler>> = { eth_chainId: () => '0x1', ...handlers }
  return (request: Sent, socket: FakeSocket): void => {
    const handler = all[request.method]
    if (handler === undefined) return
    // An answer never comes before the request has been sent.
    queueMicrotask(() => socket.receive({ jsonrpc: '2.0', id: request.id, result: handler(request.params) }))
  }
}
