/** A WebSocket server in front of a real node that remembers what was asked. It has no subscriptions. */

import type { Anvil } from '../../examples/local/anvil.ts'
import { type NodePeer, nodePeer } from './peers.ts'

/** @param bend may answer in the node's place, or throw what is answered as an error */
export function startRelay(
  anvil: Anvil,
  bend: (method: string, params: readonly unknown[]) => unknown = () => undefined,
): Promise<NodePeer> {
  return nodePeer(
    ({ id, method, params }, socket) => {
      const answer = (body: object) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...body }))
      const serve = async () => bend(method, params) ?? (await anvil.rpc(method, params))
      serve().then(
        result => answer({ result }),
        error => answer({ error: { code: -32601, message: error.message } }),
      )
      return undefined
    },
    { silent: true },
  )
}
