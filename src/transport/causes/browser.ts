/** Causes that only a browser sees. */

import { OpaqueHandshakeError } from '../errors/browser.ts'
import type { Cause } from './cause.ts'

export const OPAQUE: Cause = {
  error: OpaqueHandshakeError,
  retry: 'backoff',
  message: () => 'could not be opened, and the browser hides why.',
  hint: ({ host, port }) =>
    `Open https://${host}:${port}/ in a tab: the browser's own page names a fault in the certificate or the address.`,
}
