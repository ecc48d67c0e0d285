/** Ids that were given up not long ago, so that what still comes for them is not taken for a stray frame. */

const REMEMBERED = 1_000

export class LastFew<Id> {
  readonly #ids = new Set<Id>()

  add(id: Id): void {
    const [oldest] = this.#ids.add(id)
    if (oldest !== undefined && this.#ids.size > REMEMBERED) this.#ids.delete(oldest)
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
