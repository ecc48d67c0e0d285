/** One socket in service: from 101 to its end, with the first question in between. */

import type { HoldfastError } from '../errors.ts'
import { onAbort } from '../pause.ts'
import { quantity } from '../quantity.ts'
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
  /** What was sent leaves now, not with the end of the tick. */
  flush(): void
}

/** The way up: what the layer above is told of each socket, in this order. */
export interface Conversation {
  /** When the last answer came, by `performance.now()`. */
  readonly answeredAt: number
  /** A read that was written before the last probe still has time. */
  readonly awaitsRead: boolean
  /** The first flight may leave: the probe (if asked for), renewed subscriptions, waiting reads. */
  attach(line: Line, withProbe: boolean): Promise<FirstAnswer>
  text(frame: string): void
  binary(bytes: number): void
  /** The first answer was good: held answers may be believed, writes may leave. */
  open(): void
  /** Another endpoint will serve: writes wait for it. Resolves once those under way are answered, if ever. */
  leave(): Promise<void>
  /** Asks something whose answer is a sign of life. */
  probe(): void
  /** Asks for the number of the newest block; rejects where the line falls. */
  head(): Promise<unknown>
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
  /** Whatever wakes the machine or the page calls them. */
  readonly wakers: Set<() => void>
  /** `cut` ends the session by the error it is given. `signal` is aborted when it has ended. */
  readonly opened: (
    chainId: number | undefined,
    socket: Socket,
    cut: (error: HoldfastError) => void,
    signal: AbortSignal,
  ) => void
}

export interface SessionEnd {
  /** What ended it; undefined where `signal` did. */
  readonly error: HoldfastError | undefined
  /** Until when the peer was good for something, by `performance.now()`. */
  readonly usefulUntil: number
}

/** How long a polite end may take before the socket is cut. */
const FAREWELL = 2_000

/** Serves a socket until it ends. Resolves once, when nothing of it is left. */
export function serve(socket: Socket, parts: SessionParts, signal: AbortSignal): Promise<SessionEnd> {
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
      resolve({ error, usefulUntil: usefulUntil(error) })
    }
    /** A peer that was never asked has shown its use by what it sent; one that fell silent was of use until then. */
    const usefulUntil = (error: HoldfastError | undefined) => {
      if (!settings.probe && frames === 0) return 0
      return error instanceof HeartbeatTimeoutError ? conversation.answeredAt : performance.now()
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
      parts.opened(chainId, socket, end, over.signal)
      if (signal.aborted) return
      conversation.open()
      if (settings.heartbeat === false) return
      const vitals = () => ({
        answeredAt: conversation.answeredAt,
        awaitsRead: conversation.awaitsRead,
        frames,
        bytes: socket.received,
      })
      const probe = () => conversation.probe()
      watchHeartbeat(settings.heartbeat, vitals, probe, parts.wakers, over.signal).then(silentFor =>
        end(dead(endpoint, silentFor)),
      )
    }

    let budget = setTimeout(
      () => end(attempt.judge({ saw: 'nothing' })),
      Math.max(0, parts.deadline - performance.now()),
    )
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
      flush: () => socket.flush(),
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
  const actual = quantity(answer.result)
  if (actual === undefined) return { saw: 'garbage', what: 'eth_chainId without a hexadecimal number' }
  return expected !== undefined && expected !== actual ? { saw: 'chain', expected, actual } : actual
}

function lost(endpoint: string, { code, reason, error }: Closure, secrets: Secrets): ConnectionLostError {
  const said = secrets.scrub(reason)
  return new ConnectionLostError(`${endpoint} was lost (${code}${said && `: ${said}`}).`, {
    closeCode: code,
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
