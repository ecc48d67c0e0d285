import { describe, expect, test } from 'vitest'
import { Secrets } from '../src/secrets.ts'

function knowing(url: string, ...more: string[]): Secrets {
  const secrets = new Secrets()
  secrets.learnUrl(new URL(url))
  secrets.learn(...more)
  return secrets
}

describe('a text', () => {
  test.each([
    ['a key in the path', 'wss://h/v3/abc123def456', 'invalid key abc123def456', 'invalid key …'],
    ['the whole path', 'wss://h/v3/abc123def456', 'GET /v3/abc123def456 failed', 'GET … failed'],
    ['a value in the query', 'wss://h/?apikey=q1w2e3r4', 'no such key: q1w2e3r4.', 'no such key: ….'],
    ['a percent-encoded key', 'wss://h/a%20b%2Fc%20dd', 'key "a b/c dd" unknown', 'key "…" unknown'],
    ['userinfo', 'wss://bob:hunter22@h/', 'bob:hunter22 is wrong', '… is wrong'],
    ['Basic credentials', 'wss://bob:hunter22@h/', `Basic ${btoa('bob:hunter22')}`, 'Basic …'],
    ['a short key, where it stands alone', 'wss://h/k3y', 'key k3y in k3yboard', 'key … in k3yboard'],
    ['a key in lower case', 'wss://h/ABCdef123', 'abcdef123?', '…?'],
    ['a name in the query', 'wss://h/?q1w2e3r4t5&x', 'no such key: q1w2e3r4t5', 'no such key: …'],
    ['a key beside a parameter', 'wss://h/ws;key=q1w2e3r4t5', 'who is q1w2e3r4t5', 'who is …'],
    ['a key in upper case', 'wss://h/abcdef123', 'ABCDEF123?', '…?'],
    ['a key in base64', 'wss://h/q1w2e3r4t5', `token ${btoa('q1w2e3r4t5')}`, 'token …=='],
    ['a key with escaped slashes', 'wss://h/?k=a1b2/c3d4e5', '"a1b2\\/c3d4e5"', '"…"'],
    ['a URL that nobody taught us', 'wss://h/', 'see https://u:p@x.y/z?k=1 now', 'see https://…x.y/z?… now'],
  ])('loses %s', (_, url, text, expected) => {
    expect(knowing(url).scrub(text)).toBe(expected)
  })

  test('keeps words that are no secret', () => {
    const secrets = knowing('wss://mainnet.example/api/v3/ws')

    expect(secrets.scrub('the mainnet api at v3 speaks websocket')).toBe(
      'the mainnet api at v3 speaks websocket',
    )
  })

  test('loses tokens and headers', () => {
    expect(knowing('wss://h', 'tok.en+/=', 'X-Val$^').scrub('a tok.en+/= and X-Val$^')).toBe('a … and …')
  })
})

describe('a text that was cut', () => {
  test('loses the beginning of a secret at its end, and no word', () => {
    const secrets = knowing('wss://h/q1w2e3r4t5z6')

    expect(secrets.scrubCut('bad key q1w2e3r')).toBe('bad key …')
    expect(secrets.scrubCut('bad key q1w2')).toBe('bad key q1w2')
  })
})

test.each([
  ['many schemes', 'a://'.repeat(100_000)],
  ['many userinfos', '//u'.repeat(100_000)],
  ['one long query', `a://b?${'?'.repeat(300_000)}`],
])('%s do not hold anybody up', (_, text) => {
  const startedAt = performance.now()

  knowing('wss://h/q1w2e3r4t5z6').scrub(text)

  expect(performance.now() - startedAt).toBeLessThan(500)
})

describe('a value', () => {
  test('that is a circle, or throws when it is read, is shown as far as it goes', () => {
    const secrets = knowing('wss://h/s3cr3tkey')
    const circle: Record<string, unknown> = { key: 's3cr3tkey' }
    Object.assign(circle, { self: circle, list: [circle, circle] })
    const throwing = {
      get key() {
        throw new Error('no')
      },
    }

    expect(secrets.scrubValue(circle)).toEqual({ key: '…', self: '…', list: ['…', '…'] })
    expect(secrets.scrubValue({ throwing })).toEqual({ throwing: {} })
  })

  test('is copied deeply, keys too', () => {
    const secrets = knowing('wss://h/s3cr3tkey')

    expect(secrets.scrubValue({ s3cr3tkey: [{ a: 'x s3cr3tkey', n: 1, b: null }] })).toEqual({
      '…': [{ a: 'x …', n: 1, b: null }],
    })
  })

  test('an error keeps its codes, loses its secrets, and so do its causes', () => {
    const secrets = knowing('wss://h/s3cr3tkey')
    const inner = Object.assign(new TypeError('at s3cr3tkey'), { input: 'wss://h/s3cr3tkey' })
    const outer = Object.assign(new Error('no s3cr3tkey', { cause: inner }), {
      code: 'ECONNRESET',
      errno: -104,
    })

    const copy = secrets.scrubValue(outer) as Error & { code: string; cause: Error & { input: string } }

    expect(copy).toMatchObject({ message: 'no …', code: 'ECONNRESET', errno: -104 })
    expect(copy.cause).toMatchObject({ name: 'TypeError', message: 'at …', input: 'wss://h…' })
    expect(`${copy.stack}${copy.cause.stack}`).not.toContain('s3cr3tkey')
  })

  test('bytes are hidden: a certificate or a key is not for a log', () => {
    expect(new Secrets().scrubValue({ raw: new Uint8Array(8) })).toEqual({ raw: '…' })
  })

  test('nesting without end does not overflow', () => {
    let deep: unknown = 'x'
    for (let i = 0; i < 100_000; i++) deep = [deep]

    expect(() => new Secrets().scrubValue(deep)).not.toThrow()
  })
})

test('tokens that are renewed for ever do not fill memory, and the newest are known', () => {
  const secrets = new Secrets()
  for (let i = 0; i < 5_000; i++) secrets.learn(`token-number-${i}`)

  expect(secrets.scrub('token-number-4999')).toBe('…')
  expect(secrets.scrub('token-number-1')).toBe('token-number-1')
})
