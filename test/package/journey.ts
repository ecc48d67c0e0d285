/** What every runtime is made to do: connect, follow transfers over a cut, call, close. */

import { type Anvil, startAnvil } from '../../examples/local/anvil.ts'
import { startProxy } from '../../examples/local/cutting-proxy.ts'
import { deployToken } from '../../examples/local/token.ts'
import type * as Holdfast from '../../src/index.ts'
import { nodePeer } from '../support/peers.ts'

export interface Stage {
  /** The line that gets cut. */
  readonly line: string
  /** Takes `test_transfer` and `test_cut`. */
  readonly control: string
  readonly token: Holdfast.Address
}

/** What a journey gives where all is well. */
export const ARRIVED = { values: ['1', '2', '3'], symbol: 'HOLD', reconnected: true, status: 'closed' }

/** A node, a line through a proxy, and hands to cut it: all by WebSocket, since that is what every runtime has. */
export async function startStage(): Promise<{ open(): Promise<Stage>; close(): Promise<void> }> {
  const anvil: Anvil = await startAnvil()
  const closers: (() => Promise<void>)[] = []
  return {
    /** A line and a token of its own: journeys may be under way at the same time. */
    open: async () => {
      const [token, proxy] = [await deployToken(anvil), await startProxy(anvil.port)]
      const control = await nodePeer(({ id, method, params }, socket) => {
        if (method === 'test_cut') {
          proxy.reset()
          return 'cut'
        }
        const sent = token.transfer(token.accounts[1] ?? token.owner, BigInt(String(params[0])))
        void sent.then(result => socket.send(JSON.stringify({ jsonrpc: '2.0', id, result })))
        return undefined
      })
      closers.push(proxy.close, control.close)
      const at = (port: number) => `ws://127.0.0.1:${port}`
      return { line: at(proxy.port), control: at(control.port), token: token.address }
    },
    close: async () => {
      await Promise.all(closers.map(close => close()))
      await anvil.stop()
    },
  }
}

/** Runs anywhere, from its text: it must need nothing but its arguments. */
export async function journey(
  { createClient }: Pick<typeof Holdfast, 'createClient'>,
  { line, control, token }: Stage,
): Promise<unknown> {
  const client = createClient(line)
  const hands = createClient(control, { probe: false })
  await client.connect()
  const values: string[] = []
  let wake = () => {}
  const stream = client.transfers({ token })
  const read = async () => {
    for await (const transfer of stream) {
      values.push(String(transfer.value))
      wake()
      if (values.length === 3) break
    }
  }
  const reading = read()
  await stream.started
  const arrived = async (value: string) => {
    while (!values.includes(value)) await new Promise<void>(resolve => (wake = resolve))
  }

  await hands.request({ method: 'test_transfer', params: ['1'] })
  await arrived('1')
  await hands.request({ method: 'test_cut' })
  await hands.request({ method: 'test_transfer', params: ['2'] })
  await arrived('2')
  await hands.request({ method: 'test_transfer', params: ['3'] })
  await reading
  const symbol = await client.erc20(token).symbol()
  const reconnected = client.stats.sockets > 1
  await Promise.all([client.close(), hands.close()])
  return { values, symbol, reconnected, status: client.state.status }
}
