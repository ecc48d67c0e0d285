/**
 * The text frames of one tick, in one piece (RFC 6455, section 5): one buffer and one write, where `ws` makes two buffers
 * for each frame. What else is written on the socket (pong, close) comes from `ws`, and never within a frame of ours.
 */

import { randomFillSync } from 'node:crypto'

const FIN_TEXT = 0x81
const MASKED = 0x80
const MASK_BYTES = 4
/** Random bytes are drawn for many masks at once. */
const POOL = 8_192

const pool = Buffer.allocUnsafeSlow(POOL)
let drawn = POOL

/** One buffer with every text as a masked frame of its own. */
export function encodeFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map(text => Buffer.byteLength(text))
  const buffer = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headerLength(length) + length, 0))
  let end = 0
  for (const [i, text] of texts.entries()) end = writeFrame(buffer, end, text, lengths[i] as number)
  return buffer
}

/** @returns where the frame ends */
function writeFrame(buffer: Buffer, start: number, text: string, length: number): number {
  const payload = start + headerLength(length)
  const mask = payload - MASK_BYTES
  const end = payload + length
  writeLength(buffer, start, length)
  drawMask(buffer, mask)
  buffer.write(text, payload, 'utf8')
  for (let i = payload, k = 0; i < end; i++, k++) {
    buffer[i] = (buffer[i] as number) ^ (buffer[mask + (k & 3)] as number)
  }
  return end
}

function headerLength(length: number): number {
  return MASK_BYTES + (length < 126 ? 2 : length < 65_536 ? 4 : 10)
}

function writeLength(buffer: Buffer, start: number, length: number): void {
  buffer[start] = FIN_TEXT
  if (length < 126) buffer[start + 1] = MASKED | length
  else if (length < 65_536) {
    buffer[start + 1] = MASKED | 126
    buffer.writeUInt16BE(length, start + 2)
  } else {
    buffer[start + 1] = MASKED | 127
    buffer.writeUIntBE(0, start + 2, 2)
    buffer.writeUIntBE(length, start + 4, 6)
  }
}

/** Unpredictable, as section 10.3 wants it. */
function drawMask(buffer: Buffer, at: number): void {
  if (drawn === POOL) {
    randomFillSync(pool)
    drawn = 0
  }
  for (let i = 0; i < MASK_BYTES; i++) buffer[at + i] = pool[drawn + i] as number
  drawn += MASK_BYTES
}
