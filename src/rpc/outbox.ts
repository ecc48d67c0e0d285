/**
 * How requests are written: each in a frame of its own, or small reads of one tick together in a JSON-RPC batch
 * (JSON-RPC 2.0, section 6) where the peer takes batches. What it takes is learnt for each endpoint.
 */

import type { Line } from '../connection/session.ts'
import type { Notice } from '../stats.ts'
import { Chain } from './chain.ts'
import { encodeRequest } from './message.ts'
import { Batch, type Request } from './request.ts'

/** What is longer does not gain by sharing a frame. */
const SMALL = 4_096
/** The most that providers take. */
const MOST = 100
/** After a line that fell with a batch under way (erigon cuts it when there are too many members) fewer are tried once. */
const CAUTIOUS = 10
/** So many falls in that way are no accident. */
const MOST_FALLS = 5
/** Besides "batch" geth says this when the answers together are too much. */
const ABOUT_BATCHES = /batch|response too large/i
const CAPPED = /limit|max|exceed|too (large|many|big)|more than/i

export class Outbox {
  readonly #most: number
  readonly #notice: (notice: Omit<Notice, 'endpoint'>) => void
  /** The most members that an endpoint takes; 1 where it takes no batches. */
  readonly #learnt = new Map<string, number>()
  /** Endpoints whose lines fell with a batch under way before one was ever answered. */
  readonly #suspected = new Map<string, { readonly falls: number; readonly size: number }>()
  /** Endpoints that have answered a batch. */
  readonly #proven = new Set<string>()
  /** Under way, oldest first. */
  readonly #batches = new Chain<Batch>()
  #line: Line | undefined
  /** The line on which a batch was answered last. */
  #answering: Line | undefined
  /** The most members that the endpoint takes, as far as is known. */
  #takes = MOST
  /** As many share a frame now, if they fit. */
  #size = 1
  #gathered: Request[] = []
  #seen = 0
  #flight: symbol | undefined

  constructor(most: number, notice: (notice: Omit<Notice, 'endpoint'>) => void) {
    this.#most = most
    this.#notice = notice
  }

  get hasBatches(): boolean {
    return this.#batches.size > 0
  }

  attach(line: Line): void {
    this.#line = line
    this.#takes = this.#learnt.get(line.endpoint) ?? Math.max(MOST, this.#most)
    this.#size = this.#usual
  }

