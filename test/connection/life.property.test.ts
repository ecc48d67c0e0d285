/** Whatever happens in whatever order, in virtual time: the life of a connection keeps its promises. */

import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Status, TRANSITIONS } from '../../src/connection/state.ts'
import {
  type Client,
  type ConnectionLostError,
  ConnectionRefusedError,
  type ConnectionState,
  HeartbeatTimeoutError,
  type HoldfastError,
  ServiceUnavailableError,
  UnauthorizedError,
} from '../../src/index.ts'
import { fakeClient, settled } from '../support/fake-client.ts'
import { answering, type FakeDial, FakeWorld } from '../support/fake-line.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const MIN_DELAY = 250
const MAX_DELAY = 10_000
const FACTOR = 1.5
const STABLE_AFTER = 5_000
const MAX_RETRY_AFTER = 300_000
const SLOWEST = 60_000
const RETRY_AFTER = 400_000
const FACTS = { phase: 'http', endpoint: 'node', elapsed: 1 } as const
/** Timers are whole milliseconds. */
const ROUNDING = 1

const pushers = new Set<ReturnType<typeof setInterval>>()
const quieten = () => {
  for (const pusher of pushers) clearInterval(pusher)
  pushers.clear()
}

/** Where the chain is; the second and the third endpoint are one and two blocks ahead of the first. */
const chain = { height: 1 }
const hex = (number: number) => `0x${number.toString(16)}`
const HEADS = '0x5'
const urlsOf = (count: number) => Array.from({ length: count }, (_, i) => `wss://n${i}.test/`)
const AHEAD = new Map(urlsOf(3).map((url, i) => [url, i]))

/** What every dial comes to, until a step says otherwise. */
const MODES = {
  good: dial => {
    dial.socket.onRequest = answering({
      eth_subscribe: () => HEADS,
      eth_blockNumber: () => hex(chain.height + (AHEAD.get(String(dial.endpoint.url)) ?? 0)),
    })
    dial.open()
  },
  /** Opens, and answers nothing. */
  silent: dial => void dial.open(),
  /** Opens, answers the first question, and pushes frames ever after. */
  pushing: dial => {
    let isFirst = true
    dial.socket.onRequest = (request, socket) => {
      if (isFirst) answering()(request, socket)
      isFirst = false
    }
    pushers.add(setInterval(() => dial.socket.notify('0xdead', {}), 500))
    dial.open()
  },
  refused: dial => dial.fail(new ConnectionRefusedError('refused', { ...FACTS, retryable: true })),
  unauthorized: dial => dial.fail(new UnauthorizedError('401', { ...FACTS, status: 401, retryable: false })),
  unavailable: dial =>
    dial.fail(
      new ServiceUnavailableError('503', {
        ...FACTS,
        status: 503,
        retryable: true,
        retryAfter: RETRY_AFTER,
      }),
    ),
} satisfies Record<string, (dial: FakeDial) => void>

type Mode = keyof typeof MODES

type Step =
  | { readonly do: 'mode'; readonly mode: Mode }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'drop'; readonly code: number }
  | { readonly do: 'stall' }
  | { readonly do: 'blocks'; readonly count: number }
  | { readonly do: 'jump'; readonly ms: number }
  | { readonly do: 'wake' }
  | { readonly do: 'offline'; readonly is: boolean }
  | { readonly do: 'ask' }
  | { readonly do: 'connect'; readonly abortAfter: number }

const HOUR = 3_600_000
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      ms: fc.constantFrom(1, 90, 700, 4_000, 6_000, 25_000, 90_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('mode'),
      // Half of the time, so that lines live to be left.
      mode: fc.oneof(fc.constant('good'), fc.constantFrom(...(Object.keys(MODES) as Mode[]))),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('drop'), code: fc.constantFrom(1000, 1001, 1006, 1011, 1013) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stall') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('blocks'), count: fc.integer({ min: 2, max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump'), ms: fc.constantFrom(8 * HOUR, -HOUR, -365 * 24 * HOUR) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wake') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('offline'), is: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ask') }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('connect'), abortAfter: fc.constantFrom(0, 50, 5_000) }),
  },
) as fc.Arbitrary<Step>

interface Script {
  readonly steps: readonly Step[]
  readonly endpoints: number
  readonly draws: readonly number[]
  readonly isPolite: boolean
  readonly startsOffline: boolean
  /** Closes inside the listener of this status, the so-manieth time it is entered. */
  readonly closeIn: { readonly status: Status; readonly count: number } | undefined
}

