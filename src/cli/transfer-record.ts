/** A transfer with its amount in the token's units: as a record for pipes and files, and as a line for people. */

import type { Paint } from '../doctor/report.ts'
import type { Transfer } from '../eth/transfer.ts'
import { amountIn, type TokenUnits } from './token-units.ts'

/** In this order: the files of `transfers` find a row's block at its beginning. */
export interface TransferRecord {
  readonly blockNumber: number
  readonly transactionIndex: number
  readonly logIndex: number
  readonly token: string
  readonly symbol: string | null
  readonly from: string
  readonly to: string
  /** In the token's units; null where the token does not say its decimals. */
  readonly amount: string | null
  /** In the token's smallest unit. */
  readonly value: string
  readonly transactionHash: string
  readonly blockHash: string
}

export function recordsOf(
  transfers: readonly Transfer[],
  units: TokenUnits,
): Promise<readonly TransferRecord[]> {
  return Promise.all(transfers.map(transfer => recordOf(transfer, units)))
}

async function recordOf(transfer: Transfer, units: TokenUnits): Promise<TransferRecord> {
  const { blockNumber, transactionIndex, logIndex, token, from, to, value, transactionHash, blockHash } =
    transfer
  const its = await units.of(token)
  return {
    blockNumber,
    transactionIndex,
    logIndex,
    token,
    symbol: its.symbol ?? null,
    from,
    to,
    amount: amountIn(its, value) ?? null,
    value: value.toString(),
    transactionHash,
    blockHash,
  }
}

/** Wide enough for whole addresses and a whole hash. */
const WIDE = 190

/** @param columns of the terminal; undefined for a pipe, which gets everything in full */
export function lineOf(
  record: TransferRecord,
  isRemoved: boolean,
  paint: Paint,
  columns: number | undefined,
): string {
  const { blockNumber, from, to, amount, value, symbol, token, transactionHash } = record
  const short = (text: string) => ((columns ?? WIDE) < WIDE ? `${text.slice(0, 8)}…${text.slice(-4)}` : text)
  const money = amount === null ? `${value} units of` : amount
  const line = `${blockNumber}  ${short(from)} → ${short(to)}  ${money} ${symbol ?? short(token)}`
  return isRemoved
    ? paint.bad(`− ${line}  ${short(transactionHash)}  taken back`)
    : `${paint.good('+')} ${line}  ${paint.dim(short(transactionHash))}`
}
