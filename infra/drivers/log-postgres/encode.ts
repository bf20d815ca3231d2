// What an append sends and a read brings back: rows as one JSON text, all bytes as one value with places in it.
import type { AnyEvent } from '../../../schemas/events.ts'
import { topicOf } from '../../../schemas/events.ts'
import type { BlobRef, ChannelName, Instant, WorkspaceId } from '../../../schemas/ids.ts'
import type { Batch, KeptRaw } from '../../../core/ports/event-log.ts'
import { partitionOf } from '../../../core/runtime/partition.ts'

/** A batch as text and bytes, made once at the call. `bytes`: characters of the texts and bytes of the raws, what waiting is counted by. */
export interface Encoded {
  readonly events: readonly string[]
  readonly raws: readonly { readonly json: string; readonly body: Uint8Array | null }[]
  readonly rows: number
  readonly bytes: number
}

/** One event as `log_append` and `log_emit` take it. The event stays the text it is here: it comes back equal. */
export const eventRow = (event: AnyEvent, partitions: number): string =>
  `{"t":${JSON.stringify(topicOf(event.type))},"p":${partitionOf(event.key, partitions)},"y":${JSON.stringify(event.type)},"e":${JSON.stringify(event)}}`

export function encode(batch: Batch, partitions: number): Encoded {
  const events = batch.events.map((event) => eventRow(event, partitions))
  const raws = (batch.raws ?? []).map(encodeRaw)
  const texts = events.reduce((sum, text) => sum + text.length, 0)
  const bodies = raws.reduce((sum, raw) => sum + raw.json.length + (raw.body?.byteLength ?? 0), 0)
  return { events, raws, rows: events.length + raws.length, bytes: texts + bodies }
}

function encodeRaw(raw: KeptRaw): Encoded['raws'][number] {
  const { ref, workspace, channel, account, contentType: type, meta, body } = raw
  const blob = typeof body === 'string' ? body : null
  const json = JSON.stringify({ id: ref.id, at: ref.at, key: ref.key, workspace, channel, account, type, meta, blob })
  return { json, body: typeof body === 'string' ? null : body }
}

/** The three parameters of `log_append` for calls that share a write. */
export function writeOf(calls: readonly Encoded[]): readonly [string | null, Uint8Array | null, string | null] {
  const events = calls.flatMap((call) => call.events)
  const bodies: Uint8Array[] = []
  let start = 0
  const raws = calls
    .flatMap((call) => call.raws)
    .map(({ json, body }) => {
      const place = `{"start":${start},"size":${body?.byteLength ?? 0},${json.slice(1)}`
      if (body !== null) bodies.push(body)
      start += body?.byteLength ?? 0
      return place
    })
  return [
    raws.length === 0 ? null : `[${raws.join()}]`,
    raws.length === 0 ? null : Buffer.concat(bodies, start),
    events.length === 0 ? null : `[${events.join()}]`,
  ]
}

export interface RawRow {
  readonly id: string
  readonly at: Instant
  readonly key: string
  readonly workspace: string
  readonly channel: string
  readonly account: string
  readonly content_type: string
  readonly meta: Readonly<Record<string, string>>
  readonly blob: string | null
  readonly body: Uint8Array | null
}
export const rawColumns = 'id, at, key, workspace, channel, account, content_type, meta, blob, body'

export const rawFrom = (row: RawRow): KeptRaw => ({
  ref: { id: row.id, at: row.at, key: row.key },
  workspace: row.workspace as WorkspaceId,
  channel: row.channel as ChannelName,
  account: row.account,
  contentType: row.content_type,
  meta: row.meta,
  body: row.body === null ? (row.blob as BlobRef) : new Uint8Array(row.body),
})
