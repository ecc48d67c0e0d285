/** What `'request'` and `'response'` tell. */

import type { Request } from './request.ts'

/** How a request went, for `'response'`. */
export type Outcome = 'ok' | 'error' | 'timeout' | 'aborted'

export interface RequestEvents {
  written(request: Request): void
  settled(request: Request, outcome: Outcome): void
}
