import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withoutAccidents, withReports } from '../../docs/doctor-reports.ts'

test('the guide shows what the doctor really prints (npm run docs writes it)', async () => {
  const guide = readFileSync(new URL('../../docs/handshake-rejected.md', import.meta.url), 'utf8')

  expect(withoutAccidents(guide)).toBe(withoutAccidents(await withReports(guide)))
})
