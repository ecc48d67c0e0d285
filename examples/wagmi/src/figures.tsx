import { useEffect } from 'react'
import { useBlockNumber, useClient, useReadContract } from 'wagmi'
import { account } from './config.ts'
import { Trouble } from './line-badge.tsx'
import { contract, useUnits } from './token.ts'

export function Figures() {
  const { chain } = useClient()
  // By subscription: heads come as they are mined, and after an outage those that were missed.
  const { data: head } = useBlockNumber({ watch: true })
  const { data: balance, refetch } = useReadContract({
    ...contract,
    functionName: 'balanceOf',
    args: [account],
  })
  const units = useUnits()
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new head is what makes the balance old
  useEffect(() => {
    void refetch()
  }, [head, refetch])

  return (
    <section className="card" aria-label="Chain and balance">
      <dl className="figures">
        <Figure name="Chain">{`${chain.name} (${chain.id})`}</Figure>
        <Figure name="Head">{head?.toString()}</Figure>
        <Figure name="Balance">
          {units && balance !== undefined && `${units.format(balance)} ${units.symbol}`}
        </Figure>
      </dl>
      <Trouble />
    </section>
  )
}

function Figure({ name, children }: { name: string; children: string | undefined | false }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd id={name.toLowerCase()}>{children || '…'}</dd>
    </div>
  )
}
