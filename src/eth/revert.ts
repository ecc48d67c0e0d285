/** What a revert says, from any node's spelling of it. */

import type { RpcErrorDetails } from '../rpc/errors.ts'
import type { Hex } from '../rpc/message.ts'
import type { RpcErrorObject } from '../rpc-error-object.ts'
import { decodeString, wordAt } from './abi.ts'
import { ExecutionRevertedError } from './errors.ts'

/** `Error(string)` and `Panic(uint256)` (Solidity, "Revert"). */
const ERROR_SELECTOR = '0x08c379a0'
const PANIC_SELECTOR = '0x4e487b71'

/** Solidity, "Panic via assert and Error via require". */
const PANICS: Readonly<Record<number, string>> = {
  0: 'compiler panic',
  1: 'assertion failed',
  17: 'arithmetic overflow',
  18: 'division by zero',
  33: 'invalid enum value',
  34: 'bad storage byte array',
  49: 'pop on an empty array',
  50: 'index out of bounds',
  65: 'out of memory',
  81: 'call of an unset function',
}

/** The revert in a JSON-RPC error; undefined where it is something else. */
export function revertIn(
  error: RpcErrorObject,
  details: RpcErrorDetails,
): ExecutionRevertedError | undefined {
  const { code, message } = error
  // geth: code 3 · Parity and OpenEthereum: −32015 with "Reverted 0x…" in data · others: by their text.
  if (code !== 3 && !/revert/i.test(message) && !(code === -32015 && /revert/i.test(String(error.data))))
    return undefined
  const data = findData(error.data)
  const selector = data.length >= 10 ? data.slice(0, 10) : undefined
  const body: Hex = `0x${data.slice(10)}`
  return new ExecutionRevertedError(message, {
    ...details,
    data,
    selector,
    reason:
      selector === undefined
        ? reasonIn(message)
        : selector === ERROR_SELECTOR
          ? decodeString(body)
          : undefined,
    panic: selector === PANIC_SELECTOR ? panicIn(body) : undefined,
  })
}

function panicIn(body: Hex): { code: number; meaning: string } {
  const code = Number(wordAt(body, 0))
  return { code, meaning: PANICS[code] ?? 'unknown' }
}

/** geth appends the reason to its text. */
function reasonIn(message: string): string | undefined {
  return /revert(?:ed)?(?: with reason string)?:? ['"]?(.+?)['"]?$/i.exec(message)?.[1]
}

/** Where nodes put the data: in `data` itself, in text around it, or some objects deep. */
function findData(value: unknown, depth = 0): Hex {
  if (typeof value === 'string') {
    const hex = /0x(?:[\da-f]{2})*/i.exec(value)?.[0]
    return (hex ?? '0x') as Hex
  }
  if (typeof value !== 'object' || value === null || depth > 4) return '0x'
  for (const key of ['data', 'result', 'return', 'output', 'originalError', 'error']) {
    const found = findData(Reflect.get(value, key), depth + 1)
    if (found !== '0x') return found
  }
  // ganache keys its details by the transaction's hash.
  for (const [key, inner] of Object.entries(value)) {
    const found = /^0x[\da-f]{64}$/i.test(key) ? findData(inner, depth + 1) : '0x'
    if (found !== '0x') return found
  }
  return '0x'
}
