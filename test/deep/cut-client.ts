/** The client of cuts.test.ts, in a process of its own: nothing but holdfast is on its heap. */

import { createClient, type Transfer } from '../../src/index.ts'

export interface Look {
  /** Bytes after a full collection. */
  readonly heap: number
  /** Active resources of the process, by kind. */
  readonly resources: Readonly<Record<string, number>>
  readonly sockets: number
}

export type Told =
  | { readonly transfer: number }
  | { readonly look: Look }
  | { readonly escaped: string }
  | { readonly ready: true }

const [, , url = '', token = '0x'] = process.argv
const tell = (told: Told) => process.send?.(told)
for (const event of ['uncaughtException', 'unhandledRejection', 'warning'])
  process.on(event, error => tell({ escaped: `${event}: ${error}` }))

const client = createClient(url, { reconnect: { minDelay: 10, maxDelay: 50 } })
const stream = client.transfers({ token: token as Transfer['token'] })

process.on('message', async message => {
  if (message === 'close') {
    await client.close()
    process.disconnect()
    return
  }
  for (let i = 0; i < 4; i++) {
    await new Promise(resolve => setTimeout(resolve, 50))
    globalThis.gc?.()
  }
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  tell({ look: { heap: process.memoryUsage().heapUsed, resources, sockets: client.stats.sockets } })
})

void stream.started.then(() => tell({ ready: true }))
for await (const { value } of stream) tell({ transfer: Number(value) })
