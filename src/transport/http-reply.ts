/** Reads the reply of a refused upgrade: capped in bytes and in time, decompressed, as text. Node only. */

import type { IncomingMessage } from 'node:http'
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import type { Reply } from './rejected-reply.ts'

const MOST_BYTES = 16_384
/** A body that drips must not hold up the error for longer than this, whatever the handshake's budget. */
const LONGEST = 1_000

/** Never rejects: whatever has come when the time is up is the body. */
export function readReply(response: IncomingMessage, budget: number): Promise<Reply> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let size = 0
    const finish = () => {
      clearTimeout(timer)
      response.destroy()
      resolve({
        status: response.statusCode ?? 0,
        headers: headersOf(response),
        body: decode(Buffer.concat(chunks).subarray(0, MOST_BYTES), response.headers['content-encoding']),
      })
    }
    const timer = setTimeout(finish, Math.min(LONGEST, budget))
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size >= MOST_BYTES) finish()
    })
    for (const event of ['end', 'error', 'close', 'aborted']) response.once(event, finish)
  })
}

function headersOf(response: IncomingMessage): Record<string, string> {
  const entries = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const)
  return Object.fromEntries(entries)
}

/** A cut body is decoded as far as it goes. */
function decode(body: Buffer, encoding = 'identity'): string {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 8 * MOST_BYTES }
  try {
    if (/gzip/i.test(encoding)) return gunzipSync(body, options).toString()
    // Some servers leave out the zlib header, whose low nibble is 8 (RFC 1950, section 2.2).
    if (/deflate/i.test(encoding))
      return ((body[0] ?? 0) % 16 === 8 ? inflateSync : inflateRawSync)(body, options).toString()
    if (/br/i.test(encoding))
      return brotliDecompressSync(body, {
        ...options,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      }).toString()
  } catch {
    return ''
  }
  return body.toString()
}