const anyScript: fc.Arbitrary<Script> = fc.record({
  steps: fc.array(anyStep, { minLength: 1, maxLength: 40, size: 'max' }),
  endpoints: fc.integer({ min: 1, max: 3 }),
  draws: fc.array(fc.double({ min: 0.05, max: 0.999_999, noNaN: true }), { minLength: 1, maxLength: 8 }),
  isPolite: fc.boolean(),
  startsOffline: fc.boolean(),
  closeIn: fc.option(
    fc.record({
      status: fc.constantFrom<Status>('connecting', 'open', 'waiting'),
      count: fc.integer({ min: 1, max: 4 }),
    }),
    { nil: undefined, freq: 4 },
  ),
})

/** Follows a client, and throws where a promise is broken. */
class Witness {
  readonly states: { readonly at: number; readonly state: ConnectionState }[] = []
  /** Since the last failure: was the page offline, did something wake the client? */
  wasOffline = false
  failures = 0
  /** What was thrown where a throw would be somebody else's: in a listener, in a dial. */
  readonly problems: unknown[] = []
  /** What the socket's end must be told as. */
  expected: number | undefined
  readonly #notBefore = new Map<string, number>()
  #waits = 0
  #openedAt = 0
  #usefulUntil = Infinity
  #dueAt: { readonly latest: number } | undefined

  /** Runs a check whose failure is told later. */
  note(check: () => void): void {
    try {
      check()
    } catch (problem) {
      this.problems.push(problem)
    }
  }

