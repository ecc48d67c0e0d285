/** 5,000 clients lose one server at once: when do they dial again? */

import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { herdPlot } from '../../docs/herd.ts'
import { type Client, ConnectionRefusedError } from '../../src/index.ts'
import { fakeClient, settled } from '../support/fake-client.ts'
import { answering, FakeWorld } from '../support/fake-line.ts'
import { CLIENTS, type Delay, DOWN, redials, SLOT, STRATEGIES } from '../support/herd.ts'

const slotsOf = (name: string) => redials(STRATEGIES[name] as Delay)
const afterwards = (slots: readonly number[]) => slots.slice(DOWN / SLOT)

describe('by the arithmetic of delays', () => {
  test('a fixed delay, and one that only grows, bring everybody back in the same instant', () => {
    for (const name of ['fixed delay of 2 s', 'exponential, no jitter']) {
      expect(Math.max(...afterwards(slotsOf(name))), name).toBe(CLIENTS)
    }
  })

  test('holdfast: at most 8 % of the herd dials in any 100 ms once the server is back', () => {
    expect(Math.max(...afterwards(slotsOf('holdfast')))).toBeLessThanOrEqual(0.08 * CLIENTS)
  })

  test('holdfast: dials thin out while the server is down', () => {
    const slots = slotsOf('holdfast')
    const perSecond = [0, 1, 2].map(second =>
      slots.slice((1_000 * second) / SLOT, (1_000 * (second + 1)) / SLOT).reduce((sum, each) => sum + each),
    ) as [number, number, number]

    expect(perSecond[1]).toBeLessThan(perSecond[0] / 2)
    expect(perSecond[2]).toBeLessThan(perSecond[1])
  })

  test('docs/herd.svg shows it (npm run docs draws it)', () => {
    expect(readFileSync(new URL('../../docs/herd.svg', import.meta.url), 'utf8')).toBe(herdPlot())
  })
})

describe('by whole clients', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('the herd comes back as the arithmetic says, all of it', async () => {
    let isDown = false
    let seed = 1
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    const dials: number[] = []
    const herd = Array.from({ length: CLIENTS }, () => {
      const world = new FakeWorld(dial => {
        dials.push(performance.now())
        if (isDown) {
          dial.fail(
            new ConnectionRefusedError('refused', {
              phase: 'tcp',
              endpoint: 'node',
              elapsed: 1,
              retryable: true,
            }),
          )
        } else {
          dial.socket.onRequest = answering()
          dial.open()
        }
      })
      Object.assign(world, { random })
      return { ...fakeClient({ heartbeat: false }, world), world }
    })
    await Promise.all(herd.map(({ client }) => client.connect()))
    await vi.advanceTimersByTimeAsync(10_000)
    const lostAt = performance.now()
    dials.length = 0

    isDown = true
    for (const { world } of herd) world.last.socket.drop()
    await settled()
    await vi.advanceTimersByTimeAsync(DOWN)
    isDown = false
    await vi.advanceTimersByTimeAsync(11_000)

    const isOpen = ({ client }: { client: Client }) => client.state.status === 'open'
    expect(herd.filter(isOpen)).toHaveLength(CLIENTS)
    const slots: number[] = []
    for (const at of dials) {
      const slot = Math.floor((at - lostAt) / SLOT)
      slots[slot] = (slots[slot] ?? 0) + 1
    }
    expect(Math.max(...afterwards(slots).filter(Number.isFinite))).toBeLessThanOrEqual(0.08 * CLIENTS)
    expect(Math.abs(dials.length / slotsOf('holdfast').reduce((sum, each) => sum + each) - 1)).toBeLessThan(
      0.05,
    )
    await Promise.all(herd.map(({ client }) => client.close()))
  }, 60_000)
})
