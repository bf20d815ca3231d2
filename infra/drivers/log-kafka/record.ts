// What lies in Kafka: an event as CloudEvents 1.0 in binary mode (attributes in headers, data as the value), a raw as its bytes.
import type { IHeaders, KafkaMessage, Message } from 'kafkajs'
import { dataSchemas, topicOf, type Actor, type AnyEvent, type EventType } from '../../../schemas/events.ts'
import type { BlobRef, ChannelName, Instant, WorkspaceId } from '../../../schemas/ids.ts'
import type { KeptRaw } from '../../../core/ports/event-log.ts'
import { cloudEventOf } from '../../../core/rules/cloud-event.ts'
import { partitionOf } from '../../../core/runtime/partition.ts'

export interface LogRecord {
  /** Without the prefix. */
  readonly topic: string
  readonly partition: number
  readonly message: Message
  /** What a batch is counted by: value, key, headers and what frames them, rounded up. */
  readonly bytes: number
}
export const rawTopic = 'raw'
/** Offsets, lengths and times of a record, and of each header. */
const frameBytes = 40
const frameBytesAHeader = 6

/** `now`: when it is appended; what lag counts from. */
export function eventRecord(event: AnyEvent, partitions: number, now: Instant): LogRecord {
  const { data, datacontenttype, ...attributes } = cloudEventOf(event, null)
  const headers: Record<string, string> = { 'content-type': datacontenttype }
  for (const [name, value] of Object.entries(attributes)) headers[`ce_${name}`] = String(value)
  // No attribute of the event: the way back to the bytes it was made from, for this house.
  if (event.raw !== null) headers['inlet_raw'] = JSON.stringify(event.raw)
  return recordOf(
    { topic: topicOf(event.type), key: event.key, value: Buffer.from(JSON.stringify(data)), headers },
    partitions,
    now,
  )
}

/** Its time is when it was heard: raws are found by it. */
export function rawRecord(raw: KeptRaw, partitions: number): LogRecord {
  const { ref, workspace, channel, account, contentType, meta, body } = raw
  const blob = typeof body === 'string' ? body : null
  const headers: Record<string, string> = {
    'content-type': contentType,
    inlet_id: ref.id,
    inlet_at: ref.at,
    inlet_workspace: workspace,
    inlet_channel: channel,
    inlet_account: account,
    inlet_meta: JSON.stringify(meta),
    ...(blob === null ? {} : { inlet_blob: blob }),
  }
  const value = typeof body === 'string' ? Buffer.alloc(0) : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return recordOf({ topic: rawTopic, key: ref.key, value, headers }, partitions, ref.at)
}

function recordOf(
  it: { readonly topic: string; readonly key: string; readonly value: Buffer; readonly headers: IHeaders },
  partitions: number,
  at: Instant,
): LogRecord {
  const { topic, key, value, headers } = it
  const partition = partitionOf(key, partitions)
  const ofHeaders = Object.entries(headers).reduce(
    (sum, [name, text]) => sum + name.length + Buffer.byteLength(String(text)) + frameBytesAHeader,
    0,
  )
  const bytes = frameBytes + Buffer.byteLength(key) + value.byteLength + ofHeaders
  return { topic, partition, message: { key, value, headers, partition, timestamp: String(Date.parse(at)) }, bytes }
}

const textOf = (headers: IHeaders | undefined, name: string): string | null => {
  const value = headers?.[name]
  return value === undefined ? null : String(Array.isArray(value) ? value[0] : value)
}
export const typeOf = (message: Pick<KafkaMessage, 'headers'>): string | null => textOf(message.headers, 'ce_type')

/**
 * Data of most types carry the time they were received for the envelope only; of others it is their own. Of a type this build does not know
 * nothing is taken away.
 */
const withoutReceivedAt: ReadonlySet<string> = new Set(
  Object.entries(dataSchemas).flatMap(([type, { properties }]) => ('receivedAt' in properties ? [] : [type])),
)

/** Throws a sentence where the record is no event of ours. What it holds is checked by who takes it. */
export function eventFrom(message: KafkaMessage): AnyEvent {
  const need = (name: string): string => {
    const value = textOf(message.headers, `ce_${name}`)
    if (value === null) throw new Error(`the header ce_${name} is missing`)
    return value
  }
  const maybe = (name: string): string | null => textOf(message.headers, `ce_${name}`)
  const type = need('type')
  const data: unknown = JSON.parse(String(message.value))
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new Error('its value is no JSON object')
  const { receivedAt, ...rest } = data as { readonly receivedAt: Instant }
  const raw = textOf(message.headers, 'inlet_raw')
  return {
    id: need('id'),
    workspace: need('workspace'),
    channel: maybe('channel'),
    account: maybe('account'),
    version: Number(need('schemaversion')),
    at: need('time'),
    receivedAt,
    key: need('partitionkey'),
    subject: need('subject'),
    cause: maybe('causationid'),
    correlation: need('correlationid'),
    actor: actorFrom(need('actor')),
    origin: need('origin'),
    raw: raw === null ? null : JSON.parse(raw),
    type: type as EventType,
    data: withoutReceivedAt.has(type) ? rest : data,
  } as unknown as AnyEvent
}

function actorFrom(text: string): Actor {
  const colon = text.indexOf(':')
  return (colon === -1 ? { kind: text, id: null } : { kind: text.slice(0, colon), id: text.slice(colon + 1) }) as Actor
}

/** Null where the record is no raw of ours. */
export function rawFrom(message: Pick<KafkaMessage, 'headers' | 'key' | 'value'>): KeptRaw | null {
  const { headers, key, value } = message
  const [id, at, meta] = [textOf(headers, 'inlet_id'), textOf(headers, 'inlet_at'), textOf(headers, 'inlet_meta')]
  if (id === null || at === null || meta === null || key === null) return null
  return {
    ref: { id, at: at as Instant, key: String(key) },
    workspace: textOf(headers, 'inlet_workspace') as WorkspaceId,
    channel: textOf(headers, 'inlet_channel') as ChannelName,
    account: textOf(headers, 'inlet_account') ?? '',
    contentType: textOf(headers, 'content-type') ?? '',
    meta: JSON.parse(meta) as Readonly<Record<string, string>>,
    body: (textOf(headers, 'inlet_blob') as BlobRef | null) ?? new Uint8Array(value ?? []),
  }
}
