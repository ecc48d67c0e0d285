/** Numbers as JSON-RPC writes them (EIP-1474). */

/** A block number, index, timestamp or chain id as a number; undefined for anything else. */
export function quantity(value: unknown): number | undefined {
  if (typeof value !== 'string' || !value.startsWith('0x') || value.length < 3) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : undefined
}
