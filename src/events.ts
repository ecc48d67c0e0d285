/** An emitter whose listeners cannot disturb the one who emits: what they throw is rethrown in a microtask. */

import { EventEmitter } from 'eventemitter3'

type Listener<Payload> = (payload: Payload) => void

export class Events<Payloads extends object> {
  readonly #emitter = new EventEmitter()
  /** The same listener is wrapped once, so that it can be taken off again. */
  readonly #guarded = new WeakMap<object, Listener<unknown>>()

  on<K extends keyof Payloads & string>(event: K, listener: Listener<Payloads[K]>): void {
    this.#emitter.on(event, this.#guard(listener))
  }

  once<K extends keyof Payloads & string>(event: K, listener: Listener<Payloads[K]>): void {
    this.#emitter.once(event, this.#guard(listener))
  }

  off<K extends keyof Payloads & string>(event: K, listener: Listener<Payloads[K]>): void {
    this.#emitter.off(event, this.#guard(listener))
  }

  emit<K extends keyof Payloads & string>(event: K, payload: Payloads[K]): void {
    this.#emitter.emit(event, payload)
  }

  /** Whether it is worth making a payload. */
  hasListeners(event: keyof Payloads & string): boolean {
    return this.#emitter.listenerCount(event) > 0
  }

  #guard<Payload>(listener: Listener<Payload>): Listener<Payload> {
    const known = this.#guarded.get(listener)
    if (known !== undefined) return known as Listener<Payload>
    const guarded = (payload: Payload) => callSafely(listener, payload)
    this.#guarded.set(listener, guarded as Listener<unknown>)
    return guarded
  }
}

/** Calls what the user gave; whatever it throws is the user's, and reaches the process as an uncaught exception. */
export function callSafely<Payload>(listener: Listener<Payload>, payload: Payload): void {
  try {
    listener(payload)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
