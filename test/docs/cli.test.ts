/** docs/cli.md says what the program says. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withHelp } from '../../docs/commands.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { EXIT } from '../../src/cli/exit-code.ts'

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

test('it shows the help of every command (npm run docs writes it)', () => {
  expect(page).toBe(withHelp(page, COMMANDS))
  const shown = [...page.matchAll(/<!-- help: (\w+) -->/g)].map(([, name]) => name)
  expect(shown).toEqual(Object.keys(COMMANDS))
})

test('it lists every exit code', () => {
  const listed = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))

  expect(listed).toEqual(Object.values(EXIT))
})
