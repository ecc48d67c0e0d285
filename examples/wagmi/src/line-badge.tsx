import type { ConnectionState } from 'holdfast'
import { useLine } from './use-line.ts'

const WORDS: Readonly<Record<ConnectionState['status'], string>> = {
  idle: 'Idle',
  connecting: 'Connecting',
  open: 'Open',
  waiting: 'Waiting',
  closing: 'Closing',
  closed: 'Closed',
}

export function LineBadge() {
  const { status } = useLine()
  return (
    <p className="badge" role="status" data-status={status}>
      <span className="dot" />
      {WORDS[status]}
    </p>
  )
}

/** Why there is no line; nothing where there is one. */
export function Trouble() {
  const state = useLine()
  const error = 'error' in state ? state.error : undefined
  if (error === undefined) return null
  // What ended the line for good needs a person; what is tried again does not.
  return (
    <p className="trouble" role={state.status === 'closed' ? 'alert' : undefined}>
      <strong>{error.name}</strong> {error.message} {error.hint}
    </p>
  )
}
