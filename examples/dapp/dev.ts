/**
 * `npm run example:dapp`: the page, and everything to try it with, on this machine.
 *
 * Ends with Ctrl-C, and leaves nothing behind.
 */

import { startStage } from './stage/stage.ts'

/** Milliseconds from block to block. */
const TEMPO = 1_000

const stage = await startStage()
stage.chain.run(TEMPO)
process.stdout.write(`holdfast dapp: ${stage.url}  (Ctrl-C ends it)\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void stage.close()
  })
}
