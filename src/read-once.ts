/** Streams and subscriptions have one reader: two would each see half. */

import { refuse } from './refuse.ts'

/** Gives a function that may be called once. @throws ConfigurationError the second time */
export function readOnce(what: string): () => void {
  let claim = () => {
    claim = () => {
      throw refuse(what, 'it is being read already; make another one for another reader')
    }
  }
  return () => claim()
}
