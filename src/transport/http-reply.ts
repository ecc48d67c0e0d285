/** Reads the reply of a refused upgrade: capped in bytes and in time, decompressed, as text. Node only. */

import type { IncomingMessage } from 'node:http'
import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib'
import type { Reply } from './rejected-reply.ts'

const MOST_BYTES = 16_384
const MOST_TEXT = 4_096
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
    if (/gzip/i.test(encoding)) return textOf(gunzipSync(body, options))
    if (/deflate/i.test(encoding)) return textOf(inflateSync(body, options))
    if (/br/i.test(encoding))
      return textOf(brotliDecompressSync(body, { ...options, finishFlush: constants.BROTLI_OPERATION_FLUSH }))
  } catch {
    return ''
  }
  return textOf(body)
}

function textOf(body: Buffer): string {
  return body.toString('utf8').slice(0, MOST_TEXT)
}
