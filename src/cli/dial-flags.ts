/** The flags that say how to reach the endpoint; every command has them. */

import { readFileSync } from 'node:fs'
import { HttpsProxyAgent } from 'https-proxy-agent'
import type { DialOptions } from '../options.ts'
import { UsageError } from './exit-code.ts'

export const DIAL_FLAGS = {
  ca: { type: 'string', multiple: true },
  header: { type: 'string', multiple: true },
  bearer: { type: 'string' },
  servername: { type: 'string' },
  proxy: { type: 'string' },
  'chain-id': { type: 'string' },
  timeout: { type: 'string' },
} as const

export const DIAL_HELP = `
  --ca file           trust the anchors in this PEM file instead of the built-in ones
  --header 'k: v'     send a header with the upgrade request; may be repeated
  --bearer token      send Authorization: Bearer …
  --servername name   the name to ask for and to check the certificate against
  --proxy url         go through this HTTP proxy (CONNECT)
  --chain-id n        the chain that must be served
  --timeout seconds   how long each step may take (10)`

export interface DialFlags {
  readonly ca?: readonly string[] | undefined
  readonly header?: readonly string[] | undefined
  readonly bearer?: string | undefined
  readonly servername?: string | undefined
  readonly proxy?: string | undefined
  readonly 'chain-id'?: string | undefined
  readonly timeout?: string | undefined
}

/** @throws UsageError for a file that cannot be read, or a flag that does not parse */
export function dialOptions({ ca, header, bearer, servername, proxy }: DialFlags): DialOptions {
  const tls = {
    ...(ca !== undefined && { ca: ca.map(readAnchors) }),
    ...(servername !== undefined && { servername }),
  }
  return {
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(header !== undefined && { headers: Object.fromEntries(header.map(parseHeader)) }),
    ...(bearer !== undefined && { bearer }),
    ...(proxy !== undefined && { agent: agentFor(proxy) }),
  }
}

/** @throws UsageError for anything but a whole number */
export function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw new UsageError(`--${flag}: expected a whole number, got ${text}`)
}

/** @returns milliseconds */
export function seconds(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text) * 1_000
  throw new UsageError(`--${flag}: expected seconds, got ${text}`)
}

function readAnchors(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--ca: ${file} cannot be read (${String(Reflect.get(Object(error), 'code'))})`)
  }
}

/** The text is not repeated in the error: it may be a secret. */
function parseHeader(text: string): [string, string] {
  const [, name, value] = /^([^\s:]+):\s*(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new UsageError("--header: expected 'name: value'")
  return [name, value]
}

function agentFor(proxy: string): object {
  if (!/^https?:\/\//.test(proxy) || !URL.canParse(proxy))
    throw new UsageError('--proxy: expected http://host:port or https://host:port')
  return new HttpsProxyAgent(proxy)
}
