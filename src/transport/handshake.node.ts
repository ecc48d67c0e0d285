/** The handshake in Node, by `ws`: nearly everything can be observed, and everything must be cleaned up. */

import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { isIP, type LookupFunction, type Socket as TcpSocket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { shakeHands as shakeNativeHands } from './handshake.native.ts'
import { BUDGET_SPENT, type DialPlan, type Handshake } from './handshake.ts'
import { readReply } from './http-reply.ts'
import { judgeReply } from './rejected-reply.ts'
import { judgeError, judgeProxyStatus, judgeTimeout } from './rejection.ts'
import type { Scene } from './scene.ts'
import { NodeSocket } from './socket.node.ts'
import type { Socket } from './socket.ts'
import { checkIdentity, noteCertificate, unauthorized } from './tls.node.ts'
import { toNodeOptions } from './tls-options.ts'

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
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', aborted)
      reject(error)
      // What follows on this socket is a consequence, never the cause; `ws` has a listener for it until the end.
      request?.destroy()
      ws?.terminate()
    }
    const failed = (error: Error) => fail(judgeError(scene, error))
    const aborted = () => fail(signal.reason === BUDGET_SPENT ? judgeTimeout(scene) : signal.reason)
    if (signal.aborted) return aborted()
    try {
      ws = new WebSocket(plan.url, [...plan.protocols], {
        ...optionsOf(plan),
        finishRequest: (pending: ClientRequest) => {
          request = pending
          watch(pending, scene, failed)
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
      scene.phase = 'http'
      // The status is known: what is left of the budget is for the body, and must not turn it into a time-out.
      const reply = await readReply(response, plan.deadline - performance.now() - BODY_MARGIN)
      fail(judgeReply(scene, reply))
    })
    ws.on('upgrade', () => {
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

function optionsOf(plan: DialPlan) {
  const { tls = {}, agent, lookup } = plan
  return {
    ...toNodeOptions(tls),
    ...(agent !== undefined && { agent: agent as Agent }),
    ...(lookup !== undefined && { lookup: lookup as LookupFunction }),
    headers: { ...plan.headers },
    perMessageDeflate: plan.compression,
    maxPayload: plan.maxMessage,
    followRedirects: false,
    // Explicit: NODE_TLS_REJECT_UNAUTHORIZED=0 would switch verification off otherwise.
    rejectUnauthorized: true,
    checkServerIdentity: checkIdentity(tls.pins),
  }
}

/** The agents of the `proxy-agents` family say which proxy they use, or that they choose one. */
function isProxyAgent(agent: object | undefined): boolean {
  return agent !== undefined && ('proxy' in agent || 'getProxyForUrl' in agent)
}

/**
 * Follows the phases on the request's socket, and lets the request itself (it holds the credentials) go only when the
 * peer is who it should be: an agent may have been told not to verify.
 */
function watch(request: ClientRequest, scene: Scene, fail: (error: Error) => void): void {
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
      tls.once('secureConnect', () => {
        const error = unauthorized(tls)
        if (error === undefined) send()
        else fail(error)
      })
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

/** A refusal comes on a socket that was never connected, and that speaks no TLS. */
function isTunnel(socket: TcpSocket, { secure }: Scene): boolean {
  return secure ? 'encrypted' in socket : socket.connecting || socket.remoteAddress !== undefined
}
