/** What the compiler knows of requests: checked by `tsc`, which fails where one of these lines is not as it says. */

import { expectTypeOf, test } from 'vitest'
import { createClient, type Hex, type RpcBlock, type RpcLog, type RpcReceipt } from '../../src/index.ts'

// Never dials: nothing is asked of it but its types.
const { request, subscribe } = createClient('ws://127.0.0.1:1')

test('results have the type of their method', () => {
  const asked = () => ({
    number: request({ method: 'eth_blockNumber' }),
    balance: request({ method: 'eth_getBalance', params: ['0x1', 'latest'] }),
    logs: request({ method: 'eth_getLogs', params: [{ address: ['0x1'], topics: [null, '0x2', ['0x3']] }] }),
    block: request({ method: 'eth_getBlockByNumber', params: ['latest', false] }),
    receipt: request({ method: 'eth_getTransactionReceipt', params: ['0x1'] }),
    version: request({ method: 'net_version' }),
    gone: request({ method: 'eth_unsubscribe', params: ['0x1'] }),
  })

  type Asked = ReturnType<typeof asked>
  expectTypeOf<Asked['number']>().resolves.toEqualTypeOf<Hex>()
  expectTypeOf<Asked['balance']>().resolves.toEqualTypeOf<Hex>()
  expectTypeOf<Asked['logs']>().resolves.toEqualTypeOf<readonly RpcLog[]>()
  expectTypeOf<Asked['block']>().resolves.toEqualTypeOf<RpcBlock | null>()
  expectTypeOf<Asked['receipt']>().resolves.toEqualTypeOf<RpcReceipt | null>()
  expectTypeOf<Asked['version']>().resolves.toEqualTypeOf<string>()
  expectTypeOf<Asked['gone']>().resolves.toEqualTypeOf<boolean>()
})

test('parameters are checked', () => {
  const wrong = () => {
    // @ts-expect-error An address is missing.
    void request({ method: 'eth_getBalance' })
    // @ts-expect-error A number is no address.
    void request({ method: 'eth_getBalance', params: [1, 'latest'] })
    // @ts-expect-error There is no such tag.
    void request({ method: 'eth_call', params: [{ to: '0x1' }, 'newest'] })
    // @ts-expect-error Quantities are hexadecimal.
    void request({ method: 'eth_call', params: [{ value: 1n }] })
  }

  expectTypeOf(wrong).toBeFunction()
})

test('methods that are not listed take and give anything, whatever their namespace', () => {
  const asked = () => request({ method: 'debug_traceTransaction', params: ['0x1', { tracer: 'callTracer' }] })
  const dynamic = (method: string, params: unknown[]) => request({ method, params })

  expectTypeOf<ReturnType<typeof asked>>().resolves.toEqualTypeOf<unknown>()
  expectTypeOf<ReturnType<typeof dynamic>>().resolves.toEqualTypeOf<unknown>()
})

test('items have the type of their kind', () => {
  const logs = () => subscribe('logs', { address: '0x1' }, { recover: { maxBlocks: 10 } })
  const other = () => subscribe('x_other')

  expectTypeOf<Awaited<ReturnType<typeof logs>>>().toExtend<AsyncIterable<RpcLog>>()
  expectTypeOf<Awaited<ReturnType<typeof other>>>().toExtend<AsyncIterable<unknown>>()
})
