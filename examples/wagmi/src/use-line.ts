import type { ConnectionState } from 'holdfast'
import { useSyncExternalStore } from 'react'
import { line } from './config.ts'

/** How the line is at the moment: what no hook of wagmi tells. */
export function useLine(): ConnectionState {
  return useSyncExternalStore(subscribe, () => line.state)
}

function subscribe(changed: () => void): () => void {
  line.on('state', changed)
  return () => line.off('state', changed)
}
