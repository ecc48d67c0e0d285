/** What the examples for viem and ethers show beside those libraries' own lines. */

import { expect, test } from 'vitest'
import { runExample } from './run-example.ts'

interface Row {
  readonly sent: number
  readonly delivered: number
  readonly lost: number
  readonly twice: number
  readonly disordered: number
  readonly reads: readonly string[]
}

/** The line of the table with this name. */
function rowOf(out: string, name: string): Row {
  const line = out.split('\n').find(each => each.trim().startsWith(name)) ?? ''
  const [numbers = '', reads = ''] = line
    .replace(name, '')
    .trim()
    .split(/ {6}(?=[a-z])/)
  const [sent = 0, delivered = 0, lost = 0, twice = 0, disordered = 0] = numbers.split(/ +/).map(Number)
  return { sent, delivered, lost, twice, disordered, reads: reads.split(', ') }
}

const CUTS = 4

// Most of the time they wait for a line.
test.concurrent.each([
  [
    'viem',
    'viem, holdfast()',
    'viem, webSocket()',
    'the approval that was under way when the line fell: mined',
  ],
  [
    'ethers',
    'ethers, HoldfastProvider',
    'ethers, WebSocketProvider',
    'the transaction waited for while the line fell: mined',
  ],
])(
  '%s: over holdfast nothing is lost; over its own line much is, and the process lives',
  async (name, ours, theirs, write) => {
    const { code, out, note } = await runExample(name)

    expect(note).toBe('')
    const [kept, lost] = [rowOf(out, ours), rowOf(out, theirs)]
    expect(kept).toEqual({
      sent: kept.sent,
      delivered: kept.sent,
      lost: 0,
      twice: 0,
      disordered: 0,
      reads: Array(CUTS).fill('answered'),
    })
    expect(kept.sent).toBeGreaterThan(100)
    expect(lost.sent).toBe(kept.sent)
    expect(lost.delivered).toBeGreaterThan(0)
    expect(lost.lost).toBeGreaterThan(kept.sent / 10)
    expect(lost.delivered + lost.lost).toBe(lost.sent)
    expect(lost.reads).not.toEqual(kept.reads)
    expect(out).toContain(write)
    expect(out).toContain('Over holdfast nothing was lost, nothing came twice, all in order.')
    expect(code).toBe(0)
  },
  60_000,
)
