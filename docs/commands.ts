/** Puts into docs/cli.md what the program itself says of its commands. */

import type { Command } from '../src/cli/command.ts'

/** @param guide with a `<!-- help: command -->` before each text block */
export function withHelp(guide: string, commands: Readonly<Record<string, Command>>): string {
  return guide.replace(/(<!-- help: (\w+) -->\n```text\n)[\s\S]*?(\n```)/g, (_, before, name, after) => {
    const command = commands[name]
    if (command === undefined) throw new Error(`docs/cli.md shows a command that does not exist: ${name}`)
    return `${before}${command.help}${after}`
  })
}
