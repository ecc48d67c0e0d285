/** A port on which TCP never opens: its process is stopped and its backlog full, so the kernel drops every further SYN. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Peer } from './peers.ts'

const LISTEN =
  "const s = require('net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(s.address().port))"
/** More than a backlog of 1 takes, whatever the platform rounds it to. */
const FILLERS = 16

export async function deafPeer(): Promise<Peer> {
  const child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [printed] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(printed.toString())
  child.kill('SIGSTOP')
  const fillers = Array.from({ length: FILLERS }, () =>
    connect(port, '127.0.0.1').on('error', () => undefined),
  )
  // All SYNs are out before the first connection is reported.
  await Promise.race(fillers.map(filler => once(filler, 'connect')))
  return {
    port,
    connections: 0,
    close: async () => {
      for (const filler of fillers) filler.destroy()
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
