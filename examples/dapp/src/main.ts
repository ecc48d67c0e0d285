/** The page: puts choice, session, ledger, journal and views together. */

import type { TokenMetadata } from 'holdfast'
import { audit } from './audit.ts'
import { showChart } from './chart-view.ts'
import { listenToChoice } from './choice-view.ts'
import { loadDemo } from './demo.ts'
import { find, write } from './element.ts'
import { createEventsView, word } from './events-view.ts'
import { Journal } from './journal.ts'
import { Ledger } from './ledger.ts'
import { showLine } from './line-view.ts'
import { type Choice, type Listener, openSession, type Session } from './session.ts'
import { drawStrip } from './strip-view.ts'
import { showTransfers } from './transfers-view.ts'

/** Milliseconds from one drawing of what moves with time to the next. */
const TICK = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1_000 : 200

/** Everything that one choice leads to; another choice makes another one. */
interface Show {
  readonly ledger: Ledger
  readonly journal: Journal
  session?: Session
  token?: TokenMetadata
  failure?: unknown
  /** What a screen reader was told last. */
  spoken?: string
}

const strip = find('strip', SVGGElement)
const spoken = find('spoken', HTMLElement)
const verdict = find('verdict', HTMLElement)
const showEvents = createEventsView(find('events', HTMLElement))

let show: Show = { ledger: new Ledger(), journal: new Journal() }

function begin(choice: Choice): void {
  void show.session?.close()
  const begun: Show = { ledger: new Ledger(), journal: new Journal() }
  show = begun
  write(verdict, '')
  try {
    begun.session = openSession(choice, listenerOf(begun))
  } catch (error) {
    fail(begun, error)
  }
  draw()
}

function listenerOf(each: Show): Listener {
  const { ledger, journal } = each
  return {
    state: state => {
      journal.enter(state, Date.now())
      changed(each)
    },
    metadata: token => {
      each.token = token
    },
    gap: (fromBlock, toBlock) => {
      ledger.noteGap(fromBlock, toBlock)
      journal.gap(fromBlock, toBlock, Date.now())
      changed(each)
    },
    page: page => {
      const now = Date.now()
      const { rollback, removed, items, toBlock } = page
      const { tip } = ledger
      ledger.apply(page)
      if (rollback !== undefined && tip !== undefined) {
        journal.reorg(rollback.blockNumber + 1, tip, removed.length, now)
      } else journal.arrive({ at: now, transfers: items.length, origin: ledger.originOf(toBlock) })
      journal.fill(toBlock, (from, to) => ledger.count(from, to), now)
      changed(each)
    },
    failed: error => fail(each, error),
  }
}

function fail(each: Show, error: unknown): void {
  each.failure = error
  each.journal.end(error, Date.now())
  changed(each)
}

/** What came of a choice that has been replaced is not shown any more. */
function changed(each: Show): void {
  if (each !== show) return
  draw()
  showTransfers(each.ledger, each.token)
  showChart(each.ledger.blocks)
}

/** What moves with time. */
function draw(): void {
  const { journal, failure } = show
  const now = Date.now()
  showLine(journal, failure, now)
  drawStrip(strip, journal, now)
  showEvents(journal.happenings, now)
  const [latest] = journal.happenings
  if (latest === undefined) return
  const { title, detail } = word(latest, now)
  const key = `${latest.key} ${title}`
  // Spoken once for each title: a countdown would never be silent.
  if (key !== show.spoken) write(spoken, `${title}. ${detail}`)
  show.spoken = key
}

setInterval(draw, TICK)
find('compare', HTMLButtonElement).addEventListener('click', async () => {
  const { session, ledger } = show
  write(
    verdict,
    session === undefined ? 'Nothing is followed yet.' : await audit(session, ledger).catch(String),
  )
})

listenToChoice(await loadDemo(), begin)