  /** @param wasOpen whether the line had been believed */
  detach(wasOpen: boolean): void {
    const isSuspect = wasOpen && this.#batches.size > 0 && !this.#proven.has(this.#line?.endpoint ?? '')
    if (isSuspect) this.#suspect(Math.max(...[...this.#batches].map(({ members }) => members.length)))
    this.#line = undefined
    this.#gathered = []
    for (const batch of [...this.#batches]) this.#batches.remove(batch)
  }

  write(request: Request): void {
    const { flight } = request
    // What belongs together shares a frame, whatever the user wants for his own requests.
    const size = flight === undefined ? this.#size : this.#takes
    const isAlone = size === 1 || !(flight === undefined ? isBatchable(request) : isFirstRead(request))
    // What was asked for earlier leaves earlier.
    if (this.#gathered.length > 0 && (isAlone || this.#gathered[0]?.flight !== flight)) this.#flush()
    if (isAlone) return this.#line?.send(encodeRequest(request.wireId, request.traits, request.params))
    const count = this.#gathered.push(request)
    if (count >= size) this.#flush()
    else if (count === 1) queueMicrotask(this.#look)
  }

  /**
   * What is asked meanwhile belongs together: it shares a frame, now or when the line and the provider allow it. Where it
   * may leave, it does so at once: whoever reads what a stream has at hand may not let the tick end for long.
   */
  together(ask: () => void): void {
    this.#flight = Symbol('flight')
    ask()
    this.#flight = undefined
    this.#flush()
    this.#line?.flush()
  }

  get flight(): symbol | undefined {
    return this.#flight
  }

  /** It is settled, or will be written once more. */
  forget(request: Request): void {
    const { batch } = request
    if (batch === undefined) return
    request.batch = undefined
    if (--batch.left === 0) batch.chain?.remove(batch)
  }

  /** A member was answered for itself: the endpoint takes batches. */
  answered(): void {
    if (this.#line === undefined || this.#line === this.#answering) return
    this.#answering = this.#line
    this.#proven.add(this.#line.endpoint)
  }

  /**
   * Whether an error speaks of a whole batch: which members are to be written again, each for itself.
   *
   * @param member the request whose id the error bears; undefined for an error without id
   */
  refused(message: string, member: Request | undefined): readonly Request[] {
    const batch = member === undefined ? this.#batches.first : member.batch
    const isAbout = ABOUT_BATCHES.test(message)
    if (batch === undefined || (member !== undefined && !isAbout)) return []
    if (isAbout || !this.#proven.has(this.#line?.endpoint ?? '')) {
      this.#learn(isAbout && CAPPED.test(message) ? capIn(message, batch.members.length) : 1)
    }
    return batch.members.filter(each => each.batch === batch)
  }

  /**
   * Most lines fall for other reasons: users' reads do without batches from now on, but what belongs together (one backend
   * is to answer it) does so only where lines keep falling.
   */
  #suspect(tried: number): void {
    const endpoint = this.#line?.endpoint ?? ''
    const size = tried > CAUTIOUS ? CAUTIOUS : 1
    const falls = (this.#suspected.get(endpoint)?.falls ?? 0) + 1
    this.#suspected.set(endpoint, { falls, size })
    if (falls >= MOST_FALLS) this.#learn(size)
  }

  /** How many small reads of users may share a frame. */
  get #usual(): number {
    const { size = Infinity } = this.#suspected.get(this.#line?.endpoint ?? '') ?? {}
    return Math.min(this.#takes, this.#most, size)
  }

  #learn(size: number): void {
    if (this.#line === undefined || size >= this.#takes) return
    this.#takes = size
    this.#size = this.#usual
    this.#learnt.set(this.#line.endpoint, size)
    const takes = size === 1 ? 'no batches' : `batches of at most ${size}`
    this.#notice({ kind: 'limit-learnt', message: `The endpoint takes ${takes}.`, detail: { batch: size } })
  }

  /** Looks until a whole turn of microtasks adds nothing: answers that came together are asked on together. */
  readonly #look = () => {
    if (this.#gathered.length === this.#seen) return this.#flush()
    this.#seen = this.#gathered.length
    queueMicrotask(this.#look)
  }

  #flush(): void {
    const gathered = this.#gathered
    this.#gathered = []
    this.#seen = 0
    let frame = ''
    const members: Request[] = []
    for (const request of gathered) {
      // Given up meanwhile.
      if (request.wireId === 0) continue
      if (frame !== '') frame += ','
      frame += encodeRequest(request.wireId, request.traits, request.params)
      members.push(request)
    }
    if (members.length > 1) {
      const batch = new Batch(members)
      for (const member of members) member.batch = batch
      this.#batches.push(batch)
      frame = `[${frame}]`
    }
    if (frame !== '') this.#line?.send(frame)
  }
}

/** Whatever is written once more goes alone: it may have been what was wrong with the batch. */
function isFirstRead({ onLoss, attempt }: Request): boolean {
  return attempt === 1 && onLoss === 'read'
}

function isBatchable(request: Request): boolean {
  return isFirstRead(request) && request.params.length <= SMALL && request.traits.isSmall
}

/** The node's own number where it names one that is smaller, else half. */
function capIn(message: string, tried: number): number {
  const named = (message.match(/\d+/g) ?? []).map(Number).filter(number => number > 1 && number < tried)
  return Math.max(1, ...named.slice(0, 1), named.length === 0 ? Math.floor(tried / 2) : 1)
}
