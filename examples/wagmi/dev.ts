/**
 * `npm run example:wagmi`: the page, and everything to try it with, on this machine.
 *
 * Enter takes the line down for a while. Ends with Ctrl-C, and leaves nothing behind.
 */

import { startStage } from './stage.ts'

/** Milliseconds from block to block. */
const TEMPO = 1_000
const DOWN_FOR = 5_000

const stage = await startStage()
stage.economy.run(TEMPO)
process.stdout.write(`holdfast under wagmi: ${stage.url}  (Ctrl-C ends it)\n`)

let outages: Promise<void> = Promise.resolve()
if (process.stdin.isTTY) {
  process.stdout.write(`Enter takes the line down for ${DOWN_FOR / 1_000} s\n`)
  process.stdin.on('data', () => {
    outages = outages.then(takeDown)
  })
}
async function takeDown(): Promise<void> {
  await stage.proxy.down()
  await new Promise(resolve => setTimeout(resolve, DOWN_FOR))
  await stage.proxy.up()
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    process.stdin.destroy()
    await outages
    await stage.close()
  })
}
