/** Why an answer is not believed, or did not come, and what helps. Never leaves this layer. */

export type DoubtKind =
  /** The node does not have it yet: wait for the next head. */
  | 'behind'
  /** Too much was asked for at once: ask for less. */
  | 'wide'
  /** The line fell meanwhile, perhaps for what was asked: ask again, for less. */
  | 'cut'
  /** The node cannot ask by block hash: ask by number, between two looks at the header. */
  | 'by-hash'
  /** Two answers do not fit together: ask again. */
  | 'contradiction'

export class Doubt extends Error {
  readonly kind: DoubtKind

  constructor(kind: DoubtKind, evidence: string, cause?: unknown) {
    super(evidence, { cause })
    this.kind = kind
  }
}
