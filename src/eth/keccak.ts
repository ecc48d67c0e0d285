/**
 * Keccak-256 as Ethereum uses it: Keccak-f[1600] of FIPS 202 with the padding of before. Written out because the library
 * for it would be a tenth of the browser bundle; a test compares the two. Slow (BigInt lanes), and used for short things.
 */

const BITS = 64n
const ROUNDS = 24
const RATE_BYTES = 136

export function keccak256(data: Uint8Array): Uint8Array {
  const padded = new Uint8Array(data.length + RATE_BYTES - (data.length % RATE_BYTES))
  padded.set(data)
  padded[data.length] = 0x01
  padded[padded.length - 1] = (padded.at(-1) ?? 0) | 0x80
  const input = new DataView(padded.buffer)
  const state = new BigUint64Array(25)
  for (let block = 0; block < padded.length; block += RATE_BYTES) {
    for (let i = 0; i < RATE_BYTES / 8; i++)
      state[i] = lane(state, i) ^ input.getBigUint64(block + 8 * i, true)
    permute(state)
  }
  const output = new DataView(new ArrayBuffer(32))
  for (let i = 0; i < 4; i++) output.setBigUint64(8 * i, lane(state, i), true)
  return new Uint8Array(output.buffer)
}

/** FIPS 202, section 3.3. Lane (x, y) stands at x + 5y; the array cuts every value to 64 bits. */
function permute(state: BigUint64Array): void {
  let register = 1
  for (let round = 0; round < ROUNDS; round++) {
    const columns = FIVE.map(x => FIVE.reduce((sum, y) => sum ^ lane(state, x + 5 * y), 0n))
    for (let i = 0; i < 25; i++) {
      state[i] = lane(state, i) ^ (columns[(i + 4) % 5] ?? 0n) ^ rotate(columns[(i + 1) % 5] ?? 0n, 1n)
    }
    let [x, y] = [1, 0]
    let moved = lane(state, 1)
    for (let step = 0; step < 24; step++) {
      ;[x, y] = [y, (2 * x + 3 * y) % 5]
      const displaced = lane(state, x + 5 * y)
      state[x + 5 * y] = rotate(moved, BigInt((((step + 1) * (step + 2)) / 2) % 64))
      moved = displaced
    }
    const rows = state.slice()
    for (let i = 0; i < 25; i++) {
      const row = i - (i % 5)
      state[i] = lane(rows, i) ^ (~lane(rows, row + ((i + 1) % 5)) & lane(rows, row + ((i + 2) % 5)))
    }
    for (let bit = 0; bit < 7; bit++) {
      register = ((register << 1) ^ ((register >> 7) * 0x71)) & 0xff
      if (register & 2) state[0] = lane(state, 0) ^ (1n << ((1n << BigInt(bit)) - 1n))
    }
  }
}

const FIVE = [0, 1, 2, 3, 4]

function lane(state: BigUint64Array, i: number): bigint {
  return state[i] ?? 0n
}

function rotate(value: bigint, by: bigint): bigint {
  return BigInt.asUintN(64, value << by) | (value >> (BITS - by))
}
