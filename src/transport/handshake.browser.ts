/** The handshake in a browser. */

export { shakeHands } from './handshake.native.ts'
