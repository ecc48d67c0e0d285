/**
 * The import lines keep the layers apart: arrows point downwards only, and no value crosses a layer but error classes.
 * `create-client.ts` wires the layers and may know them all; types may be looked at from above.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = new URL('../src/', import.meta.url).pathname
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
const WIRING = ['create-client.ts', 'index.ts', 'client.ts']
/** From the bottom up. What lies in src/ itself is used by every layer and uses none, but for types. */
const LAYERS = ['.', 'transport', 'connection', 'rpc', 'eth', 'doctor', 'jetstream', 'cli', 'adapters']
/** They use the library as its users do: by its door. */
const ON_TOP = ['doctor', 'jetstream', 'cli', 'adapters']
/** What they may know besides: how the transport takes TLS options and words a cause, and how a report is written. */
const SHARED = [
  'transport/tls-options.ts',
  'transport/scene.ts',
  'transport/causes/cause.ts',
  'transport/causes/tls.ts',
  'doctor/index.ts',
  'doctor/report.ts',
]

interface Import {
  readonly file: string
  readonly target: string
  readonly isType: boolean
}

const imports: readonly Import[] = files.flatMap(file =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /^(?:import|export)( type)? ?([^;'"]*?)from '([^']+)'/gm,
    ),
  ].map(([, type, names = '', target = '']) => ({
    file,
    target: target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
    isType:
      type !== undefined || names.split(',').every(name => !name.trim() || /^\{?\s*type /.test(name.trim())),
  })),
)
const layerOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '.') : '.')
const isErrors = (target: string) => /(^|\/)(errors|malformed)(\/|\.ts)/.test(target)
const own = imports.filter(({ file, target }) => files.includes(target) && !WIRING.includes(file))
const broken = (list: readonly Import[]) => list.map(({ file, target }) => `${file} → ${target}`)

describe('imports', () => {
  test('there are some', () => {
    expect(own.length).toBeGreaterThan(150)
    expect(new Set(files.map(layerOf))).toEqual(new Set(LAYERS))
  })

  test('point downwards only', () => {
    const upwards = own.filter(
      ({ file, target, isType }) =>
        LAYERS.indexOf(layerOf(target)) > LAYERS.indexOf(layerOf(file)) && !isType,
    )

    expect(broken(upwards)).toEqual([])
  })

  test('carry no value across layers but error classes', () => {
    const across = own.filter(({ file, target, isType }) => {
      const [from, to] = [layerOf(file), layerOf(target)]
      return (
        from !== to &&
        to !== '.' &&
        !isType &&
        !isErrors(target) &&
        !(ON_TOP.includes(from) && SHARED.includes(target))
      )
    })

    expect(broken(across)).toEqual([])
  })

  test('of isomorphic-ws, zod and eventemitter3 stand in one file each, for each platform', () => {
    const importersOf = (name: string) =>
      imports.filter(({ target, isType }) => target === name && !isType).map(({ file }) => file)
    const lazyImporters = (name: string) =>
      files.filter(file => readFileSync(join(root, file), 'utf8').includes(`await import('${name}')`))

    expect(importersOf('isomorphic-ws')).toEqual(['transport/handshake.browser.ts'])
    expect(lazyImporters('isomorphic-ws')).toEqual(['transport/handshake.node.ts'])
    expect(importersOf('zod/mini')).toEqual(['validation.ts'])
    expect(importersOf('eventemitter3')).toEqual(['events.ts'])
  })

  test('of NATS stand only in the relay', () => {
    const importers = imports
      .filter(({ target }) => target.startsWith('@nats-io/'))
      .map(({ file }) => layerOf(file))

    expect([...new Set(importers)]).toEqual(['jetstream'])
  })

  test('of Node itself stand only in files that browsers do not load', () => {
    const nodeOnly = new Set(
      imports
        .filter(({ file, target }) => target.startsWith('node:') && layerOf(file) !== 'cli')
        .map(({ file }) => file),
    )

    expect([...nodeOnly].sort()).toEqual([
      'doctor/certificates.ts',
      'doctor/neighbour.ts',
      'doctor/resolve.ts',
      'doctor/tcp.ts',
      'doctor/tls.ts',
      'transport/frames.node.ts',
      'transport/handshake.node.ts',
      'transport/http-reply.ts',
      'transport/socket.node.ts',
      'transport/tls-options.ts',
      'transport/tls.node.ts',
    ])
  })

  test('go in no circle', () => {
    const values = own.filter(({ isType }) => !isType)
    const circles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
        return
      }
      for (const each of values) if (each.file === file) visit(each.target, [...path, file])
    }
    for (const file of files) visit(file, [])

    expect([...new Set(circles)]).toEqual([])
  })
})

test('no file is longer than 250 lines', () => {
  const long = files.filter(file => readFileSync(join(root, file), 'utf8').split('\n').length > 250)

  expect(long.map(file => relative('.', file))).toEqual([])
})
