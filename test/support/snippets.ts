/** The TypeScript blocks of the README and of docs/. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = new URL('../..', import.meta.url).pathname

export interface Snippet {
  /** `docs/cli.md:12`: where its first line stands. */
  readonly place: string
  /** What the page takes for granted: `<!-- snippet: … -->` before the block. */
  readonly preamble: string
  readonly code: string
}

export const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]

export function snippetsOf(page: string): readonly Snippet[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const blocks = text.matchAll(/(?:^<!-- snippet: ([\s\S]*?)-->\n+)?^( *)```ts\n([\s\S]*?)^ *```$/gm)
  return [...blocks].map(({ 0: block, 1: preamble = '', 2: indent = '', 3: code = '', index }) => {
    const line = text.slice(0, index + block.indexOf('```ts')).split('\n').length + 1
    return { place: `${page}:${line}`, preamble, code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), '') }
  })
}
