/** What the dev script tells the page. A page that is served without it has no demo, and works all the same. */

import type { ClientOptions } from 'holdfast'

export interface Preset {
  readonly label: string
  readonly url: string
  readonly options: ClientOptions
}

export interface Demo {
  readonly token: string
  readonly endpoints: readonly Preset[]
  readonly faults: readonly { readonly id: string; readonly label: string; readonly what: string }[]
}

export async function loadDemo(): Promise<Demo | undefined> {
  const response = await fetch('/demo/')
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return response.ok && isJson ? await response.json() : undefined
}

/** Breaks the line, or the chain. */
export async function breakIt(fault: string): Promise<void> {
  await fetch(`/demo/faults/${fault}`, { method: 'POST' })
}
