/**
 * viem over a line that falls: one and the same code over holdfast and over viem's own transport.
 *
 * Ends with 0 only when over holdfast every transfer came once and in order, every read was answered, and the write arrived.
 */

import { holdfast } from 'holdfast/viem'
import { createPublicClient, encodeFunctionData, erc20Abi, webSocket } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { type Contestant, isPerfect, Storm } from '../local/storm.ts'
import { send, sign } from './write.ts'

/** Every anvil has these accounts; the first one is busy sending transfers. */
const MNEMONIC = 'test test test test test test test test test test test junk'
const account = mnemonicToAccount(MNEMONIC, { addressIndex: 5 })
const SPENDER = '0x000000000000000000000000000000000000dEaD'

const say = (line: string) => process.stdout.write(`${line}\n`)
const storm = await Storm.start()
const { address, owner } = storm.token

/** All that one changes: this was `createPublicClient({ chain, transport: webSocket(url) })`. */
const client = createPublicClient({ chain: foundry, transport: holdfast(storm.url) })
const before = createPublicClient({ chain: foundry, transport: webSocket(storm.url) })

/** What a dapp does with a client; it need not know which one it is. */
function follower(
  name: string,
  { watchContractEvent, readContract }: typeof client | typeof before,
): Contestant {
  return {
    name,
    follow: told =>
      watchContractEvent({
        address,
        abi: erc20Abi,
        eventName: 'Transfer',
        onLogs: logs => {
          for (const { args } of logs) told(args.value ?? 0n)
        },
        // Over webSocket() this hears of every cut, over holdfast() only of what ends the watcher for good.
        onError: () => {},
      }),
    read: () => readContract({ address, abi: erc20Abi, functionName: 'balanceOf', args: [owner] }),
  }
}

await storm.begin([follower('viem, holdfast()', client), follower('viem, webSocket()', before)])
await storm.cut('reset')
await storm.cut('clean close')
const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [SPENDER, 7n] })
const approval = await sign(client, account, { to: address, data })
const receipt = await storm.cut('reset', () => send(client, approval))
await storm.cut('down for 1 s')
const [outcome] = await storm.end()

await client.transport.client.close()
;(await before.transport.getRpcClient()).close()
await storm.stop()

const isMined = receipt?.status === 'success'
say(`the approval that was under way when the line fell: ${isMined ? 'mined' : 'NOT SEEN'}`)
const isRight = outcome !== undefined && isPerfect(outcome) && isMined
say(isRight ? 'Over holdfast nothing was lost, nothing came twice, all in order.' : 'THE PROMISE IS BROKEN.')
process.exitCode = isRight ? 0 : 1
