import { erc20Abi, formatUnits } from 'viem'
import { useReadContract } from 'wagmi'
import { token } from './config.ts'

export const contract = { address: token, abi: erc20Abi } as const

const AMOUNT = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 4 })

export interface Units {
  readonly symbol: string
  /** An amount of the smallest unit, for people. */
  format(amount: bigint): string
}

/** The token's own words; undefined until they have come. Neither changes, so they are asked for once. */
export function useUnits(): Units | undefined {
  const query = { staleTime: Number.POSITIVE_INFINITY }
  const { data: symbol } = useReadContract({ ...contract, functionName: 'symbol', query })
  const { data: decimals } = useReadContract({ ...contract, functionName: 'decimals', query })
  if (symbol === undefined || decimals === undefined) return undefined
  // As text: a number would round what is large.
  const format = (amount: bigint) => AMOUNT.format(formatUnits(amount, decimals) as Intl.StringNumericLiteral)
  return { symbol, format }
}
