/** Checks options against their shape: with zod, where its size does not matter. */

import * as z from 'zod/mini'
import { type Check, kindOf, type Shape } from './describe.ts'
import type { Issue } from './errors.ts'
import { refuseAll } from './refuse.ts'

/**
 * @param root how the value is called: the first part of every path
 * @throws ConfigurationError that lists everything that is wrong
 */
export function validate(shape: Shape, value: unknown, root: string): void {
  const parsed = z.safeParse(schemaOf(shape), value)
  if (!parsed.success) throw refuseAll(parsed.error.issues.flatMap(issue => toIssues(issue, root)))
}

/** Shapes are constants: each becomes a schema once. */
const schemas = new WeakMap<Shape, z.ZodMiniType>()

function schemaOf(shape: Shape): z.ZodMiniType {
  const known = schemas.get(shape) ?? toSchema(shape)
  schemas.set(shape, known)
  return known
}

function toSchema(shape: Shape): z.ZodMiniType {
  const fields = Object.entries(shape).map(([option, field]) => {
    if (typeof field === 'function') return [option, z.optional(checked(field))] as const
    if (!isPair(field)) return [option, z.optional(toSchema(field))] as const
    const [check, nested] = field
    return [option, z.optional(z.union([checked(check), toSchema(nested)]))] as const
  })
  return z.strictObject(Object.fromEntries(fields), {
    error: ({ code, input }) =>
      code === 'invalid_type' ? `expected an object, got ${kindOf(input)}` : undefined,
  })
}

function checked(check: Check): z.ZodMiniType {
  return z.custom(value => check(value) === undefined, { error: issue => check(issue.input) })
}

function isPair(field: Shape | readonly [Check, Shape]): field is readonly [Check, Shape] {
  return Array.isArray(field)
}

function toIssues(issue: z.core.$ZodIssue, root: string): Issue[] {
  const path = [root, ...issue.path].join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({ path: `${path}.${key}`, message: 'unknown option' }))
  }
  if (issue.code !== 'invalid_union') return [{ path, message: issue.message }]
  // Of a pair: an object was meant to be the object, everything else the value.
  const [plain = [], nested = []] = issue.errors
  const isObject = !nested.some(({ code, path }) => code === 'invalid_type' && path.length === 0)
  return (isObject ? nested : plain).flatMap(each => toIssues(each, path))
}
