/** Where the line stands, in one word and a few facts; where it is refused, the error and what to do. */

import { type ConnectionState, HandshakeError, isHoldfastError } from 'holdfast'
import { element, find, write } from './element.ts'
import type { Journal } from './journal.ts'
import { clock, count, many, seconds } from './words.ts'

const WORDS: Readonly<Record<ConnectionState['status'], string>> = {
  idle: 'Idle',
  connecting: 'Connecting',
  open: 'Open',
  waiting: 'Waiting',
  closing: 'Closing',
  closed: 'Closed',
}

const badge = find('badge', HTMLElement)
const badgeText = find('badge-text', HTMLElement)
const now = find('now', HTMLElement)

/** What is shown, so that it is built anew only where it is another thing. */
let shown: unknown
const state = element('p', 'state')
const sub = element('p', 'sub')
const figures = element('dl', 'figures')

export function showLine(journal: Journal, failure: unknown, at: number): void {
  const { status } = journal.state
  badge.dataset['status'] = status
  write(badgeText, inWords(journal.state, at))
  write(state, inWords(journal.state, at))
  write(sub, facts(journal.state))
  showFigures(journal)
  const error = failure ?? refusal(journal.state)
  if (error === shown && now.childElementCount > 0) return
  shown = error
  now.replaceChildren(state, sub, error === undefined ? figures : describe(error, status === 'closed'))
}

function showFigures({ totals }: Journal): void {
  const { connections, gaps, filled, reorgs, takenBack } = totals
  const rows = [
    [
      'Connections',
      count(connections),
      connections > 1
        ? `the line came back ${connections === 2 ? 'once' : many(connections - 1, 'time')}`
        : '',
    ],
    ['Gaps filled', count(gaps), gaps > 0 ? `with ${many(filled, 'transfer')}` : ''],
    ['Reorgs', count(reorgs), reorgs > 0 ? `${many(takenBack, 'transfer')} taken back` : ''],
  ] as const
  for (const [i, [name, value, more]] of rows.entries()) {
    const cell =
      figures.children[i] ??
      figures.appendChild(element('div', '', element('dt'), element('dd', 'figure'), element('dd', 'sub')))
    for (const [j, text] of [name, value, more].entries()) {
      const target = cell.children[j]
      if (target !== undefined) write(target, text)
    }
  }
}

function inWords(state: ConnectionState, at: number): string {
  if (state.status === 'waiting' && state.retryAt !== undefined) {
    return `Next try in ${seconds(state.retryAt - at)}`
  }
  return WORDS[state.status]
}

function facts(state: ConnectionState): string {
  switch (state.status) {
    case 'open':
      return `${state.endpoint}, chain ${state.chainId ?? 'unknown'}, since ${clock(state.since)}`
    case 'connecting':
      return `${state.endpoint ?? ''}, attempt ${state.attempt}`
    case 'waiting':
      return `${state.endpoint ?? ''}, then attempt ${state.attempt}`
    default:
      return state.endpoint ?? 'Choose an endpoint and a token.'
  }
}

/** While it waits: why. Lost lines come back by themselves and need no explanation; a refused handshake may. */
function refusal(state: ConnectionState): unknown {
  if (state.status === 'closed') return state.error
  return state.status === 'waiting' && state.error instanceof HandshakeError ? state.error : undefined
}

function describe(error: unknown, isFinal: boolean): HTMLElement {
  const box = element('div', isFinal ? 'error final' : 'error')
  // What a person has to act on is spoken at once; what is tried again is not.
  if (isFinal) box.role = 'alert'
  if (!isHoldfastError(error)) {
    box.append(element('p', 'message', String(error)))
    return box
  }
  const { name, message, hint, code, category, retryable } = error
  const candidates: unknown = Reflect.get(error, 'candidates')
  const tags = [code, category, retryable ? 'tried again by itself' : 'needs a change']
  box.append(
    element('h3', '', name),
    element('p', 'message', message),
    ...(hint === undefined ? [] : [element('p', 'hint', hint)]),
    ...(Array.isArray(candidates)
      ? [element('p', 'candidates', `Likely: ${candidates.slice(0, 4).join(', ')}`)]
      : []),
    element('p', 'tags', ...tags.map(tag => element('span', 'tag', tag))),
  )
  return box
}
