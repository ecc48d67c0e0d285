/** The course of a stream: what its first pull pins, and what it has delivered since. */

import { type Bookmark, hashPrefix, invalidCursor } from './cursor.ts'
import type { Block } from './header.ts'
import type { Heads } from './heads.ts'
import type { Requester } from './requester.ts'
import { Window } from './window.ts'

export interface Course<T> {
  readonly chainId: number
  readonly from: number
  /** Inclusive; `Infinity` for an endless stream. */
  readonly to: number
  readonly window: Window<T>
  /** The block below the first that this process may deliver: the last of an earlier one, or the one before the stream. */
  readonly start: number
  /** Something above the window was delivered by an earlier process on weak evidence: the first page takes it back. */
  readonly doubted: boolean
}

type Start<T> = Pick<Course<T>, 'from' | 'window' | 'doubted'>

export interface CourseParts {
  readonly requester: Requester
  readonly heads: Heads
  readonly from: number | 'latest'
  readonly to: number | 'latest'
  readonly after: Bookmark | undefined
}

/** Looks where the chain is, and where the stream begins on it. @throws InvalidCursorError */
export async function beginCourse<T>(parts: CourseParts, signal: AbortSignal): Promise<Course<T>> {
  const { requester, heads, after } = parts
  const chainId = await requester.chainId(signal)
  if (after !== undefined && after.chainId !== chainId) {
    throw invalidCursor(`it is of chain ${after.chainId}, and the endpoint serves ${chainId}`)
  }
  // Asked for at this very moment: a head that was heard of earlier would let the stream begin in the past.
  const isPinned = parts.from === 'latest' || parts.to === 'latest'
  const latest = isPinned ? await heads.refresh(signal) : undefined
  const to = parts.to === 'latest' ? (latest?.number ?? 0) : parts.to
  const { window, ...course } = after === undefined ? begin<T>(parts, latest) : resume<T>(after)
  return { chainId, to, ...course, window, start: window.tip.number }
}

function begin<T>(parts: CourseParts, latest: Block | undefined): Start<T> {
  const from = parts.from === 'latest' ? (latest?.number ?? 0) + 1 : parts.from
  // Of a stream from a number the block before its first is not known yet.
  const start = parts.from === 'latest' ? hashPrefix(latest?.hash ?? '') : ''
  return { from, window: new Window([{ number: from - 1, hashPrefix: start }]), doubted: false }
}

function resume<T>({ fromBlock, ancestors, doubt }: Bookmark): Start<T> {
  const sure = (ancestors[0]?.number ?? 0) - doubt
  const sound = ancestors.filter(({ number }) => number <= sure)
  const doubted = sound.length > 0 && sound.length < ancestors.length
  return { from: fromBlock, window: new Window(doubted ? sound : ancestors), doubted }
}
