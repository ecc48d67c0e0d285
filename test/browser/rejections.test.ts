/** What a page can know of a rejected handshake, in real browsers. */

import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as Doctor from '../../src/doctor/index.ts'
import type * as Holdfast from '../../src/index.ts'
import { issue } from '../support/certificates.ts'
import { httpReply, nodePeer, rawPeer, replyPeer, switchingProtocols } from '../support/peers.ts'
import { closeAfterEach } from '../support/use.ts'
import { type BrowserName, type PageHost, startBrowser } from './browsers.ts'

declare const holdfast: typeof Holdfast & typeof Doctor

const KEY = 'sEcReT-pRoJeCt-KeY'
const BUDGET = 2_500

interface Outcome {
  readonly error: Record<string, unknown> | undefined
  readonly text: string
  /** Milliseconds after a timer of the same length as the budget; negative where it ended before. */
  readonly late: number
  readonly uncaught: readonly string[]
}

/** Dials from inside the page. */
function dial(page: Page, url: string, options: object = {}): Promise<Outcome> {
  return page.evaluate(
    async (url, options, budget) => {
      const uncaught: string[] = []
      addEventListener('error', ({ message }) => uncaught.push(message))
      addEventListener('unhandledrejection', ({ reason }) => uncaught.push(String(reason)))
      const client = holdfast.createClient(url, { reconnect: false, handshakeTimeout: budget, ...options })
      let due = Number.POSITIVE_INFINITY
      const timer = setTimeout(() => {
        due = performance.now()
      }, budget)
      const error = await client.connect().then(
        () => undefined,
        (reason: Holdfast.HandshakeError) => reason,
      )
      const late = performance.now() - due
      clearTimeout(timer)
      await client.close()
      const text =
        error === undefined ? '' : [error.message, error.hint, error.stack, String(error.cause)].join('\n')
      return {
        error: error && JSON.parse(JSON.stringify(error)),
        text,
        late: Math.max(late, -budget),
        uncaught,
      }
    },
    url,
    options,
    BUDGET,
  )
}

const use = closeAfterEach()

const CORS = { 'Access-Control-Allow-Origin': '*' }
const ws = (port: number) => `ws://127.0.0.1:${port}/v3/${KEY}`
const wss = (port: number) => `wss://127.0.0.1:${port}/v3/${KEY}`

