/** What a person wants to know of the line while a command runs: losses, returns, what was filled, where it stands. */

import type { Client } from '../client.ts'
import type { ConnectionState, StateChange } from '../connection/state.ts'
import type { Page } from '../eth/page.ts'
import type { Notice, NoticeKind } from '../stats.ts'
import { plain, type Terminal } from './terminal.ts'

/** Ordinary life, counted and not told. */
const QUIET: readonly NoticeKind[] = ['skipped-log', 'limit-learnt', 'stray-frame', 'gap']

export interface LineReport {
  /** What was delivered last: after an outage it says what was filled. */
  delivered(page: Page<unknown>): void
  /** The state in a few words, as it is now. */
  words(): string
}

type Life =
  | { readonly phase: 'starting'; readonly error: string | undefined }
  | { readonly phase: 'up' }
  | { readonly phase: 'down'; readonly since: number; readonly error: string }
  /** Back, and what was missed is on its way. */
  | { readonly phase: 'filling'; readonly from: number | undefined; readonly transfers: number }

export function reportLine(client: Client, { note, notePaint: paint }: Terminal): LineReport {
  let life: Life = { phase: 'starting', error: undefined }

  const opened = (to: ConnectionState & { status: 'open' }) => {
    const where = `${to.endpoint ?? 'the endpoint'}${to.chainId === undefined ? '' : `, chain ${to.chainId}`}`
    if (life.phase === 'down') {
      note(`${paint.good('back')} after ${inSeconds(performance.now() - life.since)}: ${where}`)
      life = { phase: 'filling', from: undefined, transfers: 0 }
    } else if (life.phase === 'starting') {
      note(`${paint.good('open')}: ${where}`)
      life = { phase: 'up' }
    }
  }
  const failed = ({ error }: ConnectionState & { status: 'waiting' }) => {
    const isNews = !('error' in life) || life.error !== error.name
    if (isNews) {
      const word = life.phase === 'starting' ? 'not open yet' : 'lost'
      const hint = life.phase === 'starting' && error.hint !== undefined ? ` ${error.hint}` : ''
      note(`${paint.bad(word)}: ${plain(`${error.name}: ${error.message}${hint}`)}`)
    }
    const since = life.phase === 'down' ? life.since : performance.now()
    life =
      life.phase === 'starting'
        ? { phase: 'starting', error: error.name }
        : { phase: 'down', since, error: error.name }
  }
  client.on('state', ({ to }: StateChange) => {
    if (to.status === 'open') opened(to)
    else if (to.status === 'waiting') failed(to)
  })
  client.on('notice', ({ kind, message }: Notice) => {
    if (!QUIET.includes(kind)) note(`${paint.dim('notice')}: ${plain(message)}`)
  })

  return {
    delivered: ({ items, fromBlock, toBlock, head }) => {
      if (life.phase !== 'filling') return
      const from = life.from ?? fromBlock
      const transfers = life.transfers + items.length
      if (toBlock < head) {
        life = { phase: 'filling', from, transfers }
        return
      }
      if (toBlock >= from)
        note(`${paint.good('filled')}: ${blocksInWords(from, toBlock)}, ${count(transfers)}`)
      life = { phase: 'up' }
    },
    words: () => inWords(client.state, paint),
  }
}

export function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`
}

export function count(transfers: number): string {
  return `${transfers.toLocaleString('en')} ${transfers === 1 ? 'transfer' : 'transfers'}`
}

export function blocksInWords(from: number, to: number): string {
  return from === to ? `block ${from}` : `blocks ${from} to ${to}`
}

function inWords(state: ConnectionState, paint: Terminal['notePaint']): string {
  switch (state.status) {
    case 'open':
      return paint.good('● open')
    case 'connecting':
      return paint.bold(`○ connecting, attempt ${state.attempt}`)
    case 'waiting': {
      const left = Math.max(0, (state.retryAt ?? Date.now()) - Date.now())
      return paint.bad(`○ ${state.error.name}, attempt ${state.attempt} again in ${inSeconds(left)}`)
    }
    default:
      return `○ ${state.status}`
  }
}
