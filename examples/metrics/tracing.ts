/** A span for every JSON-RPC request, by OpenTelemetry's conventions for RPC and JSON-RPC (semconv 1.45). */

import { type Context, context, type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import type { Client } from 'holdfast'

/** From the first writing to the answer: a request that a lost line interrupts is one span with several writings. */
export function traceRequests(client: Client, tracer: Tracer, endpoint: URL): void {
  const spans = new Map<number, Span>()

  client.on('request', ({ id, method, attempt }) => {
    if (attempt > 1) return void spans.get(id)?.addEvent('written again', { attempt })
    spans.set(id, startSpan(tracer, { id, method, endpoint, parent: context.active() }))
  })
  client.on('response', ({ id, outcome }) => {
    const span = spans.get(id)
    // None where the request was given up before it was ever written.
    if (span === undefined) return
    spans.delete(id)
    if (outcome !== 'ok') {
      span.setAttribute('error.type', outcome)
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
    span.end()
  })
}

interface Start {
  readonly id: number
  readonly method: string
  readonly endpoint: URL
  /** Where the line is open, a request is written within the caller's own call: what is active then is its parent. */
  readonly parent: Context
}

function startSpan(tracer: Tracer, { id, method, endpoint, parent }: Start): Span {
  const { hostname, port, protocol } = endpoint
  const attributes = {
    'rpc.system.name': 'jsonrpc',
    'rpc.method': method,
    'jsonrpc.request.id': String(id),
    'jsonrpc.protocol.version': '2.0',
    // The host only: a path is where providers put keys.
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'wss:' ? 443 : 80)),
  }
  return tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes }, parent)
}
