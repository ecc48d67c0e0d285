/** An example, run as a reader would run it. */

import { startNode } from '../support/program.ts'

export async function runExample(name: string): Promise<{ code: number | null; out: string; note: string }> {
  const example = startNode(['--disable-warning=ExperimentalWarning', `examples/${name}/main.ts`])
  const { code } = await example.ended
  return { code, out: example.out, note: example.note }
}
