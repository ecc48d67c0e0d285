/** The handshake in Node, by `ws`: nearly everything can be observed, and everything must be cleaned up. */

import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { isIP, type LookupFunction, type Socket as TcpSocket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { shakeHands as shakeNativeHands } from './handshake.native.ts'
import { BUDGET_SPENT, type DialPlan, type Handshake } from './handshake.ts'
import { readReply } from './http-reply.ts'
import { judgeError, judgeProxyStatus, judgeTimeout, judgeVersion } from './rejection.ts'
import type { Scene } from './scene.ts'
import { NodeSocket } from './socket.node.ts'
import type { Socket } from './socket.ts'
import { checkIdentity, noteCertificate, unauthorized } from './tls.node.ts'
import { toNodeOptions } from './tls-options.ts'
import { judgeUpgradeReply } from './upgrade-reply.ts'

export { judgeFrames } from './rejection.ts'

export const shakeHands: Handshake = async (plan, scene, signal) => {
  if (plan.webSocket !== undefined) return shakeNativeHands(plan.webSocket, plan, scene, signal)
  // `ws` and what it needs take longer to load than all of holdfast: who never dials need not wait for it.
  const { default: WebSocket } = await import('isomorphic-ws')
  return shakeNodeHands(WebSocket, plan, scene, signal)
}

/** Milliseconds kept of the budget for judging a reply whose body is slow. */
const BODY_MARGIN = 50

function shakeNodeHands(
  WebSocket: typeof import('isomorphic-ws'),
  plan: DialPlan,
  scene: Scene,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    scene.proxied = isProxyAgent(plan.agent)
    scene.phase = scene.proxied ? 'proxy' : isIP(scene.host) === 0 ? 'dns' : 'tcp'
    let ws: InstanceType<typeof WebSocket>
    let request: ClientRequest | undefined
    const gone = new AbortController()
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', aborted)
      reject(error)
      // What follows on this socket is a consequence, never the cause; `ws` has a listener for it until the end.
      request?.destroy()
      ws?.terminate()
      gone.abort()
    }
    const failed = (error: Error) => fail(judgeError(scene, error))
    const aborted = () => fail(signal.reason === BUDGET_SPENT ? judgeTimeout(scene) : signal.reason)
    if (signal.aborted) return aborted()
    try {
      ws = new WebSocket(plan.url, [...plan.protocols], {
        ...optionsOf(plan, gone.signal),
        finishRequest: (pending: ClientRequest) => {
          request = pending
          watch(pending, scene, plan, failed)
        },
      })
    } catch (error) {
      reject(judgeError(scene, error))
      return
    }
    signal.addEventListener('abort', aborted)
    ws.on('error', failed)
    ws.on('unexpected-response', async (_, response: IncomingMessage) => {
      if (scene.proxied && !scene.reached) return fail(judgeProxyStatus(scene, response.statusCode))
      if (response.httpVersion === '2.0') return fail(judgeVersion(scene, response.httpVersion))
      scene.phase = response.statusCode === 101 ? 'ws' : 'http'
      // The status is the cause; what becomes of the body is not.
      ws.off('error', failed).on('error', () => undefined)
      // The status is known: what is left of the budget is for the body, and must not turn it into a time-out.
      const reply = await readReply(response, plan.deadline - performance.now() - BODY_MARGIN)
      fail(judgeUpgradeReply(scene, reply))
    })
    ws.on('upgrade', (response: IncomingMessage) => {
      if (scene.proxied && !scene.reached) return fail(judgeProxyStatus(scene, response.statusCode))
      if (response.httpVersion !== '1.1') return fail(judgeVersion(scene, response.httpVersion))
      scene.phase = 'ws'
    })
    ws.once('open', () => {
      scene.phase = 'open'
      signal.removeEventListener('abort', aborted)
      resolve(new NodeSocket(ws, request, plan))
      ws.off('error', failed)
    })
  })
}

