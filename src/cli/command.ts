/** What every command is made of. */

import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

export interface Command {
  /** One line, for the overview. */
  readonly summary: string
  /** A screenful at most. */
  readonly help: string
  /** @throws UsageError where the arguments make no sense */
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>
}
