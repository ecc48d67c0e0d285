/** `npm run docs`: writes the pages that are made from the sources. A test keeps them up to date. */

import { readFileSync, writeFileSync } from 'node:fs'
import { COMMANDS } from '../src/cli/commands.ts'
import { withHelp } from './commands.ts'
import { withoutAccidents, withReports } from './doctor-reports.ts'
import { errorsPage } from './errors.ts'
import { herdPlot } from './herd.ts'

const guide = new URL('handshake-rejected.md', import.meta.url)
const program = new URL('cli.md', import.meta.url)

writeFileSync(new URL('errors.md', import.meta.url), errorsPage())
writeFileSync(new URL('herd.svg', import.meta.url), herdPlot())
writeFileSync(program, withHelp(readFileSync(program, 'utf8'), COMMANDS))

// Dates and times differ from run to run: they alone are no reason to write the page anew.
const before = readFileSync(guide, 'utf8')
const after = await withReports(before)
if (withoutAccidents(after) !== withoutAccidents(before)) writeFileSync(guide, after)