describe.each(['chrome', 'firefox'] as const satisfies readonly BrowserName[])('in %s', name => {
  let host: PageHost
  let page: Page
  beforeAll(async () => {
    host = await startBrowser(name)
    page = await host.open()
  }, 120_000)
  afterAll(async () => {
    await host.close()
  })

  async function rejected(
    url: string,
    expected: object,
    from = page,
    options = {},
  ): Promise<Record<string, unknown>> {
    const { error, text, late, uncaught } = await dial(from, url, options)
    expect(error).toMatchObject(expected)
    expect(`${text}${JSON.stringify(error)}`).not.toContain(KEY)
    expect(late).toBeLessThan(250)
    expect(uncaught).toEqual([])
    expect(error?.['hint']).toMatch(/^[A-Z].*[.”]$/s)
    return error as Record<string, unknown>
  }

  test('a good peer opens', async () => {
    const peer = await use(nodePeer())

    const { error, uncaught } = await dial(page, ws(peer.port))

    expect(error ?? 'none').toBe('none')
    expect(uncaught).toEqual([])
  })

  test('nothing listens', async () => {
    const peer = await use(rawPeer(() => undefined))
    await peer.close()

    const { candidates } = await rejected(ws(peer.port), {
      name: 'OpaqueHandshakeError',
      retryable: true,
      phase: 'tcp',
    })

    expect((candidates as string[])[0]).toBe('ConnectionRefusedError')
  })

  test('a certificate that is not trusted: the hint offers the link that names the fault', async () => {
    const { cert, key } = await issue()
    const peer = await use(replyPeer(request => switchingProtocols(request), { cert, key }))

    const { candidates, hint } = await rejected(wss(peer.port), { name: 'OpaqueHandshakeError' })

    expect(candidates).toContain('SelfSignedCertificateError')
    expect(candidates).not.toContain('ForbiddenError')
    expect(hint).toContain(`https://127.0.0.1:${peer.port}/`)
  })

  test('a refusal that the server lets nobody read: it is there, and it refuses', async () => {
    const peer = await use(replyPeer(httpReply('403 Forbidden')))

    const { candidates } = await rejected(ws(peer.port), { name: 'OpaqueHandshakeError' })

    expect(candidates).toContain('ForbiddenError')
    expect(candidates).not.toContain('ConnectionRefusedError')
  })

  test.each([
    ['401 Unauthorized', 'UnauthorizedError', false],
    ['403 Forbidden', 'ForbiddenError', false],
    ['502 Bad Gateway', 'BadGatewayError', true],
  ])('%s that may be read by CORS gives its own class', async (status, name, retryable) => {
    const peer = await use(replyPeer(httpReply(status, `no, ${KEY}`, CORS)))

    await rejected(ws(peer.port), { name, retryable, status: Number(status.slice(0, 3)), body: 'no, …' })
  })

  test('429 that may be read gives Retry-After, where that is exposed', async () => {
    const headers = { ...CORS, 'Retry-After': '7', 'Access-Control-Expose-Headers': 'Retry-After' }
    const peer = await use(replyPeer(httpReply('429 Too Many Requests', '', headers)))

    await rejected(ws(peer.port), { name: 'TooManyRequestsError', retryAfter: 7_000 })
  })

  test('a status that healthy endpoints give to a plain request says nothing', async () => {
    const peer = await use(replyPeer(httpReply('426 Upgrade Required', '', CORS)))

    await rejected(ws(peer.port), { name: 'OpaqueHandshakeError' })
  })

  test('silence has the three time-outs as candidates', async () => {
    const peer = await use(rawPeer(socket => socket.resume()))

    const { candidates } = await rejected(ws(peer.port), { name: 'OpaqueHandshakeError' })

    expect(candidates).toEqual(['ConnectTimeoutError', 'TlsHandshakeTimeoutError', 'UpgradeTimeoutError'])
  })

  test('a Content-Security-Policy is named with its directive', async () => {
    const peer = await use(nodePeer())
    const guarded = await host.open('/csp')

    await rejected(
      ws(peer.port),
      { name: 'ContentSecurityPolicyError', retryable: false, directive: 'connect-src' },
      guarded,
    )
  })

  test('after 101 everything is seen: close codes, errors, the wrong chain', async () => {
    const closing = await use(nodePeer((_, socket) => socket.close(1008, `key ${KEY}`), { silent: true }))
    const chain = await use(nodePeer())

    await rejected(ws(closing.port), { name: 'PolicyViolationError', closeCode: 1008, reason: 'key …' })
    await rejected(ws(chain.port), { name: 'WrongChainError', expected: 5, actual: 1 }, page, { chainId: 5 })
  })

  test('what only Node can choose is refused at the door', async () => {
    const message = await page.evaluate(() => {
      try {
        holdfast.createClient('wss://node.example', { bearer: 'token' })
        return ''
      } catch (error) {
        return String(error)
      }
    })

    expect(message).toContain('options.bearer: works in Node only')
  })

  test('the doctor says what a page can know', async () => {
    const node = await use(nodePeer(({ method }) => (method === 'eth_chainId' ? '0x1' : 'odd')))
    const refusing = await use(replyPeer(httpReply('403 Forbidden', `no, ${KEY}`, CORS)))
    const diagnose = (url: string) =>
      page.evaluate(
        async url => JSON.parse(JSON.stringify(await holdfast.diagnose(url, { timeout: 2_000 }))),
        url,
      )

    const [opened, refused] = [await diagnose(ws(node.port)), await diagnose(ws(refusing.port))]

    expect(opened.steps.map(({ name, outcome }: Doctor.Step) => `${name} ${outcome}`)).toEqual([
      'name skipped',
      'tcp skipped',
      'tls skipped',
      'upgrade ok',
      'rpc failed',
      'logs skipped',
      'liveness ok',
    ])
    expect(refused).toMatchObject({
      healthy: false,
      finding: { name: 'ForbiddenError', remedy: 'configure' },
    })
    expect(JSON.stringify([opened, refused])).not.toContain(KEY)
  })

  if (name === 'chrome') {
    test('a page loaded by https may not open ws://', async () => {
      const secure = await host.open('/', 'https')

      await rejected(
        'ws://node.example/',
        { name: 'MixedContentError', retryable: false, remedy: 'configure' },
        secure,
      )
    })

    test('an offline browser is said to be so', async () => {
      const offline = await host.open()
      await offline.setOfflineMode(true)

      await rejected('wss://node.example/', { name: 'OfflineError', retryable: true }, offline)
    })
  }

  test('TLS that never ends is silence too', async () => {
    const stuck = await use(rawPeer(socket => socket.resume()))

    const { candidates } = await rejected(wss(stuck.port), { name: 'OpaqueHandshakeError' })

    expect(candidates).toContain('TlsHandshakeTimeoutError')
  })
})
