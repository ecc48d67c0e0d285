/** The service of examples/service, on the built package, as an orchestrator stops it. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startAnvil } from '../../examples/local/anvil.ts'
import { deployToken } from '../../examples/local/token.ts'

const root = new URL('../..', import.meta.url).pathname

test.each(['SIGTERM', 'SIGINT'] as const)(
  'a service that is stopped by %s says goodbye to its node and exits with 0',
  async signal => {
    const anvil = await startAnvil()
    const token = await deployToken(anvil)
    const service = spawn('node', ['examples/service/main.ts', anvil.wsUrl, token.address], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines: string[] = []
    const exited = once(service, 'exit')
    const said = (text: string) =>
      new Promise<void>(resolve => {
        const look = () => lines.join('').includes(text) && resolve()
        service.stdout.on('data', look)
        look()
      })
    service.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(text))
    await said('open')
    await anvil.rpc('evm_mine')
    const transferring = setInterval(() => token.transfer(token.owner, 7n), 100)
    await said(': 7')
    clearInterval(transferring)
    const stoppedAt = performance.now()

    service.kill(signal)
    const [code] = await exited

    expect(code).toBe(0)
    expect(performance.now() - stoppedAt).toBeLessThan(4_000)
    expect(lines.join('')).toMatch(
      new RegExp(`open\\n[^]*: 7\\n[^]*${signal} received: good night\\nclosing\\nclosed\\n$`),
    )
    await anvil.stop()
  },
  30_000,
)
