/** Runs all rejection scenarios against the built package, on whatever Node runs this; prints what is wrong as JSON. */

import * as holdfast from 'holdfast'
import { runScenario } from '../support/rejection.ts'
import { scenarios } from '../transport/scenarios/index.ts'

const uncaught: string[] = []
process.on('uncaughtException', error => uncaught.push(String(error)))
process.on('unhandledRejection', error => uncaught.push(String(error)))

const faults: string[] = []
let count = 0
for (const [group, members] of Object.entries(scenarios)) {
  for (const scenario of members) {
    count++
    try {
      const verdict = await runScenario(holdfast, scenario)
      faults.push(
        ...verdict.faults.map(fault => `${group}, ${scenario.title}: ${fault} [${causeOf(verdict.error)}]`),
      )
    } catch (error) {
      faults.push(`${group}, ${scenario.title}: ${String(error)}`)
    }
  }
}
process.stdout.write(JSON.stringify({ node: process.version, count, faults, uncaught }))

function causeOf({ cause }: { cause?: unknown }): string {
  const { code, message } = Object(cause) as { code?: string; message?: string }
  return `${code ?? 'no code'} ${message ?? ''}`
}
