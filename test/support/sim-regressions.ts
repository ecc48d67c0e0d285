/** Histories that broke a promise once, as fast-check shrank them. */

import type { History } from './sim-history.ts'
import { TAME } from './sim-hostile.ts'

const QUIET = { before: 3, from: 'zero', kind: 'transfers', reads: 'pages' } as const

export const REGRESSIONS: Readonly<Record<string, History>> = {
  'a batch that is refused, after its members were answered one by one': {
    ...QUIET,
    traits: { ...TAME, batches: 'refused', latency: [5, 200] },
    steps: [{ do: 'cut' }],
  },
  'logs of the latest block for any hash': {
    ...QUIET,
    traits: { ...TAME, seed: 608_572_758, byHash: 'ignored', rateLimited: 0.05, droppedHeads: 0.3 },
    steps: [
      { do: 'restart' },
      { do: 'reorg', depth: 1, more: 2 },
      { do: 'mine', blocks: 4 },
      { do: 'reorg', depth: 1, more: 2 },
      { do: 'restart' },
    ],
  },
  'late logs of a deep reorg on a chain without blooms': {
    ...QUIET,
    before: 40,
    traits: { ...TAME, seed: 0, blooms: 'zero', indexLag: 150, blockTime: 250 },
    steps: [{ do: 'reorg', depth: 8, more: 1 }],
  },
  'a chain that falls below the beginning of the stream': {
    ...QUIET,
    before: 300,
    from: 'latest',
    traits: { ...TAME, seed: 0, blockTime: 250 },
    steps: [
      { do: 'reorg', depth: 1, more: 1 },
      { do: 'rollback', depth: 2 },
      { do: 'rollback', depth: 4 },
    ],
  },
  'everything but the first block replaced after a restart': {
    ...QUIET,
    traits: { ...TAME, seed: 0, blockTime: 250 },
    steps: [{ do: 'restart' }, { do: 'reorg', depth: 3, more: 0 }],
  },
  'logs that are late when the process ends': {
    ...QUIET,
    before: 0,
    from: 'latest',
    traits: { ...TAME, seed: 0, blooms: 'wrong', indexLag: 900, blockTime: 250 },
    steps: [{ do: 'mine', blocks: 1 }, { do: 'restart' }],
  },
  'backends that lag behind one another, one view for each question': {
    ...QUIET,
    before: 0,
    from: 'latest',
    traits: {
      ...TAME,
      seed: 2_113_927_158,
      lags: [0, 1, 3],
      splitsBatches: true,
      batches: 'refused',
      unknownHash: 'empty',
      droppedHeads: 0.3,
    },
    steps: [
      { do: 'mine', blocks: 3 },
      { do: 'cut' },
      { do: 'reorg', depth: 3, more: 1 },
      { do: 'mine', blocks: 5 },
    ],
  },
  'trouble long after other trouble, without a page between them': {
    ...QUIET,
    before: 0,
    traits: { ...TAME, seed: 13, lags: [0, 1, 3], batches: 'singly', blockTime: 250 },
    kind: 'full',
    steps: [
      { do: 'mine', blocks: 2 },
      { do: 'reorg', depth: 2, more: 1 },
      { do: 'mine', blocks: 1 },
      { do: 'pause', milliseconds: 70_000 },
      { do: 'reorg', depth: 2, more: 1 },
    ],
  },
  'a deep reorg where the head is final at once': {
    ...QUIET,
    before: 150,
    traits: { ...TAME, seed: 28_721_500, finality: 0, blockTime: 250 },
    steps: [{ do: 'reorg', depth: 64, more: 2 }],
  },
  'trouble with a head that was taken back, long before trouble with the next': {
    ...QUIET,
    before: 150,
    from: 'latest',
    kind: 'account',
    traits: { ...TAME, seed: 0, lags: [0, 1], splitsBatches: true, blockTime: 2_000 },
    steps: [
      { do: 'mine', blocks: 1 },
      { do: 'rollback', depth: 1 },
      { do: 'pause', milliseconds: 70_000 },
      { do: 'mine', blocks: 1 },
    ],
  },
  'late logs of blocks that wait for their second look while many others come': {
    ...QUIET,
    before: 150,
    from: 'middle',
    traits: { ...TAME, seed: 0, blooms: 'zero', indexLag: 150, blockTime: 250 },
    steps: [
      { do: 'reorg', depth: 58, more: 2 },
      { do: 'mine', blocks: 1 },
      { do: 'mine', blocks: 3 },
      { do: 'mine', blocks: 1 },
    ],
  },
  'a limit of five blocks that is tried again after many pages': {
    ...QUIET,
    before: 300,
    traits: {
      ...TAME,
      seed: 0,
      limit: { blocks: 5, wording: 'eth_getLogs is limited to a 5 range' },
      blockTime: 250,
    },
    steps: [
      { do: 'outage', milliseconds: 200_000 },
      { do: 'outage', milliseconds: 200_000 },
    ],
  },
  'a line that is lost between the answers about a header and about its logs': {
    ...QUIET,
    before: 40,
    from: 'latest',
    traits: {
      ...TAME,
      seed: 8,
      blooms: 'none',
      lags: [0, 1, 3],
      unknownHash: 'empty',
      rateLimited: 0.05,
      unanswered: 0.01,
      latency: [5, 200],
      blockTime: 2_000,
    },
    steps: [
      { do: 'outage', milliseconds: 2_000 },
      { do: 'reorg', depth: 2, more: 0 },
      { do: 'mine', blocks: 4 },
      { do: 'cut' },
    ],
  },
  'a restart while the chain is below the beginning of the stream': {
    ...QUIET,
    before: 150,
    from: 'latest',
    traits: { ...TAME, seed: 0, blockTime: 250 },
    steps: [
      { do: 'mine', blocks: 1 },
      { do: 'rollback', depth: 2 },
      { do: 'pause', milliseconds: 70_000 },
      { do: 'restart' },
    ],
  },
  'a contradiction before long waits for a provider’s rate limit, and one after them': {
    ...QUIET,
    before: 0,
    from: 'middle',
    traits: {
      ...TAME,
      seed: 26,
      lags: [0, 1],
      splitsBatches: true,
      byHash: 'refused',
      rateLimited: 0.05,
      latency: [5, 200],
    },
    steps: [
      { do: 'reorg', depth: 1, more: 1 },
      { do: 'cut' },
      { do: 'reorg', depth: 1, more: 1 },
      { do: 'pause', milliseconds: 70_000 },
      { do: 'back' },
    ],
  },
  'an ignored hash that is found out when older blocks are final': {
    before: 150,
    from: 'zero',
    kind: 'transfers',
    reads: 'pages',
    traits: {
      ...TAME,
      seed: 223_554_248,
      blooms: 'none',
      splitsBatches: true,
      byHash: 'ignored',
      limit: { logs: 33, wording: 'query returned more than 10000 results' },
      blockTime: 250,
    },
    steps: [{ do: 'outage', milliseconds: 200_000 }],
  },
}
