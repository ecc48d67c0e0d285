/** `holdfast doctor`: what is wrong with an endpoint, for a person or for a pipe. */

import { parseArgs } from 'node:util'
import { diagnose, toText } from '../doctor/index.ts'
import type { Command } from './command.ts'
import { DIAL_FLAGS, DIAL_HELP, dialOptions, seconds, wholeNumber } from './dial-flags.ts'
import { EXIT, UsageError } from './exit-code.ts'

export const doctor: Command = {
  summary: 'what is wrong with an endpoint',
  help: `holdfast doctor <url> [options]

Resolves the name, opens TCP, looks at the certificates, asks for the upgrade and talks
to the node; then says what is wrong and what to do about it.

  --json              print one JSON document
${DIAL_HELP.slice(1)}

Exit code: 0 all is well, 1 something must be changed, 2 usage, 3 waiting may help.`,

  run: async (args, { out, paint }) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...DIAL_FLAGS, json: { type: 'boolean' } },
      allowPositionals: true,
    })
    const [url, ...more] = positionals
    if (url === undefined || more.length > 0) throw new UsageError('expected exactly one URL')
    const timeout = seconds('timeout', values.timeout)
    const chainId = wholeNumber('chain-id', values['chain-id'])
    const diagnosis = await diagnose(url, {
      ...dialOptions(values),
      ...(timeout !== undefined && { timeout }),
      ...(chainId !== undefined && { chainId }),
    })
    out(values.json ? JSON.stringify(diagnosis, undefined, 2) : toText(diagnosis, paint))
    if (diagnosis.healthy) return EXIT.ok
    return diagnosis.finding?.retryable ? EXIT.temporary : EXIT.change
  },
}
