/** The four ways in which the demo cuts the line. */

import type { CuttingProxy } from '../local/cutting-proxy.ts'

export interface Cut {
  readonly title: string
  /** Resolves when the line can be used again. */
  run(): Promise<void>
  /** How long to watch afterwards, in milliseconds. */
  readonly calm: number
}

const DOWN_FOR = 5_000

export function cuts(proxy: CuttingProxy): readonly Cut[] {
  return [
    { title: 'reset', run: async () => proxy.reset(), calm: 3_500 },
    { title: 'clean close', run: async () => proxy.end(), calm: 3_500 },
    { title: 'silence (half-open)', run: async () => proxy.silence(), calm: 6_000 },
    {
      title: 'down for 5 s',
      run: async () => {
        await proxy.down()
        await new Promise(resolve => setTimeout(resolve, DOWN_FOR))
        await proxy.up()
      },
      calm: 6_500,
    },
  ]
}
