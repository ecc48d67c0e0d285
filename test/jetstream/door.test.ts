/** What a relay refuses, with which error, before it writes anything. */

import type { StreamConfig } from '@nats-io/jetstream'
import { jetstreamManager } from '@nats-io/jetstream'
import type { Msg, NatsConnection, ServerInfo } from '@nats-io/transport-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../src/errors.ts'
import { InvalidCursorError } from '../../src/eth/errors.ts'
import {
  NatsUnavailableError,
  type RelayFilter,
  type RelayOptions,
  StreamForeignError,
  StreamMissingError,
  StreamTruncatedError,
  StreamUnfitError,
} from '../../src/jetstream/index.ts'
import type { NatsConnectionLike } from '../../src/jetstream/nats.ts'
import { covers } from '../../src/jetstream/stream-config.ts'
import { natsMissing } from '../support/nats.ts'
import { TOKEN, transferSeed } from '../support/sim-chain.ts'
import { Scene, STREAM, untilBlock, untilState } from './scene.ts'
import { transferIds } from './stream-fold.ts'

/** What a server of a cluster says of a stream of which it does not know yet. */
const NOT_FOUND = new TextEncoder().encode(
  JSON.stringify({ error: { code: 404, err_code: 10059, description: 'stream not found' } }),
)

/**
 * A connection on which what answers a publisher may be lost, and on which the next questions about the stream may be
 * lost, or answered by such a server.
 */
function withLosses(connection: NatsConnection, info: Partial<ServerInfo> = {}) {
  const acknowledgements = { areLost: false }
  const questions = { lost: 0, denied: 0 }
  const request: NatsConnection['request'] = (subject, ...rest) => {
    if (!subject.startsWith('$JS.API.STREAM.INFO.')) return connection.request(subject, ...rest)
    if (questions.lost-- > 0) return new Promise(() => {})
    if (questions.denied-- > 0) return Promise.resolve({ data: NOT_FOUND } as Msg)
    return connection.request(subject, ...rest)
  }
  const subscribe: NatsConnectionLike['subscribe'] = (subject, options) =>
    connection.subscribe(subject, {
      callback: (error, message) => {
        const isLost = acknowledgements.areLost && subject.includes('.holdfast.')
        if (!isLost) options?.callback?.(error, message)
      },
    })
  const own = { subscribe, request, info: { ...connection.info, ...info } }
  const get = (target: NatsConnection, key: string) => {
    const member: unknown = Reflect.get(own, key) ?? Reflect.get(target, key)
    return typeof member === 'function' ? member.bind(target) : member
  }
  return { connection: new Proxy(connection, { get }) as NatsConnection, acknowledgements, questions }
}

let scene: Scene
beforeEach(async () => {
  scene = await Scene.start()
})
afterEach(async () => {
  await scene.stop()
})

