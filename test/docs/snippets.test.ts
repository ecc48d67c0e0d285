/** Every TypeScript block of the README and of docs/ compiles against the sources: one program for all of them. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
/** Where the blocks would lie if they were files: beside the sources, so that packages are found. */
const FOLDER = join(root, 'docs/.snippets')

interface Snippet {
  /** `docs/cli.md:12` */
  readonly place: string
  readonly path: string
  readonly text: string
}

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]
/** Proves that a mistake would be found. */
const WRONG: Snippet = {
  place: 'wrong',
  path: join(FOLDER, 'wrong.ts'),
  text: 'client.transfer({ token })\nexport {}',
}

test('every code block of the documentation type-checks', () => {
  const snippets = pages.flatMap(snippetsOf)

  const problems = check([...snippets, WRONG])

  expect(problems.filter(problem => !problem.startsWith('wrong:'))).toEqual([])
  expect(problems).toEqual([
    expect.stringContaining("wrong:1 Property 'transfer' does not exist on type 'Client'"),
  ])
  expect(snippets.length).toBeGreaterThan(4)
}, 60_000)

test('every block that looks like TypeScript says so', () => {
  const others = pages.flatMap(page =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/^ *```(\w*)\n([\s\S]*?)^ *```$/gm)]
      .filter(([, language, code]) => language !== 'ts' && /\b(const|await|import \{)/.test(code ?? ''))
      .map(([block]) => `${page}: ${block}`),
  )

  expect(others).toEqual([])
})

function snippetsOf(page: string): readonly Snippet[] {
  const text = readFileSync(join(root, page), 'utf8')
  const blocks = text.matchAll(/(?:^<!-- snippet: ([\s\S]*?)-->\n+)?^( *)```ts\n([\s\S]*?)^ *```$/gm)
  return [...blocks].map(([block, preamble = '', indent = '', code = ''], i) => {
    const line = text.slice(0, text.indexOf(block) + block.indexOf('```ts')).split('\n').length + 1
    // On one line, and the first: so that the lines of the block keep their numbers.
    const head = preamble.replaceAll('\n', ' ')
    return {
      place: `${page}:${line}`,
      path: join(FOLDER, `${page.replaceAll(/\W/g, '-')}-${i}.ts`),
      text: `${head}${code.replaceAll(new RegExp(`^${indent}`, 'gm'), '')}\nexport {}`,
    }
  })
}

function check(snippets: readonly Snippet[]): readonly string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root)
  const texts = new Map(snippets.map(({ path, text }) => [path, text]))
  const settings: ts.CompilerOptions = {
    ...options,
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: {
      holdfast: [join(root, 'src/index.ts')],
      'holdfast/doctor': [join(root, 'src/doctor/index.ts')],
      'holdfast/*': [join(root, 'src/adapters/*.ts')],
    },
  }
  const host = ts.createCompilerHost(settings)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = path => texts.has(path) || fileExists(path)
  host.readFile = path => texts.get(path) ?? readFile(path)
  host.getSourceFile = (path, language, ...rest) => {
    const text = texts.get(path)
    return text === undefined
      ? getSourceFile(path, language, ...rest)
      : ts.createSourceFile(path, text, language, true)
  }
  const globals = join(root, 'test/docs/snippet-globals.d.ts')
  const program = ts.createProgram([globals, ...texts.keys()], settings, host)
  return snippets.flatMap(snippet => {
    const file = program.getSourceFile(snippet.path)
    if (file === undefined) return [`${snippet.place}: not compiled`]
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(({ start = 0, messageText }) => {
      const [page = '', first = '1'] = snippet.place.split(':')
      const line = Number(first) + file.getLineAndCharacterOfPosition(start).line
      return `${page}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}
