/** Causes in a 101 that is not as RFC 6455, section 4.1 demands. `ws` tells them by text only. */

import {
  ExtensionMismatchError,
  InvalidAcceptError,
  InvalidUpgradeHeaderError,
  ProtocolViolationError,
  SubprotocolMismatchError,
} from '../errors/upgrade.ts'
import type { Cause } from './cause.ts'

export const INVALID_ACCEPT: Cause = {
  error: InvalidAcceptError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'answered 101 with a wrong or missing Sec-WebSocket-Accept.',
  hint: () =>
    'The reply is not to our request: a cache or a proxy on the way does not understand WebSockets.',
}

export const INVALID_UPGRADE_HEADER: Cause = {
  error: InvalidUpgradeHeaderError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'answered 101 without a proper Upgrade and Connection header.',
  hint: () => 'A proxy on the way removes them (in nginx: proxy_set_header Upgrade and Connection).',
}

export const SUBPROTOCOL_MISMATCH: Cause = {
  error: SubprotocolMismatchError,
  retry: 'final',
  remedy: 'configure',
  message: (_, seen) => `does not agree about the subprotocol: ${seen}.`,
  hint: () => 'Offer with protocols exactly what the server supports; most Ethereum nodes want none.',
}

export const EXTENSION_MISMATCH: Cause = {
  error: ExtensionMismatchError,
  retry: 'final',
  remedy: 'configure',
  message: () => 'chose a WebSocket extension that was not offered.',
  hint: () => 'The server breaks RFC 6455, section 9.1; try the compression option the other way round.',
}

export const PROTOCOL_VIOLATION: Cause = {
  error: ProtocolViolationError,
  retry: 'final',
  remedy: 'configure',
  message: (_, seen) => `answered 101, but what follows are no WebSocket frames (${seen}).`,
  hint: () => 'Check that nothing on the way writes into the connection, and that the port is the right one.',
}

/** What `ws` says → the row, and the facts of the class. */
export const BY_TEXT: readonly (readonly [RegExp, Cause, Record<string, unknown>?])[] = [
  [/Invalid Sec-WebSocket-Accept/, INVALID_ACCEPT],
  [/Invalid Upgrade header|Unexpected server response: 101/, INVALID_UPGRADE_HEADER],
  [/Server sent a subprotocol but none/, SUBPROTOCOL_MISMATCH, { reason: 'unasked' }],
  [/Server sent no subprotocol/, SUBPROTOCOL_MISMATCH, { reason: 'missing' }],
  [/Server sent an invalid subprotocol/, SUBPROTOCOL_MISMATCH, { reason: 'invalid' }],
  [/Sec-WebSocket-Extensions|extension that was not requested/, EXTENSION_MISMATCH],
]
