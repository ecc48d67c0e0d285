/**
 * Metrics and traces of a client at work: a real node, a real token, and a line that is cut. What the page and the spans
 * say is compared with what was done.
 *
 * Ends with 0 only when they agree.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createClient } from 'holdfast'
import { startAnvil } from '../local/anvil.ts'
import { startProxy } from '../local/cutting-proxy.ts'
import { deployToken } from '../local/token.ts'
import { metricsOf } from './prometheus.ts'
import { traceRequests } from './tracing.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)

// As any service with OpenTelemetry has it; a real one would export to a collector.
const spans = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const tracer = provider.getTracer('holdfast-example')

const anvil = await startAnvil(['--no-mining'])
const token = await deployToken(anvil)
const proxy = await startProxy(anvil.port)
const endpoint = new URL(`ws://127.0.0.1:${proxy.port}`)
const client = createClient(endpoint)
const stream = client.transfers({ token: token.address })
const registry = metricsOf(client, stream)
traceRequests(client, tracer, endpoint)

const server = createServer(async (_, response) => {
  response.setHeader('content-type', registry.contentType).end(await registry.metrics())
})
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`

/** Sends transfers and reads until they have come. */
const transfers = stream[Symbol.asyncIterator]()
const first = transfers.next()
await stream.started
async function send(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await token.transfer(token.accounts[1] ?? '0x', 1n)
  await anvil.rpc('evm_mine')
}
await send(1)
await first
await send(2)
await transfers.next()
await transfers.next()

// A span of the application's own, with requests within it.
await tracer.startActiveSpan('checkout', async span => {
  await client.erc20(token.address).balanceOf(token.owner)
  await client.call({ to: token.address, data: '0xdeadbeef' }).catch(() => undefined)
  span.end()
})

// A line that falls while a read is under way: the proxy swallows it, then cuts.
proxy.silence()
const interrupted = client.erc20(token.address).totalSupply()
proxy.reset()
await interrupted

const text = await (await fetch(page)).text()
await transfers.return?.()
await client.close()
server.close()
await proxy.close()
await anvil.stop()

const metric = (name: string) =>
  Number(
    text
      .split('\n')
      .find(line => line.startsWith(`${name} `))
      ?.split(' ')[1] ?? NaN,
  )
const calls = spans.getFinishedSpans().filter(({ name }) => name === 'eth_call')
const checkout = spans.getFinishedSpans().find(({ name }) => name === 'checkout')
const replayed = calls.find(({ events }) => events.length > 0)

say(`the page  ${page}`)
for (const line of text.split('\n').filter(line => /^holdfast_.* [^0]|_count.*eth_call/.test(line)))
  say(`  ${line}`)
say('spans of eth_call')
for (const { attributes, events, parentSpanContext, duration } of calls) {
  const parent = parentSpanContext === undefined ? '' : ', within checkout'
  const again = events.map(({ name }) => `, ${name}`).join('')
  const outcome = attributes['error.type'] ?? 'ok'
  say(
    `  request ${attributes['jsonrpc.request.id']}: ${outcome}, ${(duration[1] / 1e6).toFixed(1)} ms${parent}${again}`,
  )
}

const findings = {
  'two sockets': metric('holdfast_sockets_total') === 2,
  'a replay': metric('holdfast_replays_total') >= 1,
  'no lag': metric('holdfast_stream_lag_blocks') === 0,
  'the line is open': metric('holdfast_state{status="open"}') === 1,
  'two good calls':
    metric('rpc_client_call_duration_seconds_count{rpc_method="eth_call",outcome="ok"}') === 2,
  'one failed call':
    metric('rpc_client_call_duration_seconds_count{rpc_method="eth_call",outcome="error"}') === 1,
  'three spans of calls': calls.length === 3,
  'two of them within the application’s':
    calls.filter(({ parentSpanContext }) => parentSpanContext?.spanId === checkout?.spanContext().spanId)
      .length === 2,
  'one of them written again': replayed?.attributes['rpc.system.name'] === 'jsonrpc',
}
for (const [finding, holds] of Object.entries(findings)) if (!holds) say(`NOT SO: ${finding}`)
const isRight = Object.values(findings).every(holds => holds)
if (isRight) say('The page and the spans say what was done.')
process.exitCode = isRight ? 0 : 1
