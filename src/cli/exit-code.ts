/** What the exit code says. Documented in docs/cli.md. */

export const EXIT = {
  ok: 0,
  /** Something must be changed: here, at the server or in the account. */
  change: 1,
  /** The command line itself makes no sense. */
  usage: 2,
  /** Something is wrong that waiting may mend. */
  temporary: 3,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The command line makes no sense; the message says what is wrong with it. */
export class UsageError extends Error {}
