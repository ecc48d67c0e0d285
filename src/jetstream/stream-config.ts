/** Which streams a relay can keep its promise with. */

import { StreamUnfitError } from './errors.ts'

/** The part of a stream's configuration that is looked at, with JetStream's own names. */
export interface StreamConfigLike {
  readonly subjects?: readonly string[]
  readonly retention?: string
  readonly no_ack?: boolean
  readonly sealed?: boolean
  readonly mirror?: unknown
  readonly sources?: readonly unknown[]
  readonly subject_transform?: unknown
  readonly max_msgs_per_subject?: number
  readonly max_msg_size?: number
}

export interface Needs {
  readonly name: string
  readonly prefix: string
  readonly chainId: number
  /** Empty: any. */
  readonly tokens: readonly string[]
  readonly presence: string
}

/** A message with the longest cursor, addresses and amounts stays below this, headers included. */
const LARGEST_MESSAGE = 2_048

/** @throws StreamUnfitError that lists everything that is wrong */
export function refuseUnfit(config: StreamConfigLike, needs: Needs): void {
  const issues = issuesIn(config, needs)
  if (issues.length === 0) return
  const { name: stream } = needs
  throw new StreamUnfitError(`Stream ${stream} is not fit for a relay: ${issues.join('; ')}.`, {
    stream,
    issues,
    hint: 'Change the stream (nats stream edit), or make another one for this relay alone.',
  })
}

function issuesIn(config: StreamConfigLike, { prefix, chainId, tokens, presence }: Needs): string[] {
  const { subjects = [], max_msgs_per_subject: perSubject = -1, max_msg_size: size = -1 } = config
  const wanted = (tokens.length === 0 ? ['*'] : tokens).map(token => `${prefix}.${chainId}.${token}`)
  const missing = wanted.find(subject => !subjects.some(pattern => covers(pattern, subject)))
  return [
    missing !== undefined && `subjects must take ${missing}`,
    subjects.some(pattern => covers(pattern, presence)) &&
      `subjects must not take ${presence}, on which relays tell each other that they are there`,
    config.retention !== 'limits' &&
      `retention must be limits, since the last message is the checkpoint, not ${config.retention}`,
    config.no_ack === true && 'no_ack must be off',
    config.sealed === true && 'it is sealed',
    config.mirror !== undefined && 'it is a mirror',
    (config.sources?.length ?? 0) > 0 && 'it has sources: only relays may write to it',
    config.subject_transform !== undefined && 'subject_transform must not rename its messages',
    perSubject > 0 &&
      'max_msgs_per_subject must be unlimited, since a reorg takes back more than one message',
    size > 0 && size < LARGEST_MESSAGE && `max_msg_size must be at least ${LARGEST_MESSAGE}`,
  ].filter(issue => issue !== false)
}

/** Whether everything that `subject` matches is matched by the pattern: `*` is one token, `>` all that follow. */
export function covers(pattern: string, subject: string): boolean {
  const [theirs, ours] = [pattern.split('.'), subject.split('.')]
  const end = theirs.indexOf('>')
  if (end >= 0 ? ours.length <= end : ours.length !== theirs.length) return false
  return theirs.every((token, i) => i === end || token === '*' || token === ours[i])
}
