/** What a dial knows of itself while it is under way; every judgement starts from it. */

import type { Secrets } from '../secrets.ts'
import type { HandshakeDetails, HandshakePhase } from './errors/handshake-error.ts'
import type { CertificateSummary } from './errors/tls.ts'

export interface ShownCertificate extends CertificateSummary {
  /** The subject alternative names. */
  readonly names: readonly string[]
  /** A certificate above it, as the server sent them, is not that of a CA. */
  readonly hasImpostor: boolean
}

export class Scene {
  readonly startedAt = performance.now()
  phase: HandshakePhase = 'config'
  url: URL | undefined
  /** A proxy stands between us and the endpoint. */
  proxied = false
  /** TCP to the endpoint itself, or the tunnel to it, is open. */
  reached = false
  /** The certificate that the server showed. */
  certificate: ShownCertificate | undefined
  /** The client had been open before. */
  readonly everOpen: boolean
  readonly secrets: Secrets
  readonly #name: string | undefined

  constructor(name: string | undefined, everOpen: boolean, secrets: Secrets) {
    this.#name = name
    this.everOpen = everOpen
    this.secrets = secrets
  }

  /** How errors call the endpoint. */
  get endpoint(): string {
    return this.#name ?? this.url?.origin ?? 'endpoint'
  }

  get host(): string {
    return this.url?.hostname.replace(/^\[|\]$/g, '') ?? ''
  }

  get port(): string {
    return this.url?.port || (this.secure ? '443' : '80')
  }

  /** Host and port as a URL has them. */
  get address(): string {
    return `${this.url?.hostname}:${this.port}`
  }

  get secure(): boolean {
    return this.url?.protocol === 'wss:'
  }

  /** The facts that every handshake error carries. */
  facts(): HandshakeDetails {
    return {
      phase: this.phase,
      endpoint: this.endpoint,
      elapsed: Math.round(performance.now() - this.startedAt),
    }
  }
}
