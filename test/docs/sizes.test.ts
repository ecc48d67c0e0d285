/** docs/performance.md says what each entry weighs. `npm test` builds dist/ first. */

import { expect, test } from 'vitest'
import { sizesInPage, sizesTable } from '../../docs/sizes.ts'

const NUMBER = /\d+\.\d/g

/**
 * One percent: gzip packs a little differently from one version of Node to the next, and a page need not change with every
 * line of code. And both are rounded to a tenth of a kilobyte, which is more than that for the small ones.
 */
const isClose = (shown: number, measured: number) => Math.abs(shown - measured) <= measured / 100 + 0.1

test('the table of sizes is up to date (npm run sizes writes it)', async () => {
  const [shown, measured] = [sizesInPage(), await sizesTable()]
  const numbers = (table: string) => table.match(NUMBER)?.map(Number) ?? []

  expect(shown.replaceAll(NUMBER, 'n')).toBe(measured.replaceAll(NUMBER, 'n'))
  const pairs = numbers(shown).map((each, i) => [each, numbers(measured)[i] ?? 0] as const)
  expect(pairs.filter(([a, b]) => !isClose(a, b))).toEqual([])
  expect(pairs.length).toBeGreaterThan(20)
})
