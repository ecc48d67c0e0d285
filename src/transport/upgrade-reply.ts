/** Pure: the HTTP reply that refused an upgrade → the error that says why. Node only: a page never sees it. */

import type { Cause, Facts } from './causes/cause.ts'
import { INVALID_UPGRADE_HEADER } from './causes/negotiation.ts'
import { TLS_REQUIRED } from './causes/tls.ts'
import { REDIRECTED, RPC_IN_REPLY, UPGRADE_REQUIRED } from './causes/upgrade.ts'
import type { HandshakeError } from './errors/handshake-error.ts'
import { causeOf, findRpcError, judgeReply, type Reply } from './rejected-reply.ts'
import type { Scene } from './scene.ts'

/** nginx, Go, Apache and Tomcat say so in a 400; precedence: what was expected was TLS. */
const TLS_EXPECTED =
  /plain HTTP request was sent to HTTPS port|client sent an HTTP request to an HTTPS server|speaking plain HTTP to an SSL-enabled|requires TLS/i

export function judgeUpgradeReply(scene: Scene, reply: Reply): HandshakeError {
  const { location, 'www-authenticate': challenge } = reply.headers
  const cause = upgradeCauseOf(scene, reply)
  return judgeReply(scene, reply, cause, {
    // At commas before a scheme, outside of quotes.
    challenges: challenge?.split(/,\s*(?=[A-Za-z][\w-]*(?:\s|$))(?=(?:[^"]*"[^"]*")*[^"]*$)/),
    ...(cause === REDIRECTED && redirect(scene, location)),
  })
}

function upgradeCauseOf({ secure }: Scene, reply: Reply): Cause {
  const { status, body } = reply
  if (status === 101) return INVALID_UPGRADE_HEADER
  if (status === 400 && !secure && TLS_EXPECTED.test(body)) return TLS_REQUIRED
  if (status === 426) return UPGRADE_REQUIRED
  return status >= 200 && status < 300 && findRpcError(body) !== undefined ? RPC_IN_REPLY : causeOf(reply)
}

function redirect({ secure, url }: Scene, location: string | undefined): Facts {
  const target =
    location !== undefined && url !== undefined && URL.canParse(location, httpUrl(url))
      ? new URL(location, httpUrl(url))
      : undefined
  return {
    location,
    insecure: secure && (target?.protocol === 'http:' || target?.protocol === 'ws:'),
    crossOrigin: target !== undefined && url !== undefined && !isSameOrigin(target, url),
  }
}

/** As HTTP sees it: ws:// is http://, wss:// is https://. */
function isSameOrigin(target: URL, url: URL): boolean {
  return new URL(httpUrl(target)).origin === new URL(httpUrl(url)).origin
}

function httpUrl(url: URL): string {
  return url.href.replace(/^ws/, 'http')
}
