/** Name, route and port. */

import { deafPeer } from '../../support/deaf-peer.ts'
import { rawPeer } from '../../support/peers.ts'
import { KEY, type Scenario, url } from './scenario.ts'

type Found = readonly { readonly address: string; readonly family: number }[]

/** A look-up that fails like the platform's. */
const failing = (code: string) => ({
  url: `wss://host.test/${KEY}`,
  lookup: ((name: string, _: object, done: (error: Error) => void) =>
    process.nextTick(
      done,
      Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code, syscall: 'getaddrinfo' }),
    )) as never,
})

/** A look-up that finds these addresses. */
const finding = (port: number, ...addresses: readonly string[]) => ({
  url: `ws://host.test:${port}/${KEY}`,
  lookup: ((
    _: string,
    { all }: { all?: boolean },
    done: (error: null, found: Found | string, family?: number) => void,
  ) => {
    const found = addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
    if (all) process.nextTick(done, null, found)
    else process.nextTick(done, null, found[0]?.address ?? '', found[0]?.family)
  }) as never,
})

const dns = (code: string, name: string, retryable: boolean): Scenario => ({
  title: `the look-up fails with ${code}`,
  set: async () => ({
    endpoint: failing(code),
    expected: { name, retryable, phase: 'dns', cause: { code } },
    says: ['host.test'],
  }),
})

export const networkScenarios: readonly Scenario[] = [
  dns('ENOTFOUND', 'DnsNotFoundError', false),
  dns('ENODATA', 'DnsNotFoundError', false),
  dns('EAI_AGAIN', 'DnsTemporaryError', true),
  dns('ESERVFAIL', 'DnsTemporaryError', true),
  {
    title: 'the name server refuses',
    set: async () => ({
      endpoint: {
        url: `wss://host.test/${KEY}`,
        lookup: ((name: string, _: object, done: (error: Error) => void) =>
          done(
            Object.assign(new Error(`queryA ECONNREFUSED ${name}`), {
              code: 'ECONNREFUSED',
              syscall: 'queryA',
            }),
          )) as never,
      },
      expected: { name: 'DnsTemporaryError', retryable: true, phase: 'dns' },
    }),
  },
  {
    title: 'a look-up gives nothing, and no error either',
    set: async () => ({
      endpoint: {
        url: `wss://host.test/${KEY}`,
        lookup: ((_: string, __: object, done: (error: null, found: readonly never[]) => void) =>
          done(null, [])) as never,
      },
      expected: { name: 'DnsNotFoundError', retryable: false, phase: 'dns' },
    }),
  },
  {
    title: 'the name server never answers',
    set: async () => ({
      endpoint: { url: `wss://host.test/${KEY}`, lookup: () => undefined },
      expected: { name: 'ConnectTimeoutError', retryable: true, phase: 'dns' },
      says: ['name server'],
    }),
  },
  {
    title: 'nothing listens',
    set: async use => {
      const peer = await use(rawPeer(() => undefined))
      await peer.close()
      return {
        endpoint: url(peer.port),
        expected: {
          name: 'ConnectionRefusedError',
          code: 'CONNECTION_REFUSED',
          category: 'network',
          retryable: true,
          phase: 'tcp',
          endpoint: `ws://127.0.0.1:${peer.port}`,
          cause: { code: 'ECONNREFUSED' },
        },
        says: [`port ${peer.port}`],
      }
    },
  },
  {
    title: 'nothing listens, by TLS',
    set: async use => {
      const peer = await use(rawPeer(() => undefined))
      await peer.close()
      return {
        endpoint: url(peer.port, 'wss'),
        expected: { name: 'ConnectionRefusedError', retryable: true, phase: 'tcp' },
      }
    },
  },
  {
    title: 'nothing listens on any of several addresses',
    set: async use => {
      const peer = await use(rawPeer(() => undefined))
      await peer.close()
      return {
        endpoint: finding(peer.port, '127.0.0.1', '127.0.0.2'),
        expected: { name: 'ConnectionRefusedError', retryable: true },
      }
    },
  },
  {
    title: 'TCP never opens',
    set: async use => ({
      endpoint: url((await use(deafPeer())).port),
      expected: { name: 'ConnectTimeoutError', retryable: true, phase: 'tcp' },
      says: ['TCP'],
    }),
  },
  {
    title: 'the connection is reset before any reply',
    set: async use => ({
      endpoint: url((await use(rawPeer(socket => socket.once('data', () => socket.resetAndDestroy())))).port),
      expected: { name: 'ConnectionResetError', retryable: true, phase: 'http' },
    }),
  },
  {
    title: 'the connection is closed before any reply',
    set: async use => ({
      endpoint: url((await use(rawPeer(socket => socket.once('data', () => socket.end())))).port),
      expected: { name: 'ConnectionResetError', retryable: true, phase: 'http' },
    }),
  },
  {
    title: 'the connection is closed in the middle of the headers',
    set: async use => ({
      endpoint: url(
        (await use(rawPeer(socket => socket.once('data', () => socket.end('HTTP/1.1 101 Sw'))))).port,
      ),
      expected: { name: 'ConnectionResetError', retryable: true },
    }),
  },
  {
    title: 'an error that has no row is not guessed at',
    set: async () => ({
      endpoint: failing('EMFILE'),
      expected: { name: 'UnclassifiedHandshakeError', retryable: true, cause: { code: 'EMFILE' } },
    }),
  },
]
