/** Causes that only a browser sees, and the one for what it hides. */

import { ContentSecurityPolicyError, MixedContentError, OpaqueHandshakeError } from '../errors/browser.ts'
import { OfflineError } from '../errors/network.ts'
import type { Cause } from './cause.ts'

export const MIXED_CONTENT: Cause = {
  error: MixedContentError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'was not dialled: a page loaded by https:// may not open ws://.',
  hint: ({ host }) => `Use wss://${host}; only ws://localhost is exempt.`,
}

export const CONTENT_SECURITY_POLICY: Cause = {
  error: ContentSecurityPolicyError,
  retry: 'final',
  remedy: 'configure',
  message: (_, __, { directive }) =>
    `was not dialled: the page's Content-Security-Policy forbids it (${directive}).`,
  hint: ({ url }) => `Add ${url?.origin} to connect-src in the policy that the page is served with.`,
}

export const OFFLINE: Cause = {
  error: OfflineError,
  retry: 'backoff',
  message: () => 'cannot be reached: the browser is offline.',
  hint: () => 'Check the network; it is tried again as soon as the browser is online.',
}

export const OPAQUE: Cause = {
  error: OpaqueHandshakeError,
  retry: 'backoff',
  message: (_, seen) => `could not be opened, and the browser hides why${seen}.`,
  hint: ({ secure, url }) =>
    secure
      ? `Open ${url?.origin.replace('wss:', 'https:')}/ in a tab: the browser's own page names a fault in the certificate or the address; if it opens, check key, origin and path.`
      : 'Check that the server runs and speaks WebSocket on this port and path, and that it allows the origin of this page.',
}
