/**
 * One token followed over one line: the part to copy. It knows nothing of the page; whoever calls it is told what happens.
 *
 * holdfast does the dialling, the waiting and the filling of gaps. What is left for a dapp is this file.
 */

import {
  type Address,
  type Client,
  ClientClosedError,
  type ClientOptions,
  type ConnectionState,
  createClient,
  type LogLike,
  type Page,
  type Stream,
  type TokenMetadata,
  type Transfer,
} from 'holdfast'

export interface Choice {
  readonly endpoint: string
  readonly token: Address
  readonly options: ClientOptions
}

/** Whom a session tells. */
export interface Listener {
  state(state: ConnectionState): void
  metadata(token: TokenMetadata): void
  page(page: Page<Transfer>): void
  /** The line is back: these blocks, inclusive, were mined while it was down. Their pages come next. */
  gap(fromBlock: number, toBlock: number): void
  /** The session is over, and not because somebody closed it. */
  failed(error: unknown): void
}

export interface Session {
  /** What the node itself says of these blocks, inclusive: for comparing. */
  logs(fromBlock: number, toBlock: number): Promise<readonly LogLike[]>
  close(): Promise<void>
}

/** So many blocks of the past are shown from the start. */
const HISTORY = 40
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

const toHex = (block: number): `0x${string}` => `0x${block.toString(16)}`
const headOf = async (client: Client) => Number(await client.request({ method: 'eth_blockNumber' }))

/** @throws ConfigurationError, at once, for an endpoint that cannot be one */
export function openSession({ endpoint, token, options }: Choice, listener: Listener): Session {
  const client = createClient(endpoint, options)
  let stream: Stream<Transfer> | undefined
  /** Settles when it is known what was missed. */
  let measured: Promise<void> | undefined

  client.on('state', ({ to }) => {
    listener.state(to)
    const last = stream?.progress.block
    if (to.status === 'open' && last !== undefined) measured = measureGap(last)
  })
  const measureGap = (last: number) =>
    headOf(client).then(
      head => {
        if (head > last) listener.gap(last + 1, head)
      },
      // Not known, then: it is filled all the same, and merely not shown as a gap.
      () => undefined,
    )

  const follow = async () => {
    // Waits for as long as it takes; rejects only where waiting cannot help.
    await client.connect()
    listener.metadata(await client.erc20(token).metadata())
    const head = await headOf(client)
    stream = client.transfers({ token, fromBlock: Math.max(0, head - HISTORY) })
    for await (const page of stream.pages()) {
      await measured
      listener.page(page)
    }
  }
  const fail = (error: unknown) => {
    const cause = error instanceof ClientClosedError ? error.cause : error
    if (cause !== undefined) listener.failed(cause)
  }
  const following = follow().catch(fail)

  return {
    logs: async (fromBlock, toBlock) => {
      const filter = {
        address: token,
        topics: [TRANSFER] as const,
        fromBlock: toHex(fromBlock),
        toBlock: toHex(toBlock),
      }
      const logs = await client.request({ method: 'eth_getLogs', params: [filter] })
      return Array.isArray(logs) ? logs : []
    },
    close: async () => {
      await client.close()
      await following
    },
  }
}
