// What an append sends and a read brings back: rows as arrays, all bytes as one value with places in it.
import type { AnyEvent } from '../../../schemas/events.ts'
import { topicOf } from '../../../schemas/events.ts'
import type { BlobRef, ChannelName, Instant, WorkspaceId } from '../../../schemas/ids.ts'
import type { Batch, KeptRaw } from '../../../core/ports/event-log.ts'
import { GatewayError } from '../../../core/errors.ts'
import { partitionOf } from '../../../core/runtime/partition.ts'

/** A batch ready to be sent, made once at the call. `bytes`: what waiting is counted by. */
export interface Encoded {
  readonly events: readonly EncodedEvent[]
  readonly raws: readonly EncodedRaw[]
  readonly rows: number
  readonly bytes: number
}
interface EncodedEvent {
  readonly topic: string
  readonly partition: number
  readonly type: string
  /** The event's JSON, as it is stored: it comes back equal. */
  readonly bytes: Uint8Array
}
interface EncodedRaw {
  readonly id: string
  readonly at: Instant
  /** Whose it is, as JSON: the same for most raws of a write, and sent once. */
  readonly owner: string
  readonly blob: BlobRef | null
  readonly bytes: Uint8Array
}
/** The parameters of `log_append_packed`, and the lanes whose next positions it gives. */
export interface Write {
  readonly values: readonly unknown[]
  readonly lanes: readonly (readonly [topic: string, partition: number])[]
}

/** The one statement of an append; the test of G23 asks it as well. */
export const writeText = `select log_append_packed(${Array.from({ length: 16 }, (_, at) => `$${at + 1}`).join()}) as nexts`

/** One event as `log_append` and `log_tell` take it. */
export const eventRow = (event: AnyEvent, partitions: number): string =>
  `{"t":${JSON.stringify(topicOf(event.type))},"p":${partitionOf(event.key, partitions)},"y":${JSON.stringify(event.type)},"e":${JSON.stringify(event)}}`

export function encode(batch: Batch, partitions: number): Encoded {
  const events = batch.events.map((event) => encodeEvent(event, partitions))
  const raws = (batch.raws ?? []).map(encodeRaw)
  const texts = events.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
  const bodies = raws.reduce((sum, { owner, bytes }) => sum + owner.length + bytes.byteLength, 0)
  return { events, raws, rows: events.length + raws.length, bytes: texts + bodies }
}

function encodeEvent(event: AnyEvent, partitions: number): EncodedEvent {
  const text = JSON.stringify(event)
  if (mayBeNoText.test(text) && noText.test(text)) throw notStorable(event)
  return {
    topic: topicOf(event.type),
    partition: partitionOf(event.key, partitions),
    type: event.type,
    bytes: Buffer.from(text),
  }
}

/** NUL and halves of surrogate pairs are JSON, and no text to whoever reads a field of it later. */
const mayBeNoText = /\\u(?:0000|d)/
const noText = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/
const notStorable = ({ id, type }: AnyEvent): GatewayError =>
  new GatewayError(
    'event.invalid',
    `Appending to the log: the ${type} ${id} holds a NUL or half a surrogate pair, which the database takes in no text. Clean it before it is appended.`,
    { about: { event: id, type } },
  )

const nothing = new Uint8Array()
function encodeRaw({ ref, workspace, channel, account, contentType: type, meta, body }: KeptRaw): EncodedRaw {
  const owner = JSON.stringify({ key: ref.key, workspace, channel, account, type, meta })
  const isBlob = typeof body === 'string'
  return { id: ref.id, at: ref.at, owner, blob: isBlob ? body : null, bytes: isBlob ? nothing : body }
}

/** Calls that share a write, as arrays of places in one value of bytes. */
export function writeOf(calls: readonly Encoded[]): Write {
  const packed = makePack()
  const raws = calls.flatMap((call) => call.raws)
  const owners = numbered(raws.map((raw) => raw.owner))
  const rawPlaces = raws.map((raw) => packed.add(raw.bytes))
  const lanes = lanesOf(calls)
  const events = lanes.flatMap((lane, at) => lane.events.map((event, nth) => ({ ...event, lane: at + 1, nth })))
  const eventPlaces = events.map((event) => packed.add(event.bytes))
  const values = [
    packed.bytes(),
    `[${[...owners.keys()].join()}]`,
    raws.map((raw) => raw.id),
    raws.map((raw) => raw.at),
    numbers(raws.map((raw) => owners.get(raw.owner) ?? 0)),
    raws.map((raw) => raw.blob),
    numbers(rawPlaces.map((place) => place.start)),
    numbers(rawPlaces.map((place) => place.size)),
    lanes.map((lane) => lane.topic),
    numbers(lanes.map((lane) => lane.partition)),
    numbers(lanes.map((lane) => lane.events.length)),
    numbers(events.map((event) => event.lane)),
    numbers(events.map((event) => event.nth)),
    events.map((event) => event.type),
    numbers(eventPlaces.map((place) => place.start)),
    numbers(eventPlaces.map((place) => place.size)),
  ]
  return { values, lanes: lanes.map(({ topic, partition }) => [topic, partition]) }
}

/** An array as PostgreSQL reads it; the driver's own way looks at every element for quotes. */
const numbers = (values: readonly number[]): string => `{${values.join()}}`

/** Each text once, with its number from 1. */
function numbered(texts: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const text of texts) if (!found.has(text)) found.set(text, found.size + 1)
  return found
}

interface Lane {
  readonly topic: string
  readonly partition: number
  readonly events: EncodedEvent[]
}
/** By topic and partition, in the order in which every writer locks their counters; events in the order given. */
function lanesOf(calls: readonly Encoded[]): readonly Lane[] {
  const lanes = new Map<string, Lane>()
  for (const event of calls.flatMap((call) => call.events)) {
    const { topic, partition } = event
    const name = `${topic}/${partition}`
    const lane = lanes.get(name) ?? { topic, partition, events: [] }
    lane.events.push(event)
    lanes.set(name, lane)
  }
  return [...lanes.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
}

function makePack() {
  const parts: Uint8Array[] = []
  let length = 0
  return {
    add(bytes: Uint8Array): { readonly start: number; readonly size: number } {
      const start = length
      if (bytes.byteLength > 0) parts.push(bytes)
      length += bytes.byteLength
      return { start, size: bytes.byteLength }
    },
    bytes: (): Uint8Array => Buffer.concat(parts, length),
  }
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
