/** A WebSocket that is open: it carries text frames, and it dies once. */

/** What the handshake agreed on. */
export interface Negotiated {
  /** The subprotocol the server chose. */
  readonly protocol?: string
  /** Whether frames are compressed (permessage-deflate). */
  readonly compression: boolean
  /** Node only, for wss://. */
  readonly tls?: {
    /** `TLSv1.2` or `TLSv1.3`. */
    readonly version: string
    /** OpenSSL's name of the cipher suite. */
    readonly cipher: string
    /** Whether a client certificate was at hand. */
    readonly clientCertificate: boolean
    /** The certificate of the server. */
    readonly server: {
      /** Whose it is: `CN=node.example`. */
      readonly subject: string
      /** Who signed it. */
      readonly issuer: string
      /** ISO 8601. */
      readonly validTo: string
      /** SHA-256 over the whole certificate, colon-separated hex. */
      readonly fingerprint256: string
    }
  }
}

/** How a socket ended. */
export interface Closure {
  /** The close code (RFC 6455, section 7.4); 1006 where the line fell without a close frame. */
  readonly code: number
  readonly reason: string
  /** What the platform said went wrong, if it did. */
  readonly error?: Error
}

export interface SocketListener {
  text(frame: string): void
  /** JSON-RPC knows no binary frames; only their size is told. */
  binary(bytes: number): void
  /** Called exactly once, last. */
  closed(closure: Closure): void
}

export interface Socket {
  readonly negotiated: Negotiated
  /** Bytes handed over that the network has not taken yet. */
  readonly buffered: number
  /** Bytes that came in so far, of unfinished frames too, not of pings; `undefined` where the platform does not tell. */
  readonly received: number | undefined
  /** Frames sent in one tick leave in one write, or with `flush`. */
  send(frame: string): void
  /** What was sent leaves now: whoever works on meanwhile may not let the tick end for long. */
  flush(): void
  /** Starts the closing handshake; `closed` follows. */
  close(code: number, reason: string): void
  /** Ends the socket now; `closed` follows at once where it has not yet been told. */
  terminate(): void
  /** Whatever happened before is told first. Called once. */
  listen(listener: SocketListener): void
}

/** Keeps what happens on a socket until somebody listens, and tells its end once. */
export class SocketEvents implements SocketListener {
  #listener: SocketListener | undefined
  #kept: ((listener: SocketListener) => void)[] = []
  #over = false

  text(frame: string): void {
    if (this.#over) return
    if (this.#listener !== undefined) this.#listener.text(frame)
    else this.#kept.push(listener => listener.text(frame))
  }

  binary(bytes: number): void {
    if (!this.#over) this.#tell(listener => listener.binary(bytes))
  }

  closed(closure: Closure): void {
    if (this.#over) return
    // First: whoever is told may well end the socket once more.
    this.#over = true
    this.#tell(listener => listener.closed(closure))
  }

  listen(listener: SocketListener): void {
    this.#listener = listener
    for (const tell of this.#kept.splice(0)) tell(listener)
  }

  #tell(event: (listener: SocketListener) => void): void {
    if (this.#listener !== undefined) event(this.#listener)
    else this.#kept.push(event)
  }
}