  dialled({ endpoint }: FakeDial): void {
    const now = performance.now()
    const url = String(endpoint.url)
    expect(now, `${url} was asked to wait`).toBeGreaterThanOrEqual((this.#notBefore.get(url) ?? 0) - ROUNDING)
    if (this.#dueAt !== undefined && !this.wasOffline)
      expect(now, 'dialled too late').toBeLessThanOrEqual(this.#dueAt.latest + ROUNDING)
    this.#dueAt = undefined
  }

  /** The peer was good for something until now. */
  muted(): void {
    this.#usefulUntil = Math.min(this.#usefulUntil, performance.now())
  }

  changed(from: ConnectionState, to: ConnectionState): void {
    const now = performance.now()
    const last = this.states.at(-1)?.state ?? { status: 'idle' }
    expect(from).toEqual(last)
    expect(TRANSITIONS[from.status], `${from.status} → ${to.status}`).toContain(to.status)
    this.states.push({ at: now, state: to })
    if (to.status === 'open') {
      this.#openedAt = now
      this.#usefulUntil = Infinity
    }
    // A client that waits for the network before its first dial has not failed.
    if (to.status !== 'waiting' || from.status === 'waiting' || from.status === 'idle') return
    this.failures++
    this.#checkCause(to.error)
    this.#checkAttempt(from, to.attempt, to.error, now)
    this.#schedule(to.error, now)
  }

  #checkCause(error: HoldfastError): void {
    if (this.expected === undefined) return
    expect(error.name).toBe('ConnectionLostError')
    expect((error as ConnectionLostError).closeCode).toBe(this.expected)
    this.expected = undefined
  }

  /** Counts on, unless the line was open and useful for long enough. */
  #checkAttempt(from: ConnectionState, attempt: number, error: HoldfastError, now: number): void {
    const before = this.states.findLast(({ state }) => state.status === 'connecting')?.state
    const previous = before?.status === 'connecting' ? before.attempt : 0
    // A peer that fell silent was of use until then.
    const until = error instanceof HeartbeatTimeoutError ? Math.min(now, this.#usefulUntil) : now
    const usefulFor = from.status === 'open' ? until - this.#openedAt : 0
    if (attempt === 1) expect(usefulFor).toBeGreaterThanOrEqual(STABLE_AFTER)
    else expect(attempt).toBe(previous + 1)
    this.#waits = attempt === 1 ? 0 : this.#waits
  }

  #schedule(error: HoldfastError, now: number): void {
    const waits = this.#waits++
    const endpoint = this.states.findLast(({ state }) => state.status === 'connecting')?.state.endpoint
    const fast = Math.min(MAX_DELAY, MIN_DELAY * FACTOR ** waits)
    const slow = Math.min(SLOWEST, 1_000 * FACTOR ** (waits + 1))
    const isSlow = !error.retryable
    const asked = error instanceof ServiceUnavailableError ? MAX_RETRY_AFTER : 0
    if (isSlow || asked > 0) this.#notBefore.set(`${endpoint}/`, now + (isSlow ? 1_000 : asked))
    this.#dueAt = { latest: now + Math.max(fast, asked, isSlow ? slow : 0, this.#longest(now)) }
    this.wasOffline = false
  }

  /** Every endpoint may have been asked to wait. */
  #longest(now: number): number {
    return Math.max(SLOWEST, ...[...this.#notBefore.values()].map(at => at - now))
  }
}

const alive = (dials: readonly FakeDial[]) =>
  dials.filter(
    ({ outcome, socket }) =>
      outcome === 'pending' || (outcome === 'open' && socket.ended === undefined && !socket.fell),
  ).length

/** The dials of a client, by what they are for. */
interface Dials {
  readonly serving: FakeDial[]
  readonly opinions: FakeDial[]
}

async function play(script: Script): Promise<void> {
  vi.useRealTimers()
  vi.useFakeTimers()
  vi.setSystemTime(1_800_000_000_000)
  const witness = new Witness()
  let mode: Mode = 'good'
  let draw = 0
  chain.height = 1
  const dials: Dials = { serving: [], opinions: [] }
  const world = new FakeWorld(dial => {
    const isServing = client.state.status === 'connecting'
    dials[isServing ? 'serving' : 'opinions'].push(dial)
    if (isServing) witness.note(() => witness.dialled(dial))
    if (isServing) witness.note(() => expect(world.platform.offline, 'dialled while offline').toBe(false))
    dial.socket.isPolite = script.isPolite
    MODES[mode](dial)
    // A dial happens once the one before it is over.
    witness.note(() => expect(alive(dials.serving), 'serving sockets at once').toBeLessThanOrEqual(1))
    witness.note(() => expect(alive(dials.opinions), 'second opinions at once').toBeLessThanOrEqual(1))
  })
  Object.assign(world, { random: () => script.draws[draw++ % script.draws.length] ?? 0 })
  world.platform.offline = script.startsOffline
  const { client } = fakeClient({ timeout: 40_000 }, world, urlsOf(script.endpoints))
  let entered = 0
  client.on('state', ({ from, to }) => {
    witness.note(() => witness.changed(from, to))
    if (to.status === 'open' && mode === 'pushing') witness.muted()
    if (to.status === script.closeIn?.status && ++entered === script.closeIn.count) void client.close()
  })
  client.connect().catch(() => undefined)
  client.subscribe('newHeads', [], { recover: false }).catch(() => undefined)
  await settled()

  for (const step of script.steps) {
    await apply(step, client, world, dials, witness, next => {
      mode = next
    })
    await settled()
    if (witness.problems.length > 0) break
  }

  const finished = client.close()
  await vi.advanceTimersByTimeAsync(2_001)
  await finished
  quieten()
  if (witness.problems.length > 0) throw witness.problems[0]
  expect(client.state.status).toBe('closed')
  expect(vi.getTimerCount(), 'timers left').toBe(0)
  expect(world.platform.watchers.size, 'listeners left').toBe(0)
  expect(alive(world.dials), 'sockets left').toBe(0)
  const endedByError = client.state.status === 'closed' && client.state.error !== undefined ? 1 : 0
  expect(client.stats.failures, 'one failure counts once').toBe(witness.failures + endedByError)
}

async function apply(
  step: Step,
  client: Client,
  world: FakeWorld,
  { serving }: Dials,
  witness: Witness,
  setMode: (mode: Mode) => void,
): Promise<void> {
  switch (step.do) {
    case 'mode':
      return setMode(step.mode)
    case 'wait':
      await vi.advanceTimersByTimeAsync(step.ms)
      return
    case 'drop': {
      if (client.state.status === 'open') witness.expected = step.code
      const socket = serving.at(-1)?.socket
      socket?.drop({ code: step.code })
      // Whatever comes after the first cause is a consequence.
      socket?.drop({ code: 4_000 })
      return
    }
    case 'stall':
      // The next look at the line may be long ago: what was answered until now counts.
      witness.muted()
      for (const { socket } of world.dials) socket.onRequest = () => {}
      return
    case 'blocks':
      for (let i = 0; i < step.count; i++) {
        const number = hex(++chain.height)
        if (client.state.status === 'open')
          serving.at(-1)?.socket.notify(HEADS, { number, timestamp: number, parentHash: '0x' })
      }
      return
    case 'jump':
      vi.setSystemTime(Date.now() + step.ms)
      return
    case 'wake':
      return world.platform.wake()
    case 'offline':
      witness.wasOffline ||= step.is || world.platform.offline
      return world.platform.setOffline(step.is)
    case 'ask':
      client.request({ method: 'eth_gasPrice' }).catch(() => undefined)
      return
    case 'connect': {
      const controller = new AbortController()
      client.connect({ signal: controller.signal }).catch(() => undefined)
      await vi.advanceTimersByTimeAsync(step.abortAfter)
      controller.abort()
    }
  }
}

test('any sequence of dials, drops, stalls, clock jumps, naps and closes keeps the promises', async () => {
  await fc.assert(fc.asyncProperty(anyScript, play), { numRuns: 1_000 })
}, 120_000)
