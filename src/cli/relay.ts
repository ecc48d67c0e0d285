/** `holdfast relay`: transfers into a NATS JetStream stream; run as many as you like. */

import { parseArgs } from 'node:util'
import { createClient } from '../create-client.ts'
import type { TransferFilter } from '../eth/filter.ts'
import type { Address } from '../eth/hex.ts'
import type { Relay, RelayState } from '../jetstream/index.ts'
import type { Command } from './command.ts'
import { DIAL_FLAGS, DIAL_HELP, dialOptions, seconds, wholeNumber } from './dial-flags.ts'
import { EXIT, UsageError } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

const FLAGS = {
  ...DIAL_FLAGS,
  nats: { type: 'string' },
  'nats-creds': { type: 'string' },
  stream: { type: 'string' },
  subject: { type: 'string' },
  token: { type: 'string', multiple: true },
  account: { type: 'string', multiple: true },
  'from-block': { type: 'string' },
  'to-block': { type: 'string' },
  confirmations: { type: 'string' },
  create: { type: 'boolean' },
  'no-standby': { type: 'boolean' },
} as const

type Flags = ReturnType<typeof parse>['values']

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true })
}

export const relay: Command = {
  summary: 'transfers into a NATS JetStream stream',
  help: `holdfast relay <url> --nats <url> --stream <name> [options]

Writes every ERC-20 transfer as one message of the stream, once and in order. Start it
several times: one writes, the others stand by and take over. A stream that holds messages
says itself where to go on; --from-block is for an empty one.

  --nats url          the NATS server; user:password@ and token@ are taken from it
  --nats-creds file   a NATS credentials file
  --stream name       the stream; it must exist, unless
  --create            it is made where it is missing: file storage, no limits
  --subject text      subjects are <text>.<chain id>.<token> (transfers)
  --token address     only this token; may be repeated
  --account address   only from or to this account; may be repeated
  --from-block n      where an empty stream begins (the next block)
  --to-block n        stop there
  --confirmations n   how deep a block must be; or safe, or finalized (1)
  --no-standby        end where another relay writes
${DIAL_HELP.slice(1)}

Exit code: 0 stopped (Ctrl-C) or done, 1 something must be changed, 2 usage, 3 waiting may help.`,

  run: async (args, terminal) => {
    const { values, positionals } = parse(args)
    const [url, ...more] = positionals
    if (url === undefined || more.length > 0) throw new UsageError('expected exactly one URL')
    const { nats, stream, subject = 'transfers' } = values
    if (nats === undefined || stream === undefined) throw new UsageError('--nats and --stream are required')
    const filter = filterOf(values)
    const timeout = seconds('timeout', values.timeout)
    const chainId = wholeNumber('chain-id', values['chain-id'])
    const client = createClient(url, {
      ...dialOptions(values),
      ...(timeout !== undefined && { handshakeTimeout: timeout }),
      ...(chainId !== undefined && { chainId }),
    })
    const loaded = await load()
    if (loaded === undefined) {
      terminal.note(
        'holdfast relay needs the client of NATS: npm install @nats-io/jetstream @nats-io/transport-node',
      )
      return EXIT.change
    }
    const connection = await connectTo(loaded, nats, values['nats-creds'])
    try {
      if (values.create) await createStream(loaded, connection, stream, subject)
      const standby = !values['no-standby']
      const running = loaded.relay(client, filter, { connection, stream, subject, standby })
      await watch(running, terminal)
      return EXIT.ok
    } finally {
      await client.close()
      await connection.close()
    }
  },
}

/** Loaded when it is needed: it is an optional peer. Undefined where it is not installed. */
async function load() {
  try {
    const { connect, credsAuthenticator } = await import('@nats-io/transport-node')
    const { jetstreamManager } = await import('@nats-io/jetstream')
    const { relay } = await import('../jetstream/index.ts')
    return { connect, credsAuthenticator, jetstreamManager, relay }
  } catch (error) {
    if (/MODULE_NOT_FOUND/.test(String(Reflect.get(Object(error), 'code')))) return undefined
    throw error
  }
}

type Loaded = NonNullable<Awaited<ReturnType<typeof load>>>
type Connection = Awaited<ReturnType<Loaded['connect']>>

async function connectTo(
  { connect, credsAuthenticator }: Loaded,
  nats: string,
  creds: string | undefined,
): Promise<Connection> {
  // The text is not repeated in an error: it may hold a password.
  if (!/^(nats|tls):\/\//.test(nats) || !URL.canParse(nats))
    throw new UsageError('--nats: expected nats://host:port or tls://host:port')
  const { hostname, port, username, password, protocol } = new URL(nats)
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)]
  const { readFileSync } = await import('node:fs')
  try {
    return await connect({
      servers: `${hostname}:${port || '4222'}`,
      name: 'holdfast relay',
      maxReconnectAttempts: -1,
      reconnectTimeWait: 500,
      ...(protocol === 'tls:' && { tls: {} }),
      ...(pass !== '' && { user, pass }),
      ...(pass === '' && user !== '' && { token: user }),
      ...(creds !== undefined && { authenticator: credsAuthenticator(readFileSync(creds)) }),
    })
  } catch (error) {
    throw new UsageError(
      `--nats: ${hostname} cannot be reached: ${error instanceof Error ? error.message : error}`,
    )
  }
}

async function createStream(
  { jetstreamManager }: Loaded,
  connection: Connection,
  name: string,
  subject: string,
) {
  const { streams } = await jetstreamManager(connection)
  const isMissing = await streams.info(name).then(
    () => false,
    error => Reflect.get(Object(error), 'code') === STREAM_NOT_FOUND,
  )
  // The window costs the server memory, and the relay does not build on it.
  if (isMissing) await streams.add({ name, subjects: [`${subject}.>`], duplicate_window: 10e9 })
}

/** The API's own code (nats-server, server/errors.json). */
const STREAM_NOT_FOUND = 10059

/** Tells what happens, until the end or Ctrl-C. */
async function watch(running: Relay, { note }: Terminal): Promise<void> {
  running.on('state', ({ to }) => note(describe(to)))
  const stop = () => void running.close()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    await running.done
    note(`${running.stats.published} messages written.`)
  } finally {
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop)
  }
}

function describe(state: RelayState): string {
  const { status } = state
  if (status === 'leading') return 'leading: writes to the stream'
  if (status === 'following') return `following${state.leader === undefined ? '' : `: ${state.leader} leads`}`
  if (status === 'waiting') return `waiting: ${state.error.message}`
  return status
}

function filterOf(values: Flags): TransferFilter {
  const fromBlock = wholeNumber('from-block', values['from-block'])
  const toBlock = wholeNumber('to-block', values['to-block'])
  const { confirmations, token, account } = values
  return {
    ...(token !== undefined && { token: token as Address[] }),
    ...(account !== undefined && { account: account as Address[] }),
    ...(fromBlock !== undefined && { fromBlock }),
    ...(toBlock !== undefined && { toBlock }),
    ...(confirmations !== undefined && { confirmations: depth(confirmations) }),
  }
}

function depth(text: string): number | 'safe' | 'finalized' {
  if (text === 'safe' || text === 'finalized') return text
  return wholeNumber('confirmations', text) ?? 1
}
