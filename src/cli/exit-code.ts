/** What the exit code says. Documented in docs/cli.md. */

export const EXIT = {
  ok: 0,
  /** Something must be changed: here, at the server or in the account. */
  change: 1,
  /** The command line itself makes no sense. */
  usage: 2,
  /** Something is wrong that waiting may mend. */
  temporary: 3,
  /** Ended by Ctrl-C (SIGINT), as shells say it; what was stored is whole. */
  interrupted: 130,
  /** The same by SIGTERM. */
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The command line makes no sense; the message says what is wrong with it. */
export class UsageError extends Error {}

/** A file cannot be read or written, or is not what it should be; the message says what to do. */
export class FileError extends Error {}
