/** What happened, in plain numbers. */

/**
 * Kinds of {@link Notice}:
 * - `stray-frame`: a frame came that is nobody's;
 * - `gap`: a subscription has missed items with a lost line, and nobody makes up for them;
 * - `stale-head`: the head stands still, or is behind another endpoint's;
 * - `slow-retry`: an endpoint that had been open refuses for good; it is tried again, slowly;
 * - `inconsistent`: the node contradicted itself;
 * - `skipped-log`: a log with the Transfer topic is no ERC-20 transfer;
 * - `limit-learnt`: the endpoint takes less than was asked of it.
 */
export type NoticeKind =
  | 'stray-frame'
  | 'gap'
  | 'stale-head'
  | 'slow-retry'
  | 'inconsistent'
  | 'skipped-log'
  | 'limit-learnt'

/** Something that a person may want to know, and that no promise is broken by. Emitted as `'notice'`. */
export interface Notice {
  /** Which of the few things that notices are about. */
  readonly kind: NoticeKind
  /** A sentence; secrets replaced. */
  readonly message: string
  /** The endpoint's name or origin. */
  readonly endpoint: string | undefined
  /** What it is about, as data; its shape depends on the kind. */
  readonly detail?: unknown
}

/** Counters since the client was made. */
export interface Stats {
  /** WebSockets that opened. */
  sockets: number
  /** Dials that failed and lines that fell. */
  failures: number
  /** Milliseconds in state `open`. */
  openTime: number
  /** Characters of JSON received. */
  bytesIn: number
  /** Characters of JSON sent. */
  bytesOut: number
  /** Frames received. */
  framesIn: number
  /** Frames sent. */
  framesOut: number
  /** How requests ended. */
  requests: {
    /** With a result. */
    ok: number
    /** With an error of the node, or of ours. */
    error: number
    /** Without an answer in time. */
    timeout: number
    /** By their signal. */
    aborted: number
    /** How often one was written again after a lost line. */
    replayed: number
  }
  /** Notices by their kind. */
  notices: Record<NoticeKind, number>
  /** Subscription notifications that reached somebody. */
  notifications: number
  /** Items that came twice and were given once. */
  duplicates: number
  /** Items taken back because their block left the chain. */
  removals: number
  /** Reorgs that streams have followed. */
  reorgs: {
    /** How many. */
    count: number
    /** How many blocks the deepest one took back. */
    deepest: number
  }
  /** Ranges of logs that streams fetched. */
  pages: number
  /** Ranges that had to be cut smaller. */
  splits: number
}

export function emptyStats(): Stats {
  return {
    sockets: 0,
    failures: 0,
    openTime: 0,
    bytesIn: 0,
    bytesOut: 0,
    framesIn: 0,
    framesOut: 0,
    requests: { ok: 0, error: 0, timeout: 0, aborted: 0, replayed: 0 },
    notices: {
      'stray-frame': 0,
      gap: 0,
      'stale-head': 0,
      'slow-retry': 0,
      inconsistent: 0,
      'skipped-log': 0,
      'limit-learnt': 0,
    },
    notifications: 0,
    duplicates: 0,
    removals: 0,
    reorgs: { count: 0, deepest: 0 },
    pages: 0,
    splits: 0,
  }
}

export function countReorg({ reorgs }: Stats, depth: number): void {
  reorgs.count++
  reorgs.deepest = Math.max(reorgs.deepest, depth)
}
