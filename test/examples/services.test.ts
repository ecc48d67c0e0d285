/** The examples for services keep what they promise: each is run as a reader would run it. */

import { expect, test } from 'vitest'
import { runExample } from './run-example.ts'

test('payments: deposits are credited exactly once, through kills, cuts and reorgs', async () => {
  const { code, out, note } = await runExample('payments')

  expect(note).toBe('')
  expect(out).toContain('Every deposit was credited exactly once.')
  expect(out.match(/kill −9/g)).toHaveLength(5)
  expect(code).toBe(0)
}, 60_000)

test('metrics: the Prometheus page and the spans say what was done', async () => {
  const { code, out, note } = await runExample('metrics')

  expect(note).toBe('')
  expect(out).toContain('rpc_client_call_duration_seconds_count{rpc_method="eth_call",outcome="ok"} 2')
  expect(out).toMatch(/request \d+: ok, [\d.]+ ms, written again/)
  expect(out).toContain('The page and the spans say what was done.')
  expect(code).toBe(0)
}, 60_000)

test('failover: a node that is killed is left, and so is one that lags; nothing is lost', async () => {
  const { code, out, note } = await runExample('failover')

  expect(note).toBe('')
  expect(out).toMatch(/node 1: ConnectionLostError: .*\n {2}open: node 2\n {2}everything is there/)
  expect(
    out.replaceAll(/[\d.]+ s\b/g, '… s'),
  ).toContain(`node 2 stops following the chain, and goes on answering
  stale-head: node 2: its head has stood at block 9 for … s.
  node 2: ConnectionLostError: node 2 was left: its head has stood at block 9 for … s, node 3 is at block 13.
  open: node 3
  everything is there, … s after it stopped`)
  expect(out).toContain('80 transfers sent, 80 delivered; served by node 1, then node 2, then node 3')
  expect(out).toContain('Nothing lost, nothing twice, all in order.')
  expect(code).toBe(0)
}, 60_000)
