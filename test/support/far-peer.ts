/** The peer of half-open.test.ts, in a network namespace of its own: answers what it is asked, and prints its port. */

import { nodePeer } from './peers.ts'

const peer = await nodePeer(() => '0x1', { host: process.argv[2] ?? '127.0.0.1' })
process.stdout.write(`${peer.port}\n`)
