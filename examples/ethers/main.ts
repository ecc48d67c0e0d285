/**
 * ethers over a line that falls: one and the same code over holdfast and over ethers' own provider.
 *
 * Ends with 0 only when over holdfast every transfer came once and in order, every read was answered, and the transaction
 * was waited for.
 */

import { Contract, HDNodeWallet, WebSocketProvider } from 'ethers'
import { HoldfastProvider } from 'holdfast/ethers'
import { type Contestant, isPerfect, Storm } from '../local/storm.ts'

const ABI = [
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'function balanceOf(address) view returns (uint256)',
  'function approve(address, uint256) returns (bool)',
]
/** Every anvil has these accounts; the first one is busy sending transfers. */
const MNEMONIC = 'test test test test test test test test test test test junk'
const wallet = HDNodeWallet.fromPhrase(MNEMONIC, undefined, "m/44'/60'/0'/0/5")
const SPENDER = '0x000000000000000000000000000000000000dEaD'

const say = (line: string) => process.stdout.write(`${line}\n`)
const storm = await Storm.start()
const { address, owner } = storm.token

/** All that one changes: this was `new WebSocketProvider(url)`. */
const provider = new HoldfastProvider(storm.url)
const before = new WebSocketProvider(storm.url)

/** What a dapp does with a provider; it need not know which one it is. */
function follower(name: string, provider: HoldfastProvider | WebSocketProvider): Contestant {
  const token = new Contract(address, ABI, provider)
  return {
    name,
    follow: told => token.on('Transfer', (_from: string, _to: string, value: bigint) => told(value)),
    read: () => token.getFunction('balanceOf')(owner),
  }
}

await storm.begin([
  follower('ethers, HoldfastProvider', provider),
  follower('ethers, WebSocketProvider', before),
])
await storm.cut('reset')
await storm.cut('clean close')
const approve = new Contract(address, ABI, wallet.connect(provider)).getFunction('approve')
const { hash } = await approve(SPENDER, 7n)
// Asked before the cut, answered after it.
const receipt = await storm.cut('reset', () => provider.waitForTransaction(hash, 20))
await storm.cut('down for 1 s')
const [outcome] = await storm.end()

await provider.destroy()
await before.destroy()
await storm.stop()

const isMined = receipt?.status === 1
say(`the transaction waited for while the line fell: ${isMined ? 'mined' : 'NOT SEEN'}`)
const isRight = outcome !== undefined && isPerfect(outcome) && isMined
say(isRight ? 'Over holdfast nothing was lost, nothing came twice, all in order.' : 'THE PROMISE IS BROKEN.')
process.exitCode = isRight ? 0 : 1
