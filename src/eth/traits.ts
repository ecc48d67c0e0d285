/** What is learnt of each endpoint, once for all streams of a client: what it can do, and how much at once. */

export interface Traits {
  /** How the logs of one block are asked for. */
  way: 'by-hash' | 'sandwich'
  /** Whether it takes JSON-RPC batches. */
  batches: 'taken' | 'refused'
  /** The most blocks that one range may have; `Infinity` where nothing is known of a limit. */
  mostBlocks: number
}

export class TraitsByEndpoint {
  readonly #known = new Map<string, Traits>()

  of(endpoint: string): Traits {
    const known = this.#known.get(endpoint)
    if (known !== undefined) return known
    const traits: Traits = { way: 'by-hash', batches: 'taken', mostBlocks: Infinity }
    this.#known.set(endpoint, traits)
    return traits
  }
}
