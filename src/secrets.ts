/**
 * What must never be shown: keys in paths, queries, userinfo, headers and tokens.
 *
 * One `Secrets` belongs to one client. Every dial teaches it what it is about to send; every text that a peer or the
 * platform hands us passes `scrub` before it enters an error, a notice or a state.
 */

import { isHoldfastError } from './errors.ts'

const HIDDEN = '…'
/** Data nested deeper than this is hidden rather than searched. */
const DEEPEST = 100
/** A service that renews its token every minute must not make us remember all of them. */
const REMEMBERED = 256
/** Path segments that are no secret anywhere; hiding them would only make texts unreadable. */
const GENERIC =
  /^(v?\d{0,2}|api|eth|ethereum|https?|json-?rpc|main(net)?|node|public|rpc|sepolia|socket|web3|websocket)$/i

export class Secrets {
  readonly #known = new Set<string>()
  #pattern = /(?!)/g

  /** Learn what is secret in a URL: everything but scheme, host and port. */
  learnUrl({ username, password, pathname, search, searchParams }: URL): void {
    const segments = pathname.split('/').filter(segment => !GENERIC.test(segment))
    this.learn(pathname, search.slice(1), username, password, ...segments, ...searchParams.values())
    const login = `${decode(username)}:${decode(password)}`
    if (username !== '') this.learn(login, btoa(encodeURIComponent(login).replace(/%(..)/g, toByte)))
  }

  /** Learn secret texts, in every spelling in which a server may echo them. */
  learn(...secrets: readonly string[]): void {
    const before = this.#known.size
    for (const secret of secrets.filter(({ length }) => length > 2)) {
      for (const each of [
        secret,
        decode(secret),
        encodeURIComponent(secret),
        JSON.stringify(secret).slice(1, -1),
      ]) {
        this.#known.add(each)
        if (each.length >= 8) this.#known.add(each.toLowerCase())
      }
    }
    if (this.#known.size === before) return
    for (const oldest of [...this.#known].slice(0, -REMEMBERED)) this.#known.delete(oldest)
    this.#pattern = patternOf(this.#known)
  }

  /** The text with every known secret, and the userinfo and query of every URL in it, replaced by `…`. */
  scrub(text: string): string {
    const known = text.replace(this.#pattern, HIDDEN)
    return known
      .replace(/(\/\/)[^\s/@"']+@/g, `$1${HIDDEN}`)
      .replace(/(\w:\/\/[^\s?"']*\?)[^\s"']+/g, `$1${HIDDEN}`)
  }

  /** A copy of any value as it may be shown: texts scrubbed, errors copied with their codes and causes. */
  scrubValue(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.scrub(value)
    if (typeof value !== 'object' || value === null || isHoldfastError(value)) return value
    if (depth > DEEPEST || ArrayBuffer.isView(value)) return HIDDEN
    if (Array.isArray(value)) return value.map(item => this.scrubValue(item, depth + 1))
    const copy = Object.entries(value).map(([key, item]) => [
      this.scrub(key),
      this.scrubValue(item, depth + 1),
    ])
    if (!(value instanceof Error)) return Object.fromEntries(copy)
    const { name, message, stack, cause } = value
    const shown = this.scrubValue({ name, message, stack, ...(cause !== undefined && { cause }) }, depth + 1)
    return Object.assign(new Error(), Object.fromEntries(copy), shown)
  }
}

function patternOf(secrets: Iterable<string>): RegExp {
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
  const alternatives = longestFirst.map(secret => {
    const literal = secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
    return secret.length < 8 ? `(?<!\\w)${literal}(?!\\w)` : literal
  })
  return new RegExp(alternatives.join('|'), 'g')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function toByte(_: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}
