import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bookmark, decodeCursor, encodeCursor } from '../../src/eth/cursor.ts'
import { transferSubject } from '../../src/eth/filter.ts'
import { InvalidCursorError } from '../../src/index.ts'

const hexDigits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })

/** Ancestors as a window has them: descending, a block or a range apart. */
const bookmarks: fc.Arbitrary<Bookmark> = fc
  .record({
    chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    filter: hexDigits(16),
    fromBlock: fc.nat({ max: 10_000_000 }),
    doubt: fc.nat({ max: 64 }),
    steps: fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 200 }),
    prefixes: fc.array(hexDigits(16), { minLength: 201, maxLength: 201 }),
    bottom: fc.nat({ max: 1_000_000_000 }),
  })
  .map(({ steps, prefixes, bottom, ...rest }) => {
    const numbers = [bottom]
    for (const step of steps) numbers.push((numbers.at(-1) ?? 0) + step)
    const ancestors = numbers.toReversed().map((number, i) => ({ number, hashPrefix: prefixes[i] ?? '' }))
    return { ...rest, ancestors }
  })

test('what is written is read, its newest and its oldest hash at least, in 400 characters', () => {
  fc.assert(
    fc.property(bookmarks, bookmark => {
      const cursor = encodeCursor(bookmark)
      const read = decodeCursor(cursor)

      expect(cursor.length).toBeLessThanOrEqual(400)
      expect(read).toMatchObject({
        chainId: bookmark.chainId,
        filter: bookmark.filter,
        fromBlock: bookmark.fromBlock,
        doubt: bookmark.doubt,
      })
      expect(read.ancestors[0]).toEqual(bookmark.ancestors[0])
      expect(read.ancestors.at(-1)).toEqual(bookmark.ancestors.at(-1))
      for (const ancestor of read.ancestors) expect(bookmark.ancestors).toContainEqual(ancestor)
    }),
  )
})

test('ancestors stand at growing depth', () => {
  const ancestors = Array.from({ length: 500 }, (_, i) => ({
    number: 1_000 - i,
    hashPrefix: i.toString(16).padStart(16, '0'),
  }))

  const read = decodeCursor(
    encodeCursor({ chainId: 1, filter: '0'.repeat(16), fromBlock: 5, ancestors, doubt: 0 }),
  )

  expect(read.ancestors.map(({ number }) => 1_000 - number)).toEqual([
    0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 499,
  ])
})

test('what the first version wrote for a filter is read by every later one', () => {
  const token = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'
  const { id } = transferSubject({ token, account: '0x28c6c06298d514db089934071355e5743bf21d60' })
  const written =
    '1.540352a81f6f31bc.1.bb8hs.bwo70.2.0-0123456789abcdef.1-fedcba9876543210.1s-00ff00ff00ff00ff.88fa7eb6'

  expect(decodeCursor(written)).toEqual({
    chainId: 1,
    filter: id,
    fromBlock: 19_000_000,
    doubt: 2,
    ancestors: [
      { number: 20_000_123, hashPrefix: '0123456789abcdef' },
      { number: 20_000_122, hashPrefix: 'fedcba9876543210' },
      { number: 20_000_059, hashPrefix: '00ff00ff00ff00ff' },
    ],
  })
})

describe('what is refused', () => {
  test('any changed, missing or additional character', () => {
    fc.assert(
      fc.property(
        bookmarks,
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        (bookmark, at, character) => {
          const cursor = encodeCursor(bookmark)
          const i = at % cursor.length
          const changed = [
            cursor.slice(0, i) + character + cursor.slice(i + 1),
            cursor.slice(0, i) + cursor.slice(i + 1),
            cursor.slice(0, i) + character + cursor.slice(i),
          ]
          for (const each of changed)
            if (each !== cursor) expect(() => decodeCursor(each)).toThrow(InvalidCursorError)
        },
      ),
    )
  })

  test('any text at all', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), text => {
        expect(() => decodeCursor(text)).toThrow(InvalidCursorError)
      }),
    )
  })
})
