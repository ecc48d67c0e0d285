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
  const all = texts.length === 1 ? (texts[0] as string) : texts.join('')
  const payload = Buffer.byteLength(all)
  const isAscii = payload === all.length
  const lengths = texts.map(text => (isAscii ? text.length : Buffer.byteLength(text)))
  let size = payload
  for (const length of lengths) size += headerLength(length)
  const buffer = Buffer.allocUnsafe(size)
  // Written at once, at the end; each text then moves to its place while it is masked.
  let from = size - payload
  buffer.write(all, from, 'utf8')
  const view = new DataView(buffer.buffer, buffer.byteOffset, size)
  let end = 0
  for (const length of lengths) {
    end = writeFrame(buffer, view, end, from, length)
    from += length
  }
  return buffer
}

/** @returns where the frame ends */
function writeFrame(buffer: Buffer, view: DataView, start: number, from: number, length: number): number {
  const to = start + headerLength(length)
  const at = to - MASK_BYTES
  writeLength(buffer, start, length)
  drawMask(buffer, at)
  const mask = view.getInt32(at)
  let done = 0
  for (; done <= length - 4; done += 4) view.setInt32(to + done, view.getInt32(from + done) ^ mask)
  for (; done < length; done++) {
    buffer[to + done] = (buffer[from + done] as number) ^ (buffer[at + (done & 3)] as number)
  }
  return to + length
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
