/** Things that a test starts and that are closed after it, the last one first. */

import { afterEach } from 'vitest'

interface Closable {
  close(): unknown
}

const used: Closable[] = []

/** Registers the clean-up for the file that calls it; to be called once, outside of all tests. */
export function closeAfterEach(): <T extends Closable>(thing: T | Promise<T>) => Promise<T> {
  afterEach(async () => {
    for (const thing of used.splice(0).reverse()) await thing.close()
  })
  return async thing => {
    const ready = await thing
    used.push(ready)
    return ready
  }
}
