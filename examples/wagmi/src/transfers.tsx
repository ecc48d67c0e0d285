import { useState } from 'react'
import type { Address, Log } from 'viem'
import { useWatchContractEvent } from 'wagmi'
import { contract, useUnits } from './token.ts'

/** Of the newest transfers, so many are kept. */
const SHOWN = 50

interface Transfer {
  readonly id: string
  readonly block: bigint
  readonly from: Address
  readonly to: Address
  readonly value: bigint
}

const short = (address: Address) => `${address.slice(0, 6)}…${address.slice(-4)}`
/** The transaction alone would not do: it may hold several transfers, and be mined again in another block. */
const idOf = ({ blockHash, transactionIndex, logIndex }: Log<bigint, number, false>) =>
  `${blockHash}/${transactionIndex}/${logIndex}`

export function Transfers() {
  const [transfers, setTransfers] = useState<readonly Transfer[]>([])
  const units = useUnits()
  useWatchContractEvent({
    ...contract,
    eventName: 'Transfer',
    strict: true,
    onLogs: logs => {
      setTransfers(before => {
        let after = before
        for (const log of logs) {
          const { from, to, value } = log.args
          const id = idOf(log)
          // A reorg took it back.
          if (log.removed) after = after.filter(each => each.id !== id)
          else after = [{ id, block: log.blockNumber, from, to, value }, ...after]
        }
        return after.slice(0, SHOWN)
      })
    },
  })

  return (
    <section className="card" aria-labelledby="transfers-title">
      <div className="head">
        <h2 id="transfers-title">Transfers {units && <span>{units.symbol}</span>}</h2>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="rows" tabIndex={0} aria-label="Transfers, newest first">
        <table>
          <thead>
            <tr>
              <th scope="col">Block</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col" className="number">
                Amount
              </th>
            </tr>
          </thead>
          <tbody id="rows">
            {transfers.map(({ id, block, from, to, value }) => (
              <tr key={id} data-id={id}>
                <td>{block.toString()}</td>
                <td>
                  <code>{short(from)}</code>
                </td>
                <td>
                  <code>{short(to)}</code>
                </td>
                <td className="number">{units?.format(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {transfers.length === 0 && (
          <p className="empty">Nothing yet: transfers appear as blocks are mined.</p>
        )}
      </section>
    </section>
  )
}
