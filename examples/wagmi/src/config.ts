/** The part to copy: wagmi's own `createConfig`, with holdfast where `webSocket(url)` was. */

import { createClient } from 'holdfast'
import { holdfast } from 'holdfast/viem'
import { createConfig } from 'wagmi'
import { foundry } from 'wagmi/chains'

const { VITE_ENDPOINT, VITE_TOKEN, VITE_ACCOUNT } = import.meta.env

/**
 * `holdfast(url)` alone would do. A client of one's own is for showing how the line is.
 *
 * Made outside of the components, it outlives all of them, and nothing dials before a hook asks for something.
 */
export const line = createClient(VITE_ENDPOINT, { chainId: foundry.id })

export const config = createConfig({ chains: [foundry], transports: { [foundry.id]: holdfast(line) } })

export const token = VITE_TOKEN
/** Whose balance is shown. */
export const account = VITE_ACCOUNT

declare module 'wagmi' {
  interface Register {
    config: typeof config
  }
}
