/** What the doctor really prints in front of real servers on this machine, for the guide. */

import { startAnvil } from '../examples/local/anvil.ts'
import { diagnose, toText } from '../src/doctor/index.ts'
import { daysFromNow, issue } from '../test/support/certificates.ts'
import { httpReply, type Peer, replyPeer, switchingProtocols } from '../test/support/peers.ts'

/** Names that stand in the guide as `<!-- doctor: name -->`, and what makes each report. */
const REPORTS: Readonly<Record<string, () => Promise<string>>> = {
  healthy: async () => {
    const anvil = await startAnvil()
    try {
      return await report(anvil.port, 'ws', '/')
    } finally {
      await anvil.stop()
    }
  },
  expired: async () => {
    const ca = await issue({ isCa: true, commonName: 'Example CA' })
    const leaf = await issue({
      issuer: ca,
      names: ['old.example'],
      notBefore: daysFromNow(-93),
      notAfter: daysFromNow(-3),
    })
    return withPeer(
      replyPeer(request => switchingProtocols(request), leaf),
      port => report(port, 'wss'),
    )
  },
  anchor: async () => {
    const ca = await issue({ isCa: true, commonName: 'Corporate Root' })
    const leaf = await issue({ issuer: ca })
    return withPeer(
      replyPeer(request => switchingProtocols(request), leaf),
      port => report(port, 'wss'),
    )
  },
  scheme: async () => {
    const leaf = await issue()
    return withPeer(
      replyPeer(request => switchingProtocols(request), leaf),
      port => report(port, 'ws'),
    )
  },
  forbidden: () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32600, message: 'this key is for Sepolia only' },
    })
    const reply = httpReply('403 Forbidden', body, { 'Content-Type': 'application/json' })
    return withPeer(replyPeer(reply), port => report(port, 'ws'))
  },
}

/** The guide with a fresh report behind every marker. */
export async function withReports(guide: string): Promise<string> {
  let filled = guide
  for (const [name, make] of Object.entries(REPORTS)) {
    const block = new RegExp(`(<!-- doctor: ${name} -->\n\`\`\`text\n)[^]*?(\`\`\`)`)
    if (!block.test(filled)) throw new Error(`The guide has no place for the report “${name}”.`)
    const text = await make()
    filled = filled.replace(block, (_, before: string, after: string) => `${before}${text}\n${after}`)
  }
  return filled
}

/** What differs from run to run and from machine to machine, made equal. */
export function withoutAccidents(guide: string): string {
  return guide
    .replace(/\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, 'DATE')
    .replace(/\b[\d.]+ (to [\d.]+ )?ms/g, 'N ms')
    .replace(/made \d+ s ago/g, 'made N s ago')
    .replace(/signed with [\w -]+/g, 'signed with X')
    .replace(/anvil\/\S+/g, 'anvil')
}

async function withPeer(peer: Promise<Peer>, examine: (port: number) => Promise<string>): Promise<string> {
  const ready = await peer
  try {
    return await examine(ready.port)
  } finally {
    await ready.close()
  }
}

/** As if the server stood on the usual port. */
async function report(port: number, scheme: 'ws' | 'wss', path = '/v3/KEY'): Promise<string> {
  const diagnosis = await diagnose(`${scheme}://127.0.0.1:${port}${path}`)
  return toText(diagnosis).trimEnd().replaceAll(String(port), '8546')
}
