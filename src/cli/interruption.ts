/** Ctrl-C: the first ends the command in order, the second at once. */

import { EXIT, type ExitCode } from './exit-code.ts'

const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const

export interface Interruption {
  /** Undefined while nobody has interrupted. */
  readonly code: ExitCode | undefined
  /** Lets signals end the process at once again. */
  over(): void
}

/** @param interrupted ends what the command does; called once */
export function interruption(interrupted: () => void): Interruption {
  let code: ExitCode | undefined
  const listener = (name: keyof typeof CODES) => {
    code = CODES[name]
    over()
    interrupted()
  }
  const over = () => {
    for (const name of Object.keys(CODES)) process.off(name, listener)
  }
  for (const name of Object.keys(CODES)) process.on(name, listener)
  return {
    get code() {
      return code
    },
    over,
  }
}
