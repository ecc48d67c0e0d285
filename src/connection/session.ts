/** One socket in service: from 101 to its end, with the first question in between. */

import type { HoldfastError } from '../errors.ts'
import { onAbort } from '../pause.ts'
import type { Secrets } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import type { Stats } from '../stats.ts'
import type { Attempt } from '../transport/attempt.ts'
import type { FirstSeen } from '../transport/first-answer.ts'
import type { Closure, Socket } from '../transport/socket.ts'
import { ConnectionLostError, HeartbeatTimeoutError } from './errors.ts'
import { watchHeartbeat } from './heartbeat.ts'

/** What the peer's first answer was: the result of the first question, or what is no good. */
export type FirstAnswer = { readonly saw: 'result'; readonly result: unknown } | FirstSeen

/** The way down for the layer above, as long as the socket lives. */
export interface Line {
  /** What is learnt on this line holds for every line to the same endpoint. */
  readonly endpoint: string
  /** Bytes that the network has not taken yet. */
  readonly buffered: number
  send(frame: string): void
}

/** The way up: what the layer above is told of each socket, in this order. */
export interface Conversation {
  /** When the last answer came, by `performance.now()`. */
  readonly answeredAt: number
  /** The first flight may leave: the probe (if asked for), renewed subscriptions, waiting reads. */
  attach(line: Line, withProbe: boolean): Promise<FirstAnswer>
  text(frame: string): void
  binary(bytes: number): void
  /** The first answer was good: held answers may be believed, writes may leave. */
  open(): void
  /** Asks something whose answer is a sign of life. */
  probe(): void
  detach(error: HoldfastError): void
}

export interface SessionParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly attempt: Attempt
  readonly conversation: Conversation
  readonly stats: Stats
  /** The chain that this endpoint must serve; undefined while it is not known. */
  readonly chainId: number | undefined
  /** By `performance.now()`: when the first answer must be there. */
  readonly deadline: number
  readonly opened: (chainId: number | undefined, socket: Socket) => void
}

/** How long a polite end may take before the socket is cut. */
const FAREWELL = 2_000

/**
 * Serves a socket until it ends. Resolves with what ended it, once, when nothing of it is left; with `undefined` where
 * `signal` did.
 */
export function serve(
  socket: Socket,
  parts: SessionParts,
  signal: AbortSignal,
): Promise<HoldfastError | undefined> {
  const { attempt, conversation, stats, settings, secrets } = parts
  const { endpoint } = attempt
  return new Promise(resolve => {
    const over = new AbortController()
    let stage: 'asking' | 'open' = 'asking'
    let frames = 0
    let stopListening = () => {}

    const end = (error: HoldfastError | undefined) => {
      if (over.signal.aborted) return
      over.abort()
      clearTimeout(budget)
      stopListening()
      if (error !== undefined) conversation.detach(error)
      socket.terminate()
      resolve(error)
    }
    const leave = () => {
      conversation.detach(lost(endpoint, { code: 1000, reason: '' }, secrets))
      socket.close(1000, '')
      clearTimeout(budget)
      budget = setTimeout(() => end(undefined), FAREWELL)
    }
    const open = (chainId: number | undefined) => {
      clearTimeout(budget)
      stage = 'open'
      parts.opened(chainId, socket)
      if (signal.aborted) return
      conversation.open()
      if (settings.heartbeat === false) return
      const vitals = () => ({ answeredAt: conversation.answeredAt, frames, bytes: socket.received })
      const probe = () => conversation.probe()
      watchHeartbeat(settings.heartbeat, vitals, probe, over.signal).then(silentFor =>
        end(dead(endpoint, silentFor)),
      )
    }

    let budget = setTimeout(() => end(attempt.judge({ saw: 'nothing' })), parts.deadline - performance.now())
    const line: Line = {
      endpoint,
      get buffered() {
        return socket.buffered
      },
      send: frame => {
        stats.framesOut++
        stats.bytesOut += frame.length
        socket.send(frame)
      },
    }
    conversation.attach(line, settings.probe).then(answer => {
      if (over.signal.aborted || signal.aborted) return
      const seen = settings.probe ? checkChain(answer, parts.chainId) : undefined
      if (typeof seen === 'object') end(attempt.judge(seen))
      else open(seen)
    })
    stopListening = onAbort(signal, leave)
    socket.listen({
      text: frame => {
        frames++
        stats.framesIn++
        stats.bytesIn += frame.length
        conversation.text(frame)
      },
      binary: bytes => {
        frames++
        conversation.binary(bytes)
      },
      closed: closure => {
        if (signal.aborted) end(undefined)
        else if (stage === 'open') end(lost(endpoint, closure, secrets))
        else {
          // A good first answer may have come in the same piece: it is judged first.
          queueMicrotask(() =>
            end(
              stage === 'open'
                ? lost(endpoint, closure, secrets)
                : attempt.judge({ saw: 'closure', closure }),
            ),
          )
        }
      },
    })
  })
}

/** The chain id that was answered, or why the answer is no good. */
function checkChain(answer: FirstAnswer, expected: number | undefined): number | FirstSeen {
  if (answer.saw !== 'result') return answer
  const { result } = answer
  const isQuantity = typeof result === 'string' && /^0x[\da-f]{1,13}$/i.test(result)
  if (!isQuantity) return { saw: 'garbage', what: 'eth_chainId without a hexadecimal number' }
  const actual = Number(result)
  return expected !== undefined && expected !== actual ? { saw: 'chain', expected, actual } : actual
}

function lost(endpoint: string, { code, reason, error }: Closure, secrets: Secrets): ConnectionLostError {
  // `ws` enforces our own size limit; what the peer would have been told is 1009.
  const tooLarge = error !== undefined && Reflect.get(error, 'code') === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
  const closeCode = tooLarge ? 1009 : code
  const said = secrets.scrub(reason)
  return new ConnectionLostError(`${endpoint} was lost (${closeCode}${said && `: ${said}`}).`, {
    closeCode,
    reason: said,
    retryable: true,
    cause: secrets.scrubValue(error),
  })
}

function dead(endpoint: string, silentFor: number): HeartbeatTimeoutError {
  return new HeartbeatTimeoutError(
    `${endpoint} has answered nothing for ${silentFor} ms, a probe included.`,
    {
      silentFor,
      retryable: true,
      hint: 'The line is half-open or the node is stuck; holdfast dials again by itself.',
    },
  )
}
