/** What `createClient` accepts: every option, its unit and its default. `settings.ts` checks them. */

import type { HoldfastError } from './errors.ts'

/** Anything with the `href` of a `URL`. */
export interface UrlLike {
  /** The whole URL as text. */
  readonly href: string
}

/** A value, or a function that is asked for it on every dial. */
export type PerDial<T> = T | (() => T | Promise<T>)

/** As Node names the versions of TLS. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** The TLS options of Node. Verification itself cannot be switched off. */
export interface TlsOptions {
  /** Trust anchors in PEM, *instead of* the built-in ones. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[]
  /** Client certificate chain in PEM; needs `key`. */
  readonly cert?: string | Uint8Array
  /** The private key of `cert` in PEM. */
  readonly key?: string | Uint8Array
  /** Decrypts `key` or `pfx`. */
  readonly passphrase?: string
  /** Client certificate and key as PKCS#12; instead of `cert` and `key`. */
  readonly pfx?: string | Uint8Array
  /** Certificate revocation lists in PEM, one entry per issuer. */
  readonly crl?: string | Uint8Array | readonly (string | Uint8Array)[]
  /** The name to ask and check the certificate for. @default the URL's host */
  readonly servername?: string
  /** @default Node's own */
  readonly minVersion?: TlsVersion
  /** @default Node's own */
  readonly maxVersion?: TlsVersion
  /** OpenSSL cipher list. */
  readonly ciphers?: string
  /** Base64 SHA-256 of the SPKI of acceptable server keys, checked on top of everything else. */
  readonly pins?: readonly string[]
}

/** What travels with a dial. In a browser only `protocols` exists. */
export interface DialOptions {
  /** Extra headers of the upgrade request. Node only; a function is asked again on every dial. */
  readonly headers?: PerDial<Readonly<Record<string, string>>>
  /** Sent as `Authorization: Bearer …`. Node only; a function is asked again on every dial. */
  readonly bearer?: PerDial<string>
  /** WebSocket subprotocols to offer (RFC 6455, section 1.9). */
  readonly protocols?: string | readonly string[]
  /** Node only. */
  readonly tls?: TlsOptions
  /** An `http.Agent`, for instance of `https-proxy-agent`. Node only. */
  readonly agent?: object
  /** A `net.LookupFunction`. Node only. */
  readonly lookup?: (...args: never[]) => void
}

/** One endpoint with what travels with its dials. */
export interface EndpointOptions extends DialOptions {
  /** `ws://` or `wss://`; a function is asked again on every dial. */
  readonly url: PerDial<string | UrlLike>
  /** How state, errors and stats call this endpoint. @default the origin */
  readonly name?: string
}

/** Where to dial: a URL, a function that is asked for one on every dial, or a URL with options. */
export type Endpoint =
  | string
  | UrlLike
  | (() => string | UrlLike | Promise<string | UrlLike>)
  | EndpointOptions

/** When to dial again. Times are in milliseconds; delays are drawn at random from 0 to their upper bound. */
export interface ReconnectOptions {
  /** Upper bound of the first delay. @default 250 */
  readonly minDelay?: number
  /** Upper bound of every delay. @default 10_000 */
  readonly maxDelay?: number
  /** By how much the upper bound grows from one attempt to the next. @default 1.5 */
  readonly factor?: number
  /** The longest `Retry-After` that is obeyed. @default 300_000 */
  readonly maxRetryAfter?: number
  /** How often in a row to try before giving up. @default Infinity */
  readonly attempts?: number
  /** How long a useful connection must have been open before the attempts are counted from 1 again. @default 5_000 */
  readonly stableAfter?: number
}

/** How a dead line is noticed. Times are in milliseconds. */
export interface HeartbeatOptions {
  /** After how long without any answer a probe is sent. @default 15_000 */
  readonly interval?: number
  /** How long the probe's answer may take before the line counts as dead. @default 5_000 */
  readonly timeout?: number
}

/** What is bounded, so that neither a peer nor a caller fills the memory. */
export interface Limits {
  /** Requests under way on the socket at once; more wait their turn. @default 200 */
  readonly inFlight?: number
  /** Requests waiting; more are refused with `QueueFullError`. @default 10_000 */
  readonly queued?: number
  /** The largest message accepted, in bytes (browsers cannot enforce it). @default 67_108_864 */
  readonly message?: number
  /** Items a subscription holds for a slow reader. @default 10_000 */
  readonly buffer?: number
}

/** The part of the WHATWG `WebSocket` constructor that holdfast uses. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike

/** The part of a WHATWG `WebSocket` that holdfast uses. */
export interface WebSocketLike {
  /** Set to `arraybuffer`. */
  binaryType: string
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number
  /** The subprotocol that the server chose. */
  readonly protocol: string
  /** Bytes handed over that the network has not taken yet. */
  readonly bufferedAmount: number
  /** Sends a text frame. */
  send(data: string): void
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void
  /** For `open`, `message`, `error` and `close`. */
  addEventListener(type: string, listener: (event: never) => void): void
  /** For the same. */
  removeEventListener(type: string, listener: (event: never) => void): void
}

/** What `createClient` takes, all of it optional. What travels with a dial may stand here for clients of one origin. */
export interface ClientOptions extends DialOptions {
  /** Offer permessage-deflate (RFC 7692). Browsers decide for themselves. @default false */
  readonly compression?: boolean
  /** The chain that every endpoint must serve. @default the first one seen */
  readonly chainId?: number
  /** Whether 'open' means that `eth_chainId` was answered; `false` for a peer that is no Ethereum node. @default true */
  readonly probe?: boolean
  /** One budget for credentials, DNS, TCP, TLS, HTTP, 101 and the first answer, in milliseconds. @default 10_000 */
  readonly handshakeTimeout?: number
  /** `false`: the first lost line or failed dial ends the client. @default on, as ReconnectOptions says */
  readonly reconnect?: false | ReconnectOptions
  /** `false`: a dead line is only noticed when the operating system does. @default on, as HeartbeatOptions says */
  readonly heartbeat?: false | HeartbeatOptions
  /** How long a request may take, reconnects included, in milliseconds. @default 30_000 */
  readonly timeout?: number
  /** How long a node may contradict itself, or lack what it has announced, before a stream fails. @default 60_000 */
  readonly stallTimeout?: number
  /** Let small reads of one tick share a JSON-RPC batch where the peer takes batches. @default false */
  readonly batch?:
    | boolean
    | {
        /** Calls in one batch at most. @default 100 */
        readonly size?: number
      }
  /** What is bounded. */
  readonly limits?: Limits
  /** A WebSocket implementation to use instead of the platform's; outside the TLS promises. */
  readonly webSocket?: WebSocketConstructor
  /** Overrules `error.retryable`; `false` takes the endpoint out of the rotation for good. */
  readonly shouldReconnect?: (
    error: HoldfastError,
    context: { readonly endpoint: string; readonly attempt: number; readonly everOpen: boolean },
  ) => boolean
}
