/** What we write on the socket ourselves is what any WebSocket server reads. */

import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { createClient } from '../../src/index.ts'
import { type NodePeer, nodePeer } from '../support/peers.ts'

let peer: NodePeer | undefined
afterEach(async () => {
  await peer?.close()
})

test('frames of every length and every alphabet arrive as they were, in order, and the line stays', async () => {
  peer = await nodePeer(({ method, params }) => (method === 'x_echo' ? params[0] : undefined))
  const client = createClient(`ws://127.0.0.1:${peer.port}`)
  const echo = (text: string) => client.request({ method: 'x_echo', params: [text] })
  const edges = [0, 60, 70, 71, 72, 73, 125, 126, 127, 65_400, 65_470, 65_480, 65_535, 65_536, 200_000]
  const texts = [
    ...edges.flatMap(length => ['a', 'é', '😀'].map(unit => unit.repeat(length))),
    '\ud800',
    '\0',
  ]

  expect(await Promise.all(texts.map(echo))).toEqual(texts)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 20 }),
      async some => {
        expect(await Promise.all(some.map(echo))).toEqual(some)
      },
    ),
    { numRuns: 20 },
  )

  expect(client.stats).toMatchObject({ sockets: 1, failures: 0 })
  await client.close()
})

test('what was sent in the tick of close() still leaves, before the close frame', async () => {
  const seen: string[] = []
  peer = await nodePeer(({ method }, socket) => {
    seen.push(method)
    socket.on('close', code => seen.push(`close ${code}`))
    return undefined
  })
  const client = createClient(`ws://127.0.0.1:${peer.port}`)
  await client.connect()

  client.request({ method: 'x_last', params: [] }).catch(() => undefined)
  await client.close()

  expect(seen.filter(each => each !== 'eth_chainId' && !each.startsWith('close'))).toEqual(['x_last'])
  expect(seen.at(-1)).toBe('close 1000')
})

test('the frames of one tick leave in one write', async () => {
  const chunks: number[] = []
  peer = await nodePeer(({ method }) => (method === 'x_echo' ? 1 : undefined))
  const client = createClient(`ws://127.0.0.1:${peer.port}`)
  await client.connect()
  for (const { socket } of peer.upgrades) socket.on('data', chunk => chunks.push(chunk.length))

  await Promise.all(Array.from({ length: 100 }, () => client.request({ method: 'x_echo', params: [] })))

  expect(chunks).toHaveLength(1)
  await client.close()
})
