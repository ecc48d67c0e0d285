/** Everything that the page is shown with: a node, a token, accounts that trade, a line that can be cut, and Vite. */

import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createServer, type InlineConfig } from 'vite'
import { type CuttingProxy, startProxy } from '../local/cutting-proxy.ts'
import { type Economy, startEconomy } from '../local/economy.ts'

export interface Stage {
  /** Where the page is. */
  readonly url: string
  readonly economy: Economy
  readonly proxy: CuttingProxy
  /** For building the page instead. */
  readonly settings: InlineConfig
  close(): Promise<void>
}

export async function startStage(): Promise<Stage> {
  const economy = await startEconomy(0)
  const proxy = await startProxy(economy.anvil.port)
  // One's own: what two servers prepare at once would get mixed up.
  const cacheDir = fileURLToPath(new URL(`../../node_modules/.vite/wagmi-${proxy.port}`, import.meta.url))
  const settings = {
    root: fileURLToPath(new URL('.', import.meta.url)),
    configFile: false,
    cacheDir,
    logLevel: 'warn',
    define: environment({
      VITE_ENDPOINT: `ws://127.0.0.1:${proxy.port}`,
      VITE_TOKEN: economy.token.address,
      VITE_ACCOUNT: economy.token.accounts[1],
    }),
  } as const
  const vite = await createServer({ ...settings, server: { host: '127.0.0.1', port: 0 } })
  await vite.listen()
  const [url = ''] = vite.resolvedUrls?.local ?? []
  return {
    url,
    economy,
    proxy,
    settings,
    close: async () => {
      await vite.close()
      rmSync(cacheDir, { recursive: true, force: true })
      await proxy.close()
      await economy.stop()
    },
  }
}

/** As Vite has it of the environment or of a `.env` file. */
function environment(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`import.meta.env.${name}`, JSON.stringify(value)]),
  )
}
