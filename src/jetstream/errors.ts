/** What can go wrong between a relay and its stream. */

import { type ErrorCategory, HoldfastError } from '../errors.ts'

/** Something is wrong between a relay and NATS. */
abstract class RelayError extends HoldfastError {
  /** What kind of thing went wrong, for a `switch`. */
  override get category(): ErrorCategory {
    return 'server'
  }
  /** The stream's name. */
  declare readonly stream: string
}

/** Another relay has written to the stream: this one may not go on from where it believed to be. A standby follows then. */
export class RelayFencedError extends RelayError {
  override get name() {
    return 'RelayFencedError' as const
  }
  declare readonly code: 'RELAY_FENCED'
  /** The sequence after which it wanted to write. */
  declare readonly expected: number
}

/** The stream does not exist. */
export class StreamMissingError extends RelayError {
  override get name() {
    return 'StreamMissingError' as const
  }
  declare readonly code: 'STREAM_MISSING'
  override get category() {
    return 'config' as const
  }
}

/** The stream is configured in a way with which the relay could not keep its promise. */
export class StreamUnfitError extends RelayError {
  override get name() {
    return 'StreamUnfitError' as const
  }
  declare readonly code: 'STREAM_UNFIT'
  override get category() {
    return 'config' as const
  }
  /** What must be changed: options of the stream, as `nats stream info --json` calls them. */
  declare readonly issues: readonly string[]
}

/** The stream holds a message that no relay of this chain wrote: somebody else publishes to its subjects. */
export class StreamForeignError extends RelayError {
  override get name() {
    return 'StreamForeignError' as const
  }
  declare readonly code: 'STREAM_FOREIGN'
  override get category() {
    return 'config' as const
  }
  /** The sequence of that message. */
  declare readonly sequence: number
}

/** A message is gone that is needed to go on, or to take back what a reorg undid: limits or a purge have removed it. */
export class StreamTruncatedError extends RelayError {
  override get name() {
    return 'StreamTruncatedError' as const
  }
  declare readonly code: 'STREAM_TRUNCATED'
  override get category() {
    return 'chain' as const
  }
  /** The sequence of that message. */
  declare readonly sequence: number
}

/** The stream is at one of its limits and discards new messages. */
export class StreamFullError extends RelayError {
  override get name() {
    return 'StreamFullError' as const
  }
  declare readonly code: 'STREAM_FULL'
  override get category() {
    return 'limit' as const
  }
}

/** NATS or JetStream does not answer, or not as it should. */
export class NatsUnavailableError extends RelayError {
  override get name() {
    return 'NatsUnavailableError' as const
  }
  declare readonly code: 'NATS_UNAVAILABLE'
}

/** The NATS connection was closed for good; with its default options it gives up after ten attempts. */
export class NatsClosedError extends RelayError {
  override get name() {
    return 'NatsClosedError' as const
  }
  declare readonly code: 'NATS_CLOSED'
  override get category() {
    return 'network' as const
  }
}
