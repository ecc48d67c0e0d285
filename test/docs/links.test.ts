/** Every link of the documentation that stays in the repository leads somewhere. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
const pages = [
  ...readdirSync(root).filter(name => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]

test('no link of the documentation is broken', () => {
  const links = pages.flatMap(page =>
    [...textOf(page).matchAll(/\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]*))?\)/g)].map(([, path = '', anchor]) => ({
      page,
      target: path === '' ? page : join(dirname(page), path),
      anchor,
    })),
  )

  const broken = links.filter(({ target, anchor }) => !leadsSomewhere(target, anchor))

  expect(broken).toEqual([])
  expect(links.length).toBeGreaterThan(20)
})

function leadsSomewhere(target: string, anchor: string | undefined): boolean {
  if (!existsSync(join(root, target))) return false
  return anchor === undefined || anchorsIn(textOf(target)).includes(anchor)
}

/** As GitHub makes them of headings. */
function anchorsIn(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}
