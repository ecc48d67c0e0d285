/** The file of `--resume`: a cursor, and nothing else. */

import { assertFolder, readIfThere, replaceFile } from './durable-file.ts'

/** How long a cursor that moved over empty blocks only may wait to be stored. */
const LAZY = 1_000

export class ResumeFile {
  readonly #path: string
  /** Where an earlier run has ended. */
  readonly cursor: string | undefined
  #stored: string | undefined
  #storedAt = -Infinity

  /** @throws FileError */
  constructor(path: string) {
    assertFolder(path)
    this.#path = path
    this.cursor = readIfThere(path)?.trim() || undefined
    this.#stored = this.cursor
  }

  /** @param isDue whether something has been delivered that must not come again */
  async store(cursor: string, isDue: boolean): Promise<void> {
    if (cursor === this.#stored || (!isDue && performance.now() - this.#storedAt < LAZY)) return
    await replaceFile(this.#path, `${cursor}\n`)
    this.#stored = cursor
    this.#storedAt = performance.now()
  }
}