function optionsOf({ tls = {}, agent, lookup, ...plan }: DialPlan, signal: AbortSignal) {
  return {
    ...toNodeOptions(tls),
    ...(agent !== undefined && {
      agent: (isProxyAgent(agent) ? abortable(agent, plan.deadline, signal) : agent) as Agent,
    }),
    ...(lookup !== undefined && { lookup: checked(lookup as LookupFunction) }),
    headers: { ...plan.headers },
    perMessageDeflate: plan.compression,
    maxPayload: plan.maxMessage,
    followRedirects: false,
    // Explicit: NODE_TLS_REJECT_UNAUTHORIZED=0 would switch verification off otherwise.
    rejectUnauthorized: true,
    checkServerIdentity: checkIdentity(tls.pins),
    // Not one that an agent remembers: Node looks at no name and no pin when a session is resumed.
    session: undefined,
  }
}

/** A look-up that finds nothing and does not say so would make Node throw where nobody can catch it. */
function checked(lookup: LookupFunction): LookupFunction {
  return (host, options, answer) =>
    lookup(host, options, (error, found, family) => {
      const isEmpty = error === null && (found?.length ?? 0) === 0
      const nothing = Object.assign(new Error(`lookup gave no address for ${host}`), { code: 'ENOTFOUND' })
      answer(isEmpty ? nothing : error, found, family)
    })
}

/** The agents of the `proxy-agents` family say which proxy they use, or that they choose one. */
function isProxyAgent(agent: object | undefined): boolean {
  return agent !== undefined && ('proxy' in agent || 'getProxyForUrl' in agent)
}

/** The same agent, whose socket to the proxy ends with the dial: until the tunnel stands nobody else can close it. */
function abortable(agent: object, deadline: number, signal: AbortSignal): object {
  const withSignal = (name: string) => ({ value: { ...Object(Reflect.get(agent, name)), signal } })
  return Object.create(agent, {
    connectOpts: withSignal('connectOpts'),
    // SOCKS agents know no signal, but a time-out.
    ...('shouldLookup' in agent && { timeout: { value: Math.max(1, deadline - performance.now()) } }),
  })
}

/**
 * Follows the phases on the request's socket, and lets the request itself (it holds the credentials) go only when the
 * peer is who it should be: an agent may have been told not to verify.
 */
function watch(
  request: ClientRequest,
  scene: Scene,
  { tls: { pins } = {} }: DialPlan,
  fail: (error: Error) => void,
): void {
  request.once('socket', (socket: TcpSocket) => {
    const send = () => {
      scene.phase = 'http'
      scene.reached = true
      request.end()
    }
    const connected = () => {
      if (!scene.secure) {
        send()
        return
      }
      scene.phase = 'tls'
      scene.reached = true
      const tls = socket as TLSSocket
      // 'secure' comes before verification, the only moment at which a bad certificate can be read.
      tls.prependListener('secure', () => noteCertificate(tls, scene))
      const secured = () => {
        // An agent may have been told not to verify, or to look at names in its own way.
        const error =
          unauthorized(tls) ?? checkIdentity(pins)(nameOf(tls, scene), tls.getPeerCertificate(true))
        if (error === undefined) send()
        else fail(error)
      }
      if (request.reusedSocket) secured()
      else tls.once('secureConnect', secured)
    }
    // Without a tunnel an agent hands out the proxy's refusal as if it were the endpoint's reply: let it be read.
    if (scene.proxied && !isTunnel(socket, scene)) {
      request.end()
      return
    }
    socket.once('lookup', (error: Error | null) => {
      if (error === null && scene.phase === 'dns') scene.phase = 'tcp'
    })
    if (socket.connecting) socket.once('connect', connected)
    else if (!socket.destroyed) connected()
  })
}

/** What was asked for by SNI, or else the host. */
function nameOf(tls: TLSSocket, { host }: Scene): string {
  const name: unknown = Reflect.get(tls, 'servername')
  return typeof name === 'string' && name !== '' ? name : host
}

/** A refusal comes on a socket that was never connected, and that speaks no TLS. */
function isTunnel(socket: TcpSocket, { secure }: Scene): boolean {
  return secure ? 'encrypted' in socket : socket.connecting || socket.remoteAddress !== undefined
}