describe.skipIf(natsMissing() !== undefined)('a relay refuses', () => {
  test('a stream that is not there, and says how to make it', async () => {
    const running = await scene.relay()

    const error = await running.started.catch(error => error)

    expect(error).toBeInstanceOf(StreamMissingError)
    expect(error.hint).toContain(`nats stream add ${STREAM}`)
    await expect(running.done).rejects.toBe(error)
    expect(running.state).toEqual({ status: 'closed', error })
  })

  test.each<[string, Partial<StreamConfig>, RegExp]>([
    ['other subjects', { subjects: ['other.>'] }, /subjects must take transfers\.1\.\*/],
    ['another chain', { subjects: ['transfers.5.*'] }, /subjects must take transfers\.1\.\*/],
    ['its own signs of life', { subjects: ['>'], no_ack: true }, /must not take holdfast\.relay/],
    ['a work queue', { retention: 'workqueue' as never }, /retention must be limits/],
    ['few messages per subject', { max_msgs_per_subject: 1 }, /max_msgs_per_subject/],
    ['short messages', { max_msg_size: 512 }, /max_msg_size/],
    ['no acknowledgements', { no_ack: true }, /no_ack/],
  ])('a stream with %s', async (_, config, issue) => {
    await scene.addStream(config)

    const running = await scene.relay()

    const error = await running.started.catch(error => error)
    expect(error).toBeInstanceOf(StreamUnfitError)
    expect(error.message).toMatch(issue)
  })

  test('a stream that others write to', async () => {
    await scene.addStream()
    scene.connection.publish('transfers.1.hello', '{}')
    await scene.connection.flush()

    const running = await scene.relay()

    await expect(running.started).rejects.toMatchObject({ name: 'StreamForeignError', sequence: 1 })
    await expect(running.done).rejects.toBeInstanceOf(StreamForeignError)
  })

  test('a stream that was filled with another filter', async () => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)])
    const first = await scene.relay()
    await untilBlock(first, 1)
    await first.close()

    const second = await scene.relay({ fromBlock: 1, token: TOKEN as `0x${string}` })

    await expect(second.done).rejects.toBeInstanceOf(InvalidCursorError)
  })

  test('a stream whose last message is gone', async () => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)])
    const first = await scene.relay()
    await untilBlock(first, 1)
    await first.close()
    await (await jetstreamManager(scene.connection)).streams.purge(STREAM)

    const second = await scene.relay()

    await expect(second.started).rejects.toBeInstanceOf(StreamTruncatedError)
  })

  test.each<[string, RelayFilter, Partial<RelayOptions>, string]>([
    ['a cursor', { after: 'x' } as RelayFilter, {}, 'filter.after'],
    ['a token that is none', { token: '0x1' }, {}, 'filter.token'],
    ['a stream name with a dot', {}, { stream: 'a.b' }, 'options.stream'],
    ['a subject with a wildcard', {}, { subject: 'transfers.>' }, 'options.subject'],
    ['a connection that is none', {}, { connection: {} as never }, 'options.connection'],
    ['nothing on the way', {}, { inFlight: 0 }, 'options.inFlight'],
  ])('%s at once', async (_, filter, options, path) => {
    const error = await scene.relay(filter, options).catch(error => error)

    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.issues[0].path).toBe(path)
  })
})

