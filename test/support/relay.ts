/** A WebSocket server in front of a real node that remembers what was asked. It has no subscriptions. */

import type { Anvil } from '../../examples/local/anvil.ts'
import { type NodePeer, nodePeer } from './peers.ts'

export function startRelay(anvil: Anvil): Promise<NodePeer> {
  return nodePeer(
    ({ id, method, params }, socket) => {
      const answer = (body: object) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...body }))
      anvil.rpc(method, params).then(
        result => answer({ result }),
        error => answer({ error: { code: -32601, message: String(error) } }),
      )
      return undefined
    },
    { silent: true },
  )
}
