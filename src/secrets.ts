/**
 * What must never be shown: keys in paths, queries, userinfo, headers and tokens.
 *
 * One `Secrets` belongs to one client. Every dial teaches it what it is about to send; every text that a peer or the
 * platform hands us passes `scrub` before it enters an error, a notice or a state.
 */

import { isHoldfastError } from './errors.ts'

const HIDDEN = '…'
/** What is nested deeper, or comes after so many parts, is hidden rather than searched. */
const DEEPEST = 100
const MOST_PARTS = 10_000
/** Characters; what is shorter is a word as often as a secret. */
const LEAST_PIECE = 8
/** A text that was cut may end in the beginning of a secret; shorter beginnings tell nothing. */
const LEAST_BEGINNING = 6
/** A service that renews its token every minute must not make us remember all of them. */
const REMEMBERED = 256
/** Path segments that are no secret anywhere; hiding them would only make texts unreadable. */
const GENERIC =
  /^(v?\d{0,2}|api|eth|ethereum|https?|json-?rpc|main(net)?|node|public|rpc|sepolia|socket|web3|websocket)$/i

export class Secrets {
  readonly #known = new Set<string>()
  #patterns: readonly RegExp[] = []

  /** Learn what is secret in a URL: everything but scheme, host and port. */
  learnUrl({ username, password, pathname, search, searchParams }: URL): void {
    const segments = pathname.split('/').filter(segment => !GENERIC.test(segment))
    this.learn(pathname, search.slice(1), username, password, ...segments, ...searchParams.values())
    this.learnPieces(pathname, search)
    if (username !== '') this.learn(`${decode(username)}:${decode(password)}`)
  }

  /** Learn secret texts, in every spelling in which a server may echo them. */
  learn(...secrets: readonly string[]): void {
    const before = this.#known.size
    for (const secret of secrets.filter(({ length }) => length > 2)) {
      const json = JSON.stringify(secret).slice(1, -1)
      const encoded = encodeURIComponent(secret)
      const base64 = btoa(encoded.replace(/%(..)/g, toByte)).replace(/=+$/, '')
      for (const each of [secret, decode(secret), encoded, json, json.replaceAll('/', '\\/'), base64])
        this.#known.add(each)
    }
    if (this.#known.size === before) return
    for (const oldest of [...this.#known].slice(0, -REMEMBERED)) this.#known.delete(oldest)
    this.#patterns = patternsOf(this.#known)
  }

  /** Learn the parts of a composite: a scheme and its token, cookies, a key with a file's ending. */
  learnPieces(...composites: readonly string[]): void {
    const pieces = composites.flatMap(each => each.split(/[\s/?&=;,.]+/))
    this.learn(...pieces.filter(({ length }) => length >= LEAST_PIECE))
  }

  /** The text with every known secret, and the userinfo and query of every URL in it, replaced by `…`. */
  scrub(text: string): string {
    const known = this.#patterns.reduce((rest, pattern) => rest.replace(pattern, HIDDEN), text)
    return known.replace(/\w:\/\/[^\s"']+/g, hideInUrl)
  }

  /** The same for a text that may have been cut: in the middle of a secret it ends in its beginning. */
  scrubCut(text: string): string {
    const known = this.scrub(text)
    for (const secret of this.#known) {
      for (let length = Math.min(secret.length - 1, known.length); length >= LEAST_BEGINNING; length--)
        if (known.endsWith(secret.slice(0, length))) return known.slice(0, -length) + HIDDEN
    }
    return known
  }

  /** A copy of any value as it may be shown: texts scrubbed, errors copied with their codes and causes. */
  scrubValue(value: unknown): unknown {
    return this.#copy(value, 0, { seen: new Set(), parts: 0 })
  }

  #copy(value: unknown, depth: number, walk: Walk): unknown {
    if (typeof value === 'string') return this.scrub(value)
    if (typeof value !== 'object' || value === null || isHoldfastError(value)) return value
    if (walk.seen.has(value) || depth > DEEPEST || ArrayBuffer.isView(value)) return HIDDEN
    walk.seen.add(value)
    const parts = partsOf(value)
    walk.parts += parts.length
    if (walk.parts > MOST_PARTS) return HIDDEN
    if (Array.isArray(value)) return value.map(item => this.#copy(item, depth + 1, walk))
    const copy = value instanceof Error ? new Error() : {}
    for (const [key, item] of parts)
      Object.defineProperty(copy, this.scrub(key), {
        value: this.#copy(item, depth + 1, walk),
        enumerable: Object.prototype.propertyIsEnumerable.call(value, key),
        configurable: true,
        writable: true,
      })
    return copy
  }
}

/** One copy under way. */
interface Walk {
  /** What has been copied: a circle, or what stands in many places, is shown once. */
  readonly seen: Set<object>
  parts: number
}

/** What can be read of a value; an error's own words are not enumerable. */
function partsOf(value: object): [string, unknown][] {
  try {
    if (!(value instanceof Error)) return Object.entries(value)
    const { name, message, stack, cause } = value
    return Object.entries(Object.assign({ name, message, stack }, cause !== undefined && { cause }, value))
  } catch {
    // A getter that throws.
    return []
  }
}

/** Of a URL that nobody taught us: userinfo and query. */
function hideInUrl(url: string): string {
  return url.replace(/\/\/[^/@]+@/, `//${HIDDEN}`).replace(/\?.+/, `?${HIDDEN}`)
}

/** A short one counts only where it stands alone, and as it was written. */
function patternsOf(secrets: Iterable<string>): readonly RegExp[] {
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
  const literal = (secret: string) => secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  const long = longestFirst.filter(({ length }) => length >= LEAST_PIECE).map(literal)
  const short = longestFirst.slice(long.length).map(each => `(?<!\\w)${literal(each)}(?!\\w)`)
  return [...anyOf(long, 'gi'), ...anyOf(short, 'g')]
}

function anyOf(alternatives: readonly string[], flags: string): readonly RegExp[] {
  return alternatives.length === 0 ? [] : [new RegExp(alternatives.join('|'), flags)]
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
