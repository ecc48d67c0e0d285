/** The Prometheus page of a client: durations from its events, everything else from `client.stats`. */

import type { Client, Stats, Stream } from 'holdfast'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

const STATES = ['idle', 'connecting', 'open', 'waiting', 'closing', 'closed']
/** Seconds; from a node in the same rack to one that is about to time out. */
const BUCKETS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function metricsOf(client: Client, stream: Stream<unknown>): Registry {
  const registry = new Registry()
  const registers = [registry]
  const durations = new Histogram({
    name: 'rpc_client_call_duration_seconds',
    help: 'From a request being made to its answer, reconnects included.',
    labelNames: ['rpc_method', 'outcome'],
    buckets: BUCKETS,
    registers,
  })
  client.on('response', ({ method, duration, outcome }) => {
    durations.observe({ rpc_method: method, outcome }, duration / 1_000)
  })

  /** What the client counts itself is read when the page is asked for. */
  const counter = (name: string, help: string, read: (stats: Stats) => number) =>
    new Counter({
      name: `holdfast_${name}_total`,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read(client.stats))
      },
    })
  counter('sockets', 'WebSockets that opened.', stats => stats.sockets)
  counter('failures', 'Dials that failed and lines that fell.', stats => stats.failures)
  counter('received_characters', 'JSON received.', stats => stats.bytesIn)
  counter('sent_characters', 'JSON sent.', stats => stats.bytesOut)
  counter('replays', 'Reads that were sent again after a lost line.', stats => stats.requests.replayed)
  counter('reorgs', 'Reorgs that streams have followed.', stats => stats.reorgs.count)
  counter('removals', 'Items taken back by reorgs.', stats => stats.removals)
  counter('open_seconds', 'Time with an open line.', stats => stats.openTime / 1_000)

  new Counter({
    name: 'holdfast_notices_total',
    help: 'What a person may want to know, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset()
      for (const [kind, count] of Object.entries(client.stats.notices)) this.inc({ kind }, count)
    },
  })
  new Gauge({
    name: 'holdfast_state',
    help: '1 for the state of the line.',
    labelNames: ['status'],
    registers,
    collect() {
      for (const status of STATES) this.set({ status }, client.state.status === status ? 1 : 0)
    },
  })
  new Gauge({
    name: 'holdfast_stream_lag_blocks',
    help: 'Blocks between the head and what the stream has delivered.',
    registers,
    collect() {
      const { block, head } = stream.progress
      if (block !== undefined && head !== undefined) this.set(head - block)
    },
  })
  return registry
}
