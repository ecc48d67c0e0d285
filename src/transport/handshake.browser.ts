/** The handshake in a browser. */

import WebSocket from 'isomorphic-ws'
import type { WebSocketConstructor } from '../options.ts'
import { shakeHands as shakeNativeHands } from './handshake.native.ts'
import type { Handshake } from './handshake.ts'

export const shakeHands: Handshake = (plan, scene, signal) =>
  shakeNativeHands(plan.webSocket ?? (WebSocket as WebSocketConstructor), plan, scene, signal)
