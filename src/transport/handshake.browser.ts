/** The handshake in a browser. */

import WebSocket from 'isomorphic-ws'
import type { WebSocketConstructor } from '../options.ts'
import { shakeHands as shakeNativeHands } from './handshake.native.ts'
import type { FrameJudge, Handshake } from './handshake.ts'

export const shakeHands: Handshake = (plan, scene, signal) =>
  shakeNativeHands(plan.webSocket ?? (WebSocket as WebSocketConstructor), plan, scene, signal)

/** What was wrong with a frame, no page is told. */
export const judgeFrames: FrameJudge = () => undefined
