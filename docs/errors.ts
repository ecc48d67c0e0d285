/** Writes docs/errors.md from the classes (their comments) and the judgement tables (retry, remedy, hint). */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ts from 'typescript'
import { Secrets } from '../src/secrets.ts'
import { type Cause, reject } from '../src/transport/causes/cause.ts'
import { ALL_CAUSES } from '../src/transport/causes/index.ts'
import type { HandshakeError } from '../src/transport/errors/handshake-error.ts'
import { Scene } from '../src/transport/scene.ts'

const source = new URL('../src/', import.meta.url).pathname

interface ErrorClass {
  readonly name: string
  readonly parent: string
  /** The comment of the class, as one paragraph. */
  readonly meaning: string
  readonly fields: readonly string[]
  readonly isAbstract: boolean
}

/** Every class that extends an error, in the order of the sources. */
export function errorClasses(): readonly ErrorClass[] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter(file => /(errors?|errors\/[\w-]+)\.ts$/.test(file))
    .sort()
  return files.flatMap(file => {
    const text = readFileSync(join(source, file), 'utf8')
    const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true)
    return parsed.statements.filter(ts.isClassDeclaration).flatMap(readClass)
  })
}

function readClass(node: ts.ClassDeclaration): ErrorClass[] {
  const name = node.name?.text
  const parent = node.heritageClauses?.[0]?.types[0]?.expression.getText() ?? ''
  if (name === undefined || !name.endsWith('Error')) return []
  const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc)
  const meaning = (ts.getTextOfJSDocComment(comment?.comment) ?? '').replace(/\s+/g, ' ').trim()
  const fields = node.members
    .filter(ts.isPropertyDeclaration)
    .map(member => member.name.getText())
    .filter(field => field !== 'code')
  const isAbstract = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword) ?? false
  return [{ name, parent, meaning, fields, isAbstract }]
}

/** A scene in which every hint has its values. */
function exampleScene(): Scene {
  const scene = new Scene(undefined, false, new Secrets())
  scene.url = new URL('wss://node.example/ws')
  scene.phase = 'tls'
  scene.certificate = {
    subject: 'CN=node.example',
    issuer: 'CN=Example CA',
    validFrom: '2026-01-01T00:00:00.000Z',
    validTo: '2026-11-01T00:00:00.000Z',
    fingerprint256: 'AB:CD',
    names: ['node.example.org'],
    hasImpostor: false,
  }
  return scene
}

/** What a cause says in that scene. */
export function exampleOf(cause: Cause): HandshakeError {
  const { name } = cause.error.prototype as { name: string }
  const facts: Record<string, unknown> = {
    status: 'statuses' in cause ? (cause.statuses as readonly number[])[0] : (STATUS[name] ?? 500),
    closeCode: 4000,
    directive: 'connect-src',
    location: 'https://node.example/login',
  }
  return reject(cause, exampleScene(), { text: SAID[name] ?? 'what was said', facts })
}

const STATUS: Readonly<Record<string, number>> = {
  UpgradeRejectedError: 400,
  RedirectedError: 302,
  NotAWebSocketEndpointError: 200,
  RpcHandshakeRejectedError: 200,
  ProxyRejectedError: 403,
}

/** What platform or peer say in the example, where it is more than "what was said". */
const SAID: Readonly<Record<string, string>> = {
  CredentialsError: 'bearer function threw',
  WrongChainError: 'expected 1, got 5',
  SubprotocolMismatchError: 'Server sent no subprotocol',
  OpaqueHandshakeError: '',
}

const RETRY = { final: 'no', backoff: 'yes' } as const
const REMEDIES = {
  verify: 'verify the certificate',
  anchor: 'install a trust anchor',
  configure: 'configure the connection',
} as const

export function errorsPage(): string {
  const classes = errorClasses()
  const byName = new Map(classes.map(each => [each.name, each]))
  const causes = new Map(ALL_CAUSES.map(cause => [(cause.error.prototype as { name: string }).name, cause]))
  const isHandshake = (each: ErrorClass | undefined): boolean =>
    each !== undefined && (each.name === 'HandshakeError' || isHandshake(byName.get(each.parent)))
  const handshake = classes.filter(each => isHandshake(each) && each.name !== 'HandshakeError')
  const others = classes.filter(
    each => !isHandshake(each) && each.name !== 'HoldfastError' && each.name !== 'ChainError',
  )
  return [
    '# Errors',
    '',
    'Every error of holdfast has `name`, `code` (a literal, for a `switch`), `category`, `retryable`, `message`, mostly a `hint`, and',
    'the `cause` it came from. No key, token or path of an endpoint is ever in one of them. This page is generated from the sources',
    '(`npm run docs`).',
    '',
    '## Rejected handshakes',
    '',
    'All are `HandshakeError`s with `phase`, `endpoint`, `elapsed` and, where known, `retryAfter` and `remedy`. “Retried” says what',
    'happens before the line has been open for the first time; afterwards every one of them is retried, slowly where it says no,',
    'but for `WrongChainError` and `CertificatePinMismatchError`. [What now?](handshake-rejected.md) walks from the symptom to the',
    'remedy.',
    '',
    ...handshake.flatMap(each => describeHandshake(each, causes.get(each.name))),
    '## All others',
    '',
    '| error | means | fields |',
    '|---|---|---|',
    ...others.map(({ name, meaning, fields }) => `| \`${name}\` | ${cell(meaning)} | ${fieldList(fields)} |`),
    '',
  ].join('\n')
}

function describeHandshake(
  { name, parent, meaning, fields, isAbstract }: ErrorClass,
  cause: Cause | undefined,
): string[] {
  if (isAbstract || cause === undefined)
    return [`### ${name}`, '', `${meaning} A family: see its members below.`, '']
  const { message, hint } = exampleOf(cause)
  const remedy = cause.remedy === undefined ? 'wait' : REMEDIES[cause.remedy]
  return [
    `### ${name}`,
    '',
    meaning,
    '',
    `*Family* ${parent} · *retried* ${RETRY[cause.retry]} · *remedy* ${remedy}${fields.length > 0 ? ` · *fields* ${fieldList(fields)}` : ''}`,
    '',
    `> ${message}<br>`,
    `> ${hint?.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z(?=\), then)/, '…')}`,
    '',
  ]
}

function fieldList(fields: readonly string[]): string {
  return fields.map(field => `\`${field}\``).join(', ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
