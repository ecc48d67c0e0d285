/** A thousand cuts in a row at random moments: nothing is lost of the stream, and nothing is left of the lines. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startAnvil } from '../../examples/local/anvil.ts'
import { startProxy } from '../../examples/local/cutting-proxy.ts'
import { deployToken } from '../../examples/local/token.ts'
import type { Look, Told } from './cut-client.ts'

const CUTS = 1_000
/** Sockets, buffers and compiled code reach their usual size; so does the stream's window of recent blocks. */
const WARM_UP = 200
/** Bytes: far below the bar of 1 MB, so that one listener forgotten at each cut shows. */
const MOST_GROWTH = 150_000
/**
 * V8 goes on compiling what is called often until some thousand cuts are over: with its compilers on, 0.97 MB of 1.06 MB
 * were machine code and its tables, and 13 kB objects. Interpreted, the heap holds what we keep, and no more.
 */
const INTERPRETED = ['--no-opt', '--no-maglev', '--no-sparkplug']

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const pause = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds))

test('1,000 cuts at random moments: 0 unhandled, 0 leaked sockets or timers, heap growth below 1 MB', async () => {
  const anvil = await startAnvil(['--no-mining'])
  cleanups.push(() => anvil.stop())
  const token = await deployToken(anvil)
  const proxy = await startProxy(anvil.port)
  cleanups.push(() => proxy.close())
  const script = join(import.meta.dirname, 'cut-client.ts')
  const child = fork(script, [`ws://127.0.0.1:${proxy.port}`, token.address], {
    execArgv: ['--expose-gc', ...INTERPRETED],
  })
  cleanups.push(() => child.kill('SIGKILL'))
  const transfers: number[] = []
  const escaped: string[] = []
  const looks: Look[] = []
  child.on('message', (told: Told) => {
    if ('transfer' in told) transfers.push(told.transfer)
    else if ('look' in told) looks.push(told.look)
    else if ('escaped' in told) escaped.push(told.escaped)
  })
  await once(child, 'message')

  const send = async () => {
    await token.transfer(token.accounts[1] ?? token.owner, BigInt(sent + 1))
    await anvil.rpc('evm_mine')
    sent++
  }
  let sent = 0
  const cut = async (i: number) => {
    const before = proxy.accepted
    await pause(Math.random() * 40)
    if (i % 3 === 0) proxy.end()
    else proxy.reset()
    while (proxy.accepted === before) await pause(2)
  }
  const look = async () => {
    await send()
    while (transfers.length < sent) await pause(10)
    const count = looks.length
    child.send('look')
    while (looks.length === count) await pause(10)
    return looks.at(-1) as Look
  }

  for (let i = 0; i < WARM_UP; i++) await Promise.all([send(), cut(i)])
  const before = await look()
  for (let i = 0; i < CUTS; i++) {
    await Promise.all([send(), cut(i)])
    if (i % 250 === 249) await look()
  }
  const after = await look()

  const kilobytes = looks.map(({ heap }) => Math.round((heap - before.heap) / 1_000))
  process.stdout.write(
    `${after.sockets} sockets, ${transfers.length} transfers; heap in kB: ${kilobytes.join(', ')}; left: ${JSON.stringify(after.resources)}\n`,
  )
  expect(escaped).toEqual([])
  expect(transfers).toEqual(Array.from({ length: sent }, (_, i) => i + 1))
  expect(after.sockets).toBeGreaterThanOrEqual(0.8 * CUTS)
  expect(after.heap - before.heap).toBeLessThan(MOST_GROWTH)
  expect(after.resources).toEqual(before.resources)
  expect(proxy.connections).toBe(1)
  const exited = once(child, 'exit')
  child.send('close')
  expect(await exited).toEqual([0, null])
})
