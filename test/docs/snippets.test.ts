/** Every TypeScript block of the README and of docs/ compiles against the sources: one program for all of them. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { PAGES, ROOT, type Snippet, snippetsOf } from '../support/snippets.ts'

/** Where the blocks would lie if they were files: beside the sources, so that packages are found. */
const pathOf = (index: number) => join(ROOT, `docs/.snippets/${index}.ts`)

/** Proves that a mistake would be found. */
const WRONG: Snippet = { place: 'wrong:1', preamble: '', code: 'client.transfer({ token })' }

test('every code block of the documentation type-checks', () => {
  const snippets = PAGES.flatMap(snippetsOf)

  const problems = check([...snippets, WRONG])

  expect(problems.filter(problem => !problem.startsWith('wrong:'))).toEqual([])
  expect(problems).toEqual([
    expect.stringContaining("wrong:1 Property 'transfer' does not exist on type 'Client'"),
  ])
  expect(snippets.length).toBeGreaterThan(4)
}, 60_000)

test('every block that looks like TypeScript says so', () => {
  const others = PAGES.flatMap(page =>
    [
      ...readFileSync(join(ROOT, page), 'utf8').matchAll(
        /(^<!-- recipe -->\n)?^ *```(\w*)\n([\s\S]*?)^ *```$/gm,
      ),
    ]
      // A recipe is JavaScript: test/browser runs it in a page as it stands.
      .filter(([, recipe, language]) => language !== 'ts' && !(recipe && language === 'js'))
      .filter(([, , , code]) => /\b(const|await|import \{)/.test(code ?? ''))
      .map(([block]) => `${page}: ${block}`),
  )

  expect(others).toEqual([])
})

function check(snippets: readonly Snippet[]): readonly string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT)
  // The preamble on one line, and the first: so that the lines of the block keep their numbers.
  const texts = new Map(
    snippets.map(({ preamble, code }, i) => [
      pathOf(i),
      `${preamble.replaceAll('\n', ' ')}${code}\nexport {}`,
    ]),
  )
  const settings: ts.CompilerOptions = {
    ...options,
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: {
      holdfast: [join(ROOT, 'src/index.ts')],
      'holdfast/doctor': [join(ROOT, 'src/doctor/index.ts')],
      'holdfast/jetstream': [join(ROOT, 'src/jetstream/index.ts')],
      'holdfast/*': [join(ROOT, 'src/adapters/*.ts')],
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
  const globals = join(ROOT, 'test/docs/snippet-globals.d.ts')
  const program = ts.createProgram([globals, ...texts.keys()], settings, host)
  return snippets.flatMap((snippet, i) => {
    const file = program.getSourceFile(pathOf(i))
    if (file === undefined) return [`${snippet.place}: not compiled`]
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(({ start = 0, messageText }) => {
      const [page = '', first = '1'] = snippet.place.split(':')
      const line = Number(first) + file.getLineAndCharacterOfPosition(start).line
      return `${page}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}
