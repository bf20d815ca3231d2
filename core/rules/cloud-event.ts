// An event of ours as CloudEvents 1.0 says it: what the feed, SSE and callbacks give, and what Kafka carries beside the data.
import type { Actor, AnyEvent } from '../../schemas/events.ts'

/** Attributes without a value are left out: CloudEvents knows no null. */
export interface CloudEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly time: string
  readonly schemaversion: string
  readonly datacontenttype: 'application/json'
  readonly dataschema: string
  readonly partitionkey: string
  readonly workspace: string
  readonly channel?: string
  readonly account?: string
  readonly correlationid: string
  readonly causationid?: string
  readonly actor: string
  readonly origin: string
  /** Of the feed, per workspace; absent on Kafka. */
  readonly sequence?: string
  readonly data: Readonly<Record<string, unknown>>
}

/** `time` is when it happened, by the vendor; `data.receivedAt` when we had it. */
export function cloudEventOf(event: AnyEvent, sequence: string | null): CloudEvent {
  const { channel, account, cause } = event
  return {
    specversion: '1.0',
    id: event.id,
    source: sourceOf(event),
    type: event.type,
    subject: event.subject,
    time: event.at,
    schemaversion: String(event.version),
    datacontenttype: 'application/json',
    dataschema: schemaAddress(event.type),
    partitionkey: event.key,
    workspace: event.workspace,
    ...(channel === null ? {} : { channel }),
    ...(account === null ? {} : { account }),
    correlationid: event.correlation,
    ...(cause === null ? {} : { causationid: cause }),
    actor: actorOf(event.actor),
    origin: event.origin,
    ...(sequence === null ? {} : { sequence }),
    data: { ...event.data, receivedAt: event.receivedAt },
  }
}

export const schemaAddress = (name: string): string => `/v1/schemas/${name}.json`

/** A URI reference: what people name may hold anything, so each part is escaped. */
const sourceOf = ({ workspace, channel, account }: AnyEvent): string =>
  `/${[workspace, channel, account]
    .filter((it) => it !== null)
    .map(encodeURIComponent)
    .join('/')}`
const actorOf = ({ kind, id }: Actor): string => (id === null ? kind : `${kind}:${id}`)
