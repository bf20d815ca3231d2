// How a test reads bytes with a channel: as ingest does, blobs in memory, and what is wrong with what came of it.
import { createHash } from 'node:crypto'
import { isGatewayError } from '../../core/errors.ts'
import { inboundEvent } from '../../core/runtime/inbound-event.ts'
import type { InboundEvent, Raw } from '../../core/ports/channel.ts'
import type { BlobStore } from '../../core/ports/edges.ts'
import type { LiveAccount } from '../../core/ports/queues.ts'
import { whyNotAnEvent } from '../../schemas/check.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import { rawOf, receivedAt, type ChannelFolder, type Fixture } from './channel-folder.ts'

/** No bytes of a few kilobytes may keep a channel busy for longer. */
const slowestMs = 1_000

/** What a channel says of bytes: events, or that nothing can be read. Any other fault passes and fails the test. */
export async function eventsOrUnreadable(
  normalize: () => readonly InboundEvent[] | Promise<readonly InboundEvent[]>,
): Promise<Fixture['expected']> {
  try {
    return await normalize()
  } catch (error) {
    if (isGatewayError(error, 'event.invalid')) return { unreadable: error.message }
    throw error
  }
}

export const eventsIn = (expected: Fixture['expected']): readonly InboundEvent[] =>
  'unreadable' in expected ? [] : expected

/** As ingest finishes them, blobs in memory. */
export const finished = (
  events: readonly InboundEvent[],
  raw: Raw,
  folder: ChannelFolder,
): Promise<readonly AnyEvent[]> =>
  Promise.all(
    events.map((event) =>
      inboundEvent(
        event,
        {
          channel: folder.channel,
          account: { id: 'main', workspace: 'main' } as LiveAccount,
          raw,
          ref: { id: 'raw_test', at: receivedAt, key: 'test' },
          correlation: 'test',
        },
        blobs,
      ),
    ),
  )
const blobs = {
  put: async (_workspace, bytes) =>
    `sha256:${createHash('sha256')
      .update(bytes as Uint8Array)
      .digest('hex')}`,
} as Pick<BlobStore, 'put'> as BlobStore

export interface Read {
  readonly events: number
  /** Null: whatever the bytes are, this is how a channel should take them. */
  readonly wrong: string | null
}
/** Any bytes at all are events that fit their schemas, or unreadable; at once, and the same again. */
export async function readGarbage(bytes: Uint8Array, folder: ChannelFolder): Promise<Read> {
  const raw = rawOf(bytes, folder)
  const before = bytes.slice()
  const tookMs: number[] = []
  const read = async () => {
    const began = performance.now()
    const found = await eventsOrUnreadable(() => folder.channel.normalize(raw, folder.account))
    tookMs.push(performance.now() - began)
    return found
  }
  try {
    const first = await read()
    const events = eventsIn(first)
    const problems = (await finished(events, raw, folder)).map(whyNotAnEvent).filter((why) => why !== null)
    const again = await read()
    const wrong =
      problems[0] ??
      // What is slow by itself is so both times; a thread that has just been started, or a busy machine, is slow once.
      (Math.min(...tookMs) > slowestMs ? 'it took longer than a second' : null) ??
      (JSON.stringify(again) === JSON.stringify(first) ? null : 'read again it is something else') ??
      (Buffer.compare(before, bytes) === 0 ? null : 'the bytes were changed') ??
      ('polluted' in Object.prototype || 'a' in Object.prototype ? 'every object was changed' : null)
    return { events: events.length, wrong }
  } catch (error) {
    return { events: 0, wrong: `it threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` }
  }
}
