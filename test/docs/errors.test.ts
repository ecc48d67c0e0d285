import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { errorClasses, errorsPage, exampleOf } from '../../docs/errors.ts'
import * as holdfast from '../../src/index.ts'
import { ALL_CAUSES } from '../../src/transport/causes/index.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const classes = errorClasses()

test('docs/errors.md is what the sources say (npm run docs writes it)', () => {
  expect(page).toBe(errorsPage())
})

test('every exported error class is in it, with its meaning', () => {
  const exported = Object.keys(holdfast).filter(
    name => name.endsWith('Error') && !/^(is|Holdfast)/.test(name),
  )

  expect(exported.filter(name => !page.includes(name))).toEqual([])
  expect(classes.filter(({ meaning }) => meaning === '').map(({ name }) => name)).toEqual([])
})

test('every class of a handshake that is no family has its row in the judgement', () => {
  const judged = new Set(ALL_CAUSES.map(cause => (cause.error.prototype as { name: string }).name))
  const members = classes.filter(({ name, isAbstract }) => {
    const exported: unknown = Reflect.get(holdfast, name)
    return (
      !isAbstract && typeof exported === 'function' && exported.prototype instanceof holdfast.HandshakeError
    )
  })

  expect(members.length).toBeGreaterThan(60)
  expect(members.map(({ name }) => name).filter(name => !judged.has(name))).toEqual([])
})

describe('hints', () => {
  test('are reviewed as prose, all in one place', async () => {
    const prose = ALL_CAUSES.map(cause => {
      const { name, message, hint } = exampleOf(cause)
      return `${name}\n  ${message}\n  ${hint?.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z(?=\), then)/, '…')}\n`
    })

    await expect(prose.join('\n')).toMatchFileSnapshot('hints.txt')
  })

  test.each(ALL_CAUSES.map(cause => [(cause.error.prototype as { name: string }).name, cause] as const))(
    '%s: a whole sentence that says what to do',
    (_, cause) => {
      const { message, hint = '' } = exampleOf(cause)

      expect(message).toMatch(/^wss:\/\/node\.example .+[.)]$/)
      expect(hint).toMatch(/^[A-Z].{30,}[.”]$/)
      expect(`${message}${hint}`).not.toMatch(/undefined|\[object|\(\)|\s{2}|\.\./)
    },
  )
})
