/** Ids that were given up not long ago, so that what still comes for them is not taken for a stray frame. */

const REMEMBERED = 1_000

export class LastFew<Id> {
  readonly #ids = new Set<Id>()

  add(id: Id): void {
    this.#ids.add(id)
    if (this.#ids.size <= REMEMBERED) return
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest)
      return
    }
  }

  has(id: Id): boolean {
    return this.#ids.has(id)
  }

  delete(id: Id): boolean {
    return this.#ids.delete(id)
  }

  clear(): void {
    this.#ids.clear()
  }
}
