/** JSON-RPC batches (JSON-RPC 2.0, section 6): which requests left in one frame. Each is still answered for itself. */

export class Batches {
  readonly #isPending: (id: number) => boolean
  /** What is to leave in one frame, by wire id. */
  #gathering: Map<number, string> | undefined
  /** Those of which nothing may have been answered yet, oldest first. */
  #sent: (readonly number[])[] = []

  constructor(isPending: (id: number) => boolean) {
    this.#isPending = isPending
  }

  /** Sends one frame with everything that was added meanwhile. */
  gather(write: () => void, send: (frame: string) => void): void {
    const frames = new Map<number, string>()
    this.#gathering = frames
    write()
    this.#gathering = undefined
    this.#forget()
    if (frames.size > 1) {
      this.#sent.push([...frames.keys()])
      send(`[${[...frames.values()]}]`)
    } else for (const frame of frames.values()) send(frame)
  }

  /** @returns false where nothing is being gathered */
  add(id: number, frame: string): boolean {
    return this.#gathering?.set(id, frame) !== undefined
  }

  /** An error came that names no request: the ids of the batch that it must mean. None where none is untouched. */
  refused(): readonly number[] {
    this.#forget()
    return this.#sent.shift() ?? []
  }

  clear(): void {
    this.#sent = []
  }

  /** Of what something has been answered was not refused. */
  #forget(): void {
    this.#sent = this.#sent.filter(ids => ids.every(this.#isPending))
  }
}
