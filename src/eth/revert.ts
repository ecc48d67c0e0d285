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
  const { message } = error
  const data = dataIn(error.data) ?? hexIn(message, /return data: (0x(?:[\da-f]{2})+)/i) ?? '0x'
  const selector = data.length >= 10 ? data.slice(0, 10).toLowerCase() : undefined
  const body: Hex = `0x${data.slice(10)}`
  const isError = selector === ERROR_SELECTOR
  const isPanic = selector === PANIC_SELECTOR
  if (!isError && !isPanic && !speaksOfRevert(error)) return undefined
  const isBare = selector === undefined
  const panic = isPanic
    ? wordAt(body, 0)
    : isBare
      ? hexIn(message, /panic code (0x[\da-f]{1,8})\b/i)
      : undefined
  const code = Number(panic)
  return new ExecutionRevertedError(message, {
    ...details,
    data,
    nodeData: error.data,
    selector,
    reason: isError ? decodeString(body) : isBare ? reasonIn(message) : undefined,
    panic: panic === undefined ? undefined : { code, meaning: PANICS[code] ?? 'unknown' },
  })
}

/** geth and its family: code 3 · Parity, OpenEthereum, nethermind: −32015 and "Reverted 0x…" in data · others: by their text. */
function speaksOfRevert({ code, message, data }: RpcErrorObject): boolean {
  if (code === 3) return true
  // "the method evm_revert does not exist" is none: there the word is part of a name.
  if (code === -32601) return false
  return /\brevert(ed)?\b/i.test(message) || (code === -32015 && /^revert/i.test(String(data)))
}

/** Texts that hold the reason, the more particular ones first. */
const REASONS: readonly RegExp[] = [
  // hardhat
  /reverted with reason string '(.*)'$/s,
  // lotus
  /revert reason[=:] ?\[?Error\((.*?)\)/s,
  // besu
  /^execution reverted \((.+)\)$/is,
  // geth, erigon, reth, anvil, besu: "execution reverted: …" · ganache, Frontier: "VM Exception …: revert …"
  /(?:^|: )(?:execution )?revert(?:ed)?:? (?!with |custom error|without |\()(.+)$/is,
]

function reasonIn(message: string): string | undefined {
  return REASONS.map(pattern => pattern.exec(message)?.[1]).find(reason => reason)
}

/** hardhat: "reverted with panic code 0x11 (…)", "reverted with an unrecognized custom error (return data: 0x…)". */
function hexIn(message: string, pattern: RegExp): Hex | undefined {
  return pattern.exec(message)?.[1] as Hex | undefined
}

/** Where nodes put the data: in `data` itself, behind a word, as JSON in a text, or some objects deep. */
function dataIn(value: unknown, depth = 0): Hex | undefined {
  if (typeof value === 'string') {
    if (value.startsWith('{')) return dataIn(parse(value), depth + 1)
    return hexIn(value, /^(?:reverted )?(0x(?:[\da-f]{2})+)$/i)
  }
  if (typeof value !== 'object' || value === null || depth > 4) return undefined
  // ganache keys its details by the transaction's hash.
  const hashes = Object.keys(value).filter(key => /^0x[\da-f]{64}$/i.test(key))
  for (const key of ['data', 'result', 'return', 'output', 'originalError', 'error', ...hashes]) {
    const inner: unknown = Reflect.get(value, key)
    // Of a transaction ganache repeats the hash where the data should be.
    const found = inner === Reflect.get(value, 'hash') ? undefined : dataIn(inner, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
