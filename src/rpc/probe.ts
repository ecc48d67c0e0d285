/** Questions of our own, asked past every queue; they end with the line. */

import type { FirstAnswer } from '../connection/session.ts'
import { retryAfterIn } from '../retry-after.ts'
import { InvalidResponseError, RpcError } from './errors.ts'
import { traitsOf } from './methods.ts'
import { Request } from './request.ts'

const METHOD = 'eth_chainId'

/** The first question, and the heartbeat's: any answer is a sign of life. */
export function newProbe(greeted: (answer: FirstAnswer) => void): Request {
  const answered = (result: unknown) => greeted({ saw: 'result', result })
  const failed = (error: unknown) => {
    if (error instanceof InvalidResponseError) return greeted({ saw: 'garbage', what: error.message })
    if (!(error instanceof RpcError)) return
    const { rpcCode: code, message, data } = error
    greeted({
      saw: 'error',
      error: { code, message, data },
      retryAfter: retryAfterIn({ message, data }),
    })
  }
  return ownQuestion(METHOD, answered, failed)
}

export function ownQuestion(
  method: string,
  answered: (result: unknown) => void,
  failed: (error: unknown) => void,
): Request {
  return new Request(traitsOf(method), '[]', 'probe', Infinity, answered, failed, undefined)
}
