/** The ways in which the buttons of the page break the line, or the chain. */

import type { CuttingProxy } from '../../local/cutting-proxy.ts'
import type { Economy } from '../../local/economy.ts'

export interface Fault {
  readonly id: string
  readonly label: string
  /** What it does, for people. */
  readonly what: string
  run(): Promise<void>
}

const DOWN_FOR = 6_000
const REORG_DEPTH = 3

export interface Faults {
  readonly all: readonly Fault[]
  /** Leaves no timer. */
  close(): void
}

export function createFaults(proxy: CuttingProxy, chain: Economy): Faults {
  let back: NodeJS.Timeout | undefined
  const goDown = async () => {
    if (back === undefined) await proxy.down()
    clearTimeout(back)
    back = setTimeout(async () => {
      back = undefined
      await proxy.up()
    }, DOWN_FOR)
  }
  return {
    all: [
      {
        id: 'reset',
        label: 'Reset',
        what: 'The connection is torn down, as by a crash or a firewall.',
        run: async () => proxy.reset(),
      },
      {
        id: 'close',
        label: 'Close',
        what: 'Both ends are closed properly, as by a deploy.',
        run: async () => proxy.end(),
      },
      {
        id: 'silence',
        label: 'Go silent',
        what: 'Half-open: bytes vanish, and nobody is told. Only the heartbeat notices.',
        run: async () => proxy.silence(),
      },
      {
        id: 'down',
        label: `Down for ${DOWN_FOR / 1000} s`,
        what: 'Nothing listens for a while; blocks go on being mined.',
        run: goDown,
      },
      {
        id: 'reorg',
        label: `Reorg ${REORG_DEPTH} blocks`,
        what: 'The newest blocks leave the chain, and their transfers with them.',
        run: () => chain.reorg(REORG_DEPTH),
      },
    ],
    close: () => clearTimeout(back),
  }
}
