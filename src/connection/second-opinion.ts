/** What another endpoint says of the chain: one socket, two questions, and gone. */

import { onAbort } from '../pause.ts'
import { quantity } from '../quantity.ts'
import type { Attempt } from '../transport/attempt.ts'

const CHAIN = 1
const HEAD = 2
const QUESTIONS = [
  [CHAIN, 'eth_chainId'],
  [HEAD, 'eth_blockNumber'],
]

/**
 * The number of its newest block; undefined where it is of another chain, or of no use.
 *
 * @param deadline by `performance.now()`
 * @throws what the dial throws
 */
export async function askHead(
  attempt: Attempt,
  deadline: number,
  chainId: number | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  const socket = await attempt.dial(deadline, signal)
  return new Promise(resolve => {
    const answers = new Map<unknown, number | undefined>()
    const end = (head: number | undefined) => {
      clearTimeout(timer)
      stop()
      resolve(head)
      socket.terminate()
    }
    const timer = setTimeout(end, Math.max(0, deadline - performance.now()))
    const stop = onAbort(signal, () => socket.terminate())
    socket.listen({
      text: frame => {
        const { id, result } = parse(frame)
        answers.set(id, quantity(result))
        const [chain, head] = [answers.get(CHAIN), answers.get(HEAD)]
        if (answers.has(CHAIN) && answers.has(HEAD)) end(chain === (chainId ?? chain) ? head : undefined)
      },
      binary: () => end(undefined),
      closed: () => end(undefined),
    })
    for (const [id, method] of QUESTIONS)
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params: [] }))
  })
}

function parse(frame: string): { readonly id?: unknown; readonly result?: unknown } {
  try {
    return Object(JSON.parse(frame))
  } catch {
    return {}
  }
}
