/** Memory figures of one contender in a process of its own: `node --expose-gc memory.ts <figure> <contender> <url>`. */

import { type Contender, ethers, holdfast, raw, viem, web3 } from './contenders.ts'

const [figure, name, url = '', pages = '[]'] = process.argv.slice(2)
const makers: Record<string, (url: string) => Promise<Contender>> = { raw, holdfast, viem, ethers, web3 }
const PENDING = 10_000
/** As many: with fewer, what the engine compiles on the way counts for hundreds of bytes each. */
const SUBSCRIPTIONS = 10_000
const CALM = 200_000
const MANY = 1_000_000
const AT_ONCE = 1_000

const contender = await makers[name ?? '']?.(url)
if (contender === undefined) throw new Error(`no contender ${name}`)

function used(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

async function perPiece(count: number, make: (n: number) => Promise<unknown> | undefined): Promise<number> {
  // The first ones pay for what is made once.
  const kept: unknown[] = Array.from({ length: 10 }, (_, n) => make(count + n))
  await new Promise(resolve => setTimeout(resolve, 200))
  const before = used()
  for (let n = 0; n < count; n++) {
    kept.push(make(n)?.catch(() => undefined))
    if (n % 50 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  await new Promise(resolve => setTimeout(resolve, 1_000))
  const bytes = (used() - before) / count
  if (kept.length < count) throw new Error('nothing was kept')
  return bytes
}

async function blast(contender: Contender, count: number): Promise<void> {
  for (let n = 0; n < count; n += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => contender.blockNumber()))
  }
}

const figures: Record<string, () => Promise<number | undefined>> = {
  pending: () => perPiece(PENDING, n => contender.pendingCall?.(n)),
  subscription: () => perPiece(SUBSCRIPTIONS, n => contender.subscribeLogs?.(n)),
  growth: async () => {
    await blast(contender, CALM)
    const before = used()
    await blast(contender, MANY - CALM)
    return used() - before
  },
  /** Bytes above idle at the peak. */
  history: async () => {
    globalThis.gc?.()
    const idle = process.memoryUsage().rss
    let peak = idle
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss)
    }, 2)
    await contender.history?.(JSON.parse(pages))
    clearInterval(watch)
    return peak - idle
  },
}

const figureOf = figures[figure ?? '']
if (figureOf === undefined) throw new Error(`no figure ${figure}`)
process.stdout.write(String(await figureOf()))
process.exit()