describe.skipIf(natsMissing() !== undefined)('a relay waits', () => {
  test('where a stream is full, and goes on when there is room', async () => {
    await scene.addStream({ max_msgs: 2, discard: 'new' as never })
    scene.node.mine([transferSeed(1), transferSeed(2), transferSeed(3)])
    const running = await scene.relay()

    const { error } = await untilState(running, 'waiting')
    expect(error).toMatchObject({ name: 'StreamFullError', retryable: true })
    await scene.editStream({ max_msgs: -1, discard: 'new' as never })
    await untilBlock(running, 1)

    const { messages } = await scene.fold()
    expect(messages.map(({ value, removed }) => [value, removed])).toEqual([
      ['1', false],
      ['2', false],
      ['3', false],
    ])
  })

  test('where nats-server does not answer, and goes on where the stream ends', async ({ onTestFailed }) => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)])
    const running = await scene.relay({ fromBlock: 1 }, { timeout: 300 })
    const seen: unknown[] = []
    running.on('state', ({ to }) => seen.push({ at: Math.round(performance.now()), ...to }))
    onTestFailed(() => console.error(JSON.stringify({ seen, stats: running.stats })))
    await untilBlock(running, 1)

    scene.nats.pause()
    scene.node.mine([transferSeed(2)])
    const { error } = await untilState(running, 'waiting')
    expect(error).toBeInstanceOf(NatsUnavailableError)
    scene.nats.resume()
    await scene.untilMessage(({ value }) => value === '2')
    scene.node.mine([transferSeed(3)])
    await untilBlock(running, 3)

    const { messages } = await scene.fold()
    expect(messages.map(({ value }) => value)).toEqual(['1', '2', '3'])
  })

  test('where acknowledgements are lost, and tells of the page all the same, once', async () => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)])
    const { connection, acknowledgements } = withLosses(await scene.connect())
    const running = await scene.relay({ fromBlock: 1 }, { connection, timeout: 100 })
    const pages: number[] = []
    running.on('page', ({ toBlock }) => pages.push(toBlock))
    await untilBlock(running, 1)

    acknowledgements.areLost = true
    scene.node.mine([transferSeed(2), transferSeed(3)])
    await untilState(running, 'waiting')
    acknowledgements.areLost = false
    await untilState(running, 'leading')
    await untilBlock(running, 2)

    expect(pages).toEqual([1, 2])
    expect(running.stats).toMatchObject({
      published: 3,
      pages: 2,
      sequence: 3,
      block: 2,
      onTheWay: 0,
      terms: 2,
    })
    expect((await scene.fold()).messages).toHaveLength(3)
  })

  test('for no answer that was lost: it asks again', async () => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)])
    const { connection, questions } = withLosses(await scene.connect())
    // As a cluster does that has no leader for the stream yet.
    questions.lost = 2
    const running = await scene.relay({ fromBlock: 1 }, { connection })

    await untilBlock(running, 1)

    expect(questions.lost).toBeLessThan(0)
    expect(running.stats.interruptions).toBe(0)
  })

  test('for a server of a cluster that has just started and does not know of the stream yet', async () => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)])
    const { connection, questions } = withLosses(await scene.connect(), { cluster: 'three' })
    questions.denied = 3
    const running = await scene.relay({ fromBlock: 1 }, { connection, silence: 200 })

    const { error } = await untilState(running, 'waiting')
    await untilBlock(running, 1)

    expect(error).toBeInstanceOf(StreamMissingError)
    expect(questions.denied).toBeLessThan(0)
  })

  test('where the stream that it had is not there, and goes on where it is', async () => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)])
    const { connection, acknowledgements, questions } = withLosses(await scene.connect())
    const running = await scene.relay({ fromBlock: 1 }, { connection, timeout: 100, silence: 200 })
    await untilBlock(running, 1)

    acknowledgements.areLost = true
    questions.denied = 3
    scene.node.mine([transferSeed(2)])
    await untilState(running, 'waiting')
    acknowledgements.areLost = false
    await untilBlock(running, 2)

    expect(questions.denied).toBeLessThan(0)
    expect((await scene.fold()).ids).toEqual(transferIds(scene.chain))
  })

  test('not for ever where the stream that it had was deleted', async () => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)])
    const running = await scene.relay({ fromBlock: 1 }, { silence: 200 })
    await untilBlock(running, 1)

    await (await jetstreamManager(scene.connection)).streams.delete(STREAM)
    scene.node.mine([transferSeed(2)])

    await expect(running.done).rejects.toBeInstanceOf(StreamMissingError)
  }, 30_000)

  test('where nats-server was killed, and goes on where the stream ends', async () => {
    await scene.addStream()
    scene.node.mine([transferSeed(1)])
    const running = await scene.relay()
    await untilBlock(running, 1)

    await scene.nats.kill()
    scene.node.mine([transferSeed(2), transferSeed(3)])
    await scene.nats.restart()
    await untilBlock(running, 2)

    const { messages } = await scene.fold()
    expect(messages.map(({ value }) => value)).toEqual(['1', '2', '3'])
  })
})

describe('a pattern covers', () => {
  test.each([
    ['transfers.>', 'transfers.1.*', true],
    ['>', 'transfers.1.*', true],
    ['transfers.*.*', 'transfers.1.*', true],
    ['transfers.1.*', 'transfers.1.*', true],
    ['transfers.1.0xaa', 'transfers.1.*', false],
    ['transfers.1.0xaa', 'transfers.1.0xaa', true],
    ['transfers.*', 'transfers.1.*', false],
    ['transfers.1.*.>', 'transfers.1.*', false],
    ['transfers.2.*', 'transfers.1.*', false],
  ])('%s: %s is %s', (pattern, subject, isCovered) => {
    expect(covers(pattern, subject)).toBe(isCovered)
  })
})
