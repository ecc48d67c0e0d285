/** `diagnose()` in a page: the dial with all that a page can know of it, and what the node says. */

import type { Endpoint } from '../options.ts'
import { type DiagnoseOptions, type Diagnosis, diagnosisOf, skipped } from './diagnosis.ts'
import { failureIn, talkTo } from './talk.ts'
import { targetOf } from './target.ts'

/** @throws ConfigurationError for arguments that make no sense */
export async function diagnose(endpoint: Endpoint, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const { url, client, secrets } = await targetOf(endpoint, options)
  try {
    const hidden = (['name', 'tcp', 'tls'] as const).map(name => skipped(name, 'the browser hides it'))
    const { steps, rejection } = await talkTo(client)
    const finding = rejection ?? failureIn(url.origin, steps)
    return diagnosisOf(url.origin, finding, [...hidden, ...steps], [], secrets)
  } finally {
    await client.close()
  }
}
