/** What ethers starts, pauses and stops: a subscription of ours, whose failure is told and never thrown. */

import type { Subscriber } from 'ethers'
import type { Client } from '../index.ts'
import { type Reading, read } from './reading.ts'

export class ItemSubscriber implements Subscriber {
  readonly #client: Client
  readonly #params: readonly [string, ...unknown[]]
  readonly #emit: (item: never) => Promise<unknown>
  readonly #failed: (error: unknown) => void
  readonly #end: AbortSignal
  #reading: Promise<Reading | undefined> | undefined
  /** Items wait for it while the provider is paused. */
  #gate: Promise<void> | undefined
  #openGate = () => {}

  /** @param end of the provider: ethers starts a subscriber also where the provider was destroyed meanwhile */
  constructor(
    client: Client,
    params: readonly [string, ...unknown[]],
    emit: (item: never) => Promise<unknown>,
    failed: (error: unknown) => void,
    end: AbortSignal,
  ) {
    this.#client = client
    this.#params = params
    this.#emit = emit
    this.#failed = failed
    this.#end = end
  }

  start(): void {
    if (this.#end.aborted) return
    const deliver = async (item: unknown) => {
      await this.#gate
      if (this.#reading === reading) await this.#emit(item as never)
    }
    const reading: Promise<Reading | undefined> = read(
      this.#client,
      this.#params,
      deliver,
      this.#failed,
    ).catch(error => void this.#failed(error))
    this.#reading = reading
  }

  stop(): void {
    void this.#reading?.then(reading => reading?.stop())
    this.#reading = undefined
    this.#openGate()
  }

  pause(dropWhilePaused = false): void {
    if (dropWhilePaused) return this.stop()
    this.#gate = new Promise(open => (this.#openGate = open))
  }

  resume(): void {
    this.#openGate()
    this.#gate = undefined
    if (this.#reading === undefined) this.start()
  }
}
