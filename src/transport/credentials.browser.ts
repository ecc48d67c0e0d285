/** A page can choose nothing of a dial besides its URL: what it cannot do is refused. */

import type { Check, Shape } from '../describe.ts'
import type { Credentials } from './credentials.ts'

const nodeOnly: Check = () => 'works in Node only; a browser cannot be told'

export const CREDENTIALS: Shape = {
  headers: nodeOnly,
  bearer: nodeOnly,
  tls: nodeOnly,
  agent: nodeOnly,
  lookup: nodeOnly,
}

export function settleCredentials(): Credentials {
  return { pin: undefined }
}

export function guardCredentials(): void {}

export async function askHeaders(): Promise<Record<string, string>> {
  return {}
}

export function mayChange(): boolean {
  return false
}

export class OriginPin {}
