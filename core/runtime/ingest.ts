// Say "got it" last: resolves when nothing of these raws can be lost any more. The vendor is answered after this, never before.
import { hash } from 'node:crypto'
import { messageOf } from '../errors.ts'
import type { AnyEvent, Origin, RawRef } from '../../schemas/events.ts'
import { idFrom } from '../../schemas/ids.ts'
import type { AnyChannel, InboundEvent, Raw } from '../ports/channel.ts'
import type { BlobStore, Logger, Meter } from '../ports/edges.ts'
import type { EventLog, KeptRaw } from '../ports/event-log.ts'
import type { LiveAccount } from '../ports/queues.ts'
import { clean } from './clean.ts'
import { inboundEvent, type Source } from './inbound-event.ts'

export interface IngestDeps {
  readonly log: EventLog
  readonly blobs: BlobStore
  readonly logger: Logger
  readonly meter: Meter
}

/** One raw and whose it is. `unclaimed`: no account has this route; it is kept in quarantine under the endpoint. */
export interface Arrival {
  readonly channel: AnyChannel
  readonly account: LiveAccount
  readonly raw: Raw
  readonly unclaimed?: boolean
  readonly origin?: Origin
  readonly correlation: string
  /** Of a raw that is kept already and is read again. */
  readonly ref?: RawRef
}

/** Raws up to this size lie in the log; larger ones go to the BlobStore first. */
const largestInLog = 64 * 1024

/** All arrivals of one call in one append. Rejects with `log.*` or `blobs.unavailable`: then the vendor must send again. */
export async function ingest(
  arrivals: readonly Arrival[],
  deps: IngestDeps,
  signal: AbortSignal,
): Promise<readonly AnyEvent[]> {
  const taken = await Promise.all(arrivals.map((arrival) => take(arrival, deps)))
  const events = taken.flatMap((it) => it.events)
  await deps.log.append({ raws: taken.map((it) => it.kept), events }, signal)
  for (const event of events) {
    const channel = event.channel ?? ''
    deps.meter.count('received', { channel })
    deps.meter.count('accepted', { channel, type: event.type })
    if (event.type !== 'ingest.quarantined') continue
    deps.meter.count('quarantined', { channel })
    deps.logger.warn('kept something that could not be read', {
      ...event.data,
      channel: event.channel,
      account: event.account,
      raw: event.raw?.id,
    })
  }
  return events
}

async function take(
  arrival: Arrival,
  deps: IngestDeps,
): Promise<{ readonly kept: KeptRaw; readonly events: readonly AnyEvent[] }> {
  const { channel, account, raw } = arrival
  const { ref, events } = await readArrival(arrival, deps)
  const body =
    raw.bytes.byteLength <= largestInLog
      ? raw.bytes
      : await deps.blobs.put(account.workspace, raw.bytes, raw.contentType)
  const kept: KeptRaw = {
    ref,
    workspace: account.workspace,
    channel: channel.name,
    account: account.id,
    contentType: raw.contentType,
    // A replay must know that it was nobody's: read as the endpoint's own it would be another number's message.
    meta: clean({ ...raw.meta, route: raw.route, ...(arrival.unclaimed === true ? { unclaimed: 'yes' } : {}) }),
    body,
  }
  return { kept, events }
}

/** What the bytes say, as events of the house; nothing is appended yet. */
export async function readArrival(
  arrival: Arrival,
  deps: Pick<IngestDeps, 'blobs'>,
): Promise<{ readonly ref: RawRef; readonly events: readonly AnyEvent[] }> {
  const { channel, account, raw } = arrival
  const turn = raw.turn === undefined ? [] : [raw.turn]
  const id = idFrom('raw', channel.name, account.id, hash('sha256', raw.bytes, 'hex'), ...turn)
  const ref: RawRef = arrival.ref ?? { id, at: raw.receivedAt, key: `${channel.name}/${account.id}` }
  const source: Source = { ...arrival, ref }
  const events: AnyEvent[] = []
  for (const inbound of await eventsIn(arrival)) events.push(await inboundEvent(inbound, source, deps.blobs))
  return { ref, events }
}

/**
 * A payload we cannot read is a fact too: someone can see it, and replay it after a mend; the vendor gets its 200, not an error that
 * makes it send the same for days.
 */
async function eventsIn({ channel, account, raw, ...arrival }: Arrival): Promise<readonly InboundEvent[]> {
  if (arrival.unclaimed === true)
    return [
      quarantined(
        raw,
        `no account of this endpoint claims ${raw.route === '' ? 'this call' : `the route ${raw.route}`}`,
      ),
    ]
  try {
    return await channel.normalize(raw, { id: account.id, settings: account.settings })
  } catch (error) {
    return [quarantined(raw, `cannot be read: ${messageOf(error)}`)]
  }
}

const quarantined = (raw: Raw, why: string): InboundEvent => ({
  type: 'ingest.quarantined',
  dedupe: hash('sha256', raw.bytes, 'hex'),
  lane: 'quarantine',
  threadKeys: [],
  at: raw.receivedAt,
  data: { path: '', why: why.slice(0, 2000) },
})
