/** The page: wagmi set up as its own guide has it. */

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { WagmiProvider } from 'wagmi'
import { config } from './config.ts'
import { Figures } from './figures.tsx'
import { LineBadge } from './line-badge.tsx'
import { Transfers } from './transfers.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')

createRoot(root).render(
  <StrictMode>
    <WagmiProvider config={config}>
      <QueryClientProvider client={new QueryClient()}>
        <header className="top">
          <div className="top-inside">
            <h1>
              wagmi <span>on holdfast</span>
            </h1>
            <LineBadge />
          </div>
        </header>
        <main>
          <Figures />
          <Transfers />
        </main>
      </QueryClientProvider>
    </WagmiProvider>
  </StrictMode>,
)
