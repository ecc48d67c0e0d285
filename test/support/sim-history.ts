/** Random histories of a chain, of hostile nodes and of a reader; `sim-reader.ts` plays them. */

import fc from 'fast-check'
import { WIDE } from './limit-wordings.ts'
import type { RateWording, Traits } from './sim-hostile.ts'
import { type Kind, STREAMS } from './sim-streams.ts'

export type Step =
  | { readonly do: 'mine'; readonly blocks: number }
  | { readonly do: 'reorg'; readonly depth: number; readonly more: number }
  | { readonly do: 'back' }
  | { readonly do: 'rollback'; readonly depth: number }
  | { readonly do: 'cut' }
  | { readonly do: 'restart' }
  /** The reader leaves: with the next page, at once while it waits, or by its signal; and comes back. */
  | { readonly do: 'leave'; readonly how: 'break' | 'return' | 'abort' }
  | { readonly do: 'silence' }
  /** A node hears of nothing new any more, or again. */
  | { readonly do: 'freeze'; readonly node: number }
  | { readonly do: 'pause'; readonly milliseconds: number }
  /** Of one node, or of all. */
  | { readonly do: 'outage'; readonly milliseconds: number; readonly node?: number | undefined }

export interface History {
  readonly traits: Traits
  /** Another endpoint of the same chain. */
  readonly other?: Traits | undefined
  readonly before: number
  readonly from: 'latest' | 'zero' | 'middle'
  /** How many blocks above those that were there before. */
  readonly to?: 'latest' | number | undefined
  readonly confirmations?: number | 'safe' | 'finalized' | undefined
  readonly kind: Kind
  readonly reads: 'pages' | 'items'
  /** Milliseconds that the reader takes for a page, or an item. */
  readonly pace?: number | undefined
  readonly steps: readonly Step[]
}

const RATES: readonly RateWording[] = [
  { code: -32005, message: 'daily request count exceeded, request rate limited' },
  { code: 429, message: 'Too Many Requests' },
  { code: -32005, message: 'project ID request rate exceeded', data: { backoff_seconds: 3 } },
  {
    code: -32007,
    message: '50/second request limit reached - reduce calls per second or upgrade your account',
  },
]

const wording = fc.constantFrom(...WIDE.map(([, , message]) => message))
const chance = (often: number) => fc.constantFrom(0, 0, often)

const traits: fc.Arbitrary<Traits> = fc.record({
  seed: fc.integer({ min: 0 }),
  blooms: fc.constantFrom('good', 'good', 'good', 'zero', 'wrong', 'full', 'none'),
  logIndex: fc.constantFrom('block', 'transaction'),
  lags: fc.constantFrom([0], [0], [0, 1], [0, 0, 2], [0, 1, 3]),
  splitsBatches: fc.boolean(),
  batches: fc.constantFrom('answered', 'answered', 'refused', 'singly'),
  indexLag: fc.constantFrom(0, 0, 150, 900),
  unknownHash: fc.constantFrom('error', 'empty'),
  byHash: fc.constantFrom('answered', 'answered', 'answered', 'refused', 'ignored'),
  pastHead: fc.constantFrom('error', 'short'),
  droppedHeads: fc.constantFrom(0, 0.3),
  doubledHeads: fc.constantFrom(0, 0.3),
  staleHeads: chance(0.2),
  limit: fc.option(
    fc.oneof(
      fc.record({ blocks: fc.integer({ min: 1, max: 60 }), wording }),
      fc.record({ logs: fc.integer({ min: 1, max: 60 }), wording }),
      // Each cut costs seconds.
      fc.record({ logs: fc.integer({ min: 30, max: 60 }), wording: fc.constant(undefined) }),
    ),
    { nil: undefined },
  ),
  rateLimited: chance(0.05),
  rateWording: fc.constantFrom(...RATES),
  unanswered: chance(0.01),
  cuts: chance(0.02),
  keeps: fc.constantFrom(Infinity, Infinity, Infinity, 128),
  pruned: fc.constantFrom(
    { wording: 'pruned history unavailable', headers: true },
    { wording: 'old data not available due to pruning: receipts pruned', headers: false },
    { wording: undefined, headers: false },
  ),
  finality: fc.constantFrom(64, 0, 2_000, undefined),
  latency: fc.constantFrom([10, 10] as const, [5, 200] as const),
  blockTime: fc.constantFrom(250, 2_000, 12_000),
})

const weighted = <S extends Step>(weight: number, arbitrary: fc.Arbitrary<S>) => ({ weight, arbitrary })
const plain = <D extends Step['do']>(name: D) => fc.record({ do: fc.constant(name) })

const step: fc.Arbitrary<Step> = fc.oneof(
  weighted(8, fc.record({ do: fc.constant('mine' as const), blocks: fc.integer({ min: 1, max: 4 }) })),
  weighted(
    4,
    fc.record({
      do: fc.constant('reorg' as const),
      depth: fc.oneof(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 65, max: 200 }),
      ),
      more: fc.integer({ min: 0, max: 2 }),
    }),
  ),
  weighted(2, plain('back')),
  weighted(1, fc.record({ do: fc.constant('rollback' as const), depth: fc.integer({ min: 1, max: 8 }) })),
  weighted(3, plain('cut')),
  weighted(2, plain('restart')),
  weighted(
    1,
    fc.record({ do: fc.constant('leave' as const), how: fc.constantFrom('break', 'return', 'abort') }),
  ),
  weighted(1, plain('silence')),
  weighted(1, fc.record({ do: fc.constant('freeze' as const), node: fc.nat(1) })),
  weighted(
    1,
    fc.record({
      do: fc.constant('outage' as const),
      milliseconds: fc.constantFrom(2_000, 200_000),
      node: fc.constantFrom(undefined, 0, 1),
    }),
  ),
  weighted(
    3,
    fc.record({
      do: fc.constant('pause' as const),
      milliseconds: fc.constantFrom(1, 15, 300, 5_000, 70_000),
    }),
  ),
)

const kinds = Object.keys(STREAMS) as Kind[]

export const histories: fc.Arbitrary<History> = fc.record({
  traits,
  other: fc.option(traits, { freq: 3, nil: undefined }),
  before: fc.constantFrom(0, 3, 40, 150, 300),
  from: fc.constantFrom('latest', 'zero', 'middle'),
  to: fc.option(fc.oneof(fc.constant('latest' as const), fc.integer({ min: -20, max: 20 })), {
    freq: 5,
    nil: undefined,
  }),
  confirmations: fc.constantFrom<History['confirmations'][]>(
    undefined,
    undefined,
    undefined,
    1,
    2,
    5,
    70,
    'safe',
    'finalized',
  ),
  kind: fc.constantFrom(...kinds, 'transfers', 'account'),
  reads: fc.constantFrom('pages', 'pages', 'items'),
  pace: fc.constantFrom(undefined, undefined, undefined, 1, 1_500),
  steps: fc.array(step, { maxLength: 14 }),
})
