#!/usr/bin/env node
/** `holdfast`: finds the command, runs it, and turns what it throws into a line and an exit code. */

import manifest from '../../package.json' with { type: 'json' }
import { AttemptsExhaustedError } from '../connection/errors.ts'
import { ClientClosedError, ConfigurationError, isHoldfastError } from '../errors.ts'
import { COMMANDS } from './commands.ts'
import { EXIT, type ExitCode, FileError, UsageError } from './exit-code.ts'
import { plain, processTerminal, type Terminal } from './terminal.ts'

const HELP = `holdfast ${manifest.version}: a WebSocket JSON-RPC client for Ethereum that does not let go

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  holdfast ${name.padEnd(12)}${summary}`)
  .join('\n')}

  holdfast <command> --help`

async function main([name = '--help', ...args]: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (name === '--version' || name === '-v') terminal.out(manifest.version)
  else if (name === '--help' || name === '-h') terminal.out(HELP)
  else return runCommand(name, args, terminal)
  return EXIT.ok
}

async function runCommand(name: string, args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    terminal.note(`holdfast: there is no command “${name}”.\n\n${HELP}`)
    return EXIT.usage
  }
  if (args.includes('--help') || args.includes('-h')) {
    terminal.out(command.help)
    return EXIT.ok
  }
  try {
    return await command.run(args, terminal)
  } catch (error) {
    return explain(name, error, terminal)
  }
}

function explain(name: string, thrown: unknown, { note }: Terminal): ExitCode {
  // That the client is closed helps nobody: what has closed it does.
  const error = thrown instanceof ClientClosedError ? (thrown.cause ?? thrown) : thrown
  if (isHoldfastError(error)) {
    note(plain([`${error.name}: ${error.message}`, error.hint ?? []].flat().join('\n')))
    if (error instanceof ConfigurationError) return EXIT.usage
    const reason = error instanceof AttemptsExhaustedError ? error.cause : error
    return isHoldfastError(reason) && reason.retryable ? EXIT.temporary : EXIT.change
  }
  if (error instanceof FileError) {
    note(`holdfast ${name}: ${error.message}`)
    return EXIT.change
  }
  if (error instanceof UsageError || isParseError(error)) {
    note(`holdfast ${name}: ${error.message}\nholdfast ${name} --help shows how it is used.`)
    return EXIT.usage
  }
  throw error
}

/** `util.parseArgs` met a flag that it does not know. */
function isParseError(error: unknown): error is Error {
  return error instanceof Error && String(Reflect.get(error, 'code')).startsWith('ERR_PARSE_ARGS')
}

void main(process.argv.slice(2), processTerminal()).then(code => {
  process.exitCode = code
})
