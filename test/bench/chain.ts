/** The made-up chain of the benchmarks: a million Transfer logs of some 630 bytes. */

/** 100,000 logs, 63 MB. */
export const BLOCKS = 1_000
/** 1,000,000 logs. */
export const ALL_BLOCKS = 10_000
export const LOGS_PER_BLOCK = 100
/** So far above that every range is asked for as history. */
export const HEAD = ALL_BLOCKS + 1_000
export const TOKEN = `0x${'70'.repeat(20)}`
export const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

const word = (number: number, fill = '0') => `0x${number.toString(16).padStart(64, fill)}`

/** As geth writes it. */
export function logOf(block: number, index: number) {
  return {
    address: TOKEN,
    topics: [TRANSFER, word(1 + (index % 50)), word(51 + (index % 50))],
    data: word(block * LOGS_PER_BLOCK + index + 1),
    blockNumber: `0x${block.toString(16)}`,
    transactionHash: word(block * LOGS_PER_BLOCK + index, 'c'),
    transactionIndex: `0x${index.toString(16)}`,
    blockHash: word(block, 'b'),
    blockTimestamp: `0x${(1_700_000_000 + 12 * block).toString(16)}`,
    logIndex: `0x${index.toString(16)}`,
    removed: false,
  }
}
