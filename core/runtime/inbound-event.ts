// What a channel's normalize said becomes an event of the house: ids, envelope, bytes in their place, nothing a store cannot hold.
import { createHash } from 'node:crypto'
import {
  schemaVersion,
  type Actor,
  type AnyEvent,
  type EventData,
  type EventType,
  type Origin,
  type RawRef,
} from '../../schemas/events.ts'
import { attachmentIdOf, eventIdFor, messageIdOf, type BlobRef, type EventId, type Instant } from '../../schemas/ids.ts'
import type { Attachment, Received } from '../../schemas/message.ts'
import type { AnyChannel, InboundEvent, Incoming, IncomingFile, Raw } from '../ports/channel.ts'
import type { BlobStore } from '../ports/edges.ts'
import type { LiveAccount } from '../ports/queues.ts'
import { beginning, clean } from './clean.ts'
import { surelyWithin } from './json-size.ts'

export interface Source {
  readonly channel: AnyChannel
  readonly account: LiveAccount
  readonly raw: Raw
  readonly ref: RawRef
  readonly origin?: Origin
  readonly correlation: string
}

/** Text beyond this many UTF-16 units lies in a blob; the event keeps its beginning. */
const longestText = 16_000
/** An event larger than this would not pass every log: it is quarantined, its raw stays. */
const largestEvent = 128 * 1024

/** Rejects only when a blob cannot be stored. */
export async function inboundEvent(inbound: InboundEvent, source: Source, blobs: BlobStore): Promise<AnyEvent> {
  const it = clean(inbound)
  const id = eventIdFor(source.account.workspace, source.channel.name, source.account.id, it.type, it.dedupe)
  const data = await dataOf(it, { id, source, blobs })
  const event = { ...envelopeOf(it, id, source), type: it.type, data } as AnyEvent
  if (surelyWithin(event, largestEvent)) return event
  const bytes = Buffer.byteLength(JSON.stringify(event))
  return bytes <= largestEvent ? event : tooLarge(it, bytes, source)
}

function envelopeOf(it: InboundEvent, id: EventId, source: Source) {
  const { account, channel, raw } = source
  return {
    id,
    workspace: account.workspace,
    channel: channel.name,
    account: account.id,
    version: schemaVersion,
    at: it.at < raw.receivedAt ? it.at : raw.receivedAt, // a vendor's clock may run ahead of ours
    receivedAt: raw.receivedAt,
    key: `${channel.name}/${account.id}/${it.lane}`,
    subject: it.threadKeys[0] ?? it.lane,
    cause: null,
    correlation: source.correlation,
    actor: actorOf(it.type),
    origin: it.origin ?? source.origin ?? 'live',
    raw: source.ref,
  }
}

function actorOf(type: EventType): Actor {
  if (type === 'message.echoed') return { kind: 'tool', id: null }
  const byCustomer: readonly EventType[] = ['message.received', 'message.edited', 'message.deleted', 'message.reacted']
  return { kind: byCustomer.includes(type) ? 'customer' : 'system', id: null }
}

function tooLarge(it: InboundEvent, bytes: number, source: Source): AnyEvent {
  const { account, channel } = source
  const id = eventIdFor(account.workspace, channel.name, account.id, 'ingest.quarantined', it.dedupe)
  const why = `a ${it.type} of ${bytes} bytes is larger than the ${largestEvent} an event may have; the raw holds all of it`
  return {
    ...envelopeOf(it, id, source),
    actor: { kind: 'system', id: null },
    type: 'ingest.quarantined',
    data: { path: '', why },
  } as AnyEvent
}

interface Placing {
  readonly id: EventId
  readonly source: Source
  readonly blobs: BlobStore
}

/** By type, so that the compiler asks for what is missing. */
type DataOf = {
  readonly [K in InboundEvent['type']]: (it: InboundEvent<K>, placing: Placing) => EventData[K] | Promise<EventData[K]>
}
const dataOfType: DataOf = {
  'message.received': (it, placing) => messageData(it.data, it, placing),
  'message.echoed': async (it, placing) => ({
    ...(await messageData(it.data, it, placing)),
    ours: it.data.ours ?? null,
    ...(it.data.mayBeOurs === true ? { mayBeOurs: true } : {}),
    ...(it.data.stands === undefined ? {} : { stands: [...it.data.stands] }),
  }),
  'message.edited': async (it, placing) => ({
    ...aboutData(it, placing),
    ...(await textData(it.data.text, placing)),
    html: await htmlData(it.data.html, placing),
    parts: [...it.data.parts],
    attachments: await filesData(it.data.attachments, placing),
  }),
  'message.deleted': (it, placing) => aboutData(it, placing),
  'message.reacted': (it, placing) => ({ ...aboutData(it, placing), emoji: it.data.emoji }),
  'message.delivery_updated': (it, placing) => ({
    externalId: it.data.externalId ?? null,
    ours: it.data.ours ?? null,
    upTo: it.data.upTo ?? null,
    conversationKey: it.threadKeys[0] ?? null,
    state: it.data.state,
    code: it.data.code ?? null,
    why: it.data.why ?? null,
    participant: it.data.participant ?? null,
    ...(it.data.recipient === undefined ? {} : { recipient: it.data.recipient }),
    ...(it.data.proof === undefined ? {} : { proof: it.data.proof }),
    receivedAt: receivedAt(placing),
  }),
  'contact.linked': (it, placing) => ({
    from: [...it.data.from],
    to: it.data.to,
    threadKeys: [...it.threadKeys],
    why: it.data.why,
    receivedAt: receivedAt(placing),
  }),
  'contact.preference_changed': (it, placing) => ({
    party: it.data.party,
    subject: it.data.subject,
    value: it.data.value,
    why: it.data.why ?? null,
    ...(it.data.ours === undefined ? {} : { ours: it.data.ours }),
    threadKeys: [...it.threadKeys],
    receivedAt: receivedAt(placing),
  }),
  'template.state_changed': ({ data }) => ({
    template: data.template,
    name: data.name,
    language: data.language,
    state: data.state ?? null,
    quality: data.quality ?? null,
    category: data.category ?? null,
    why: data.why ?? null,
  }),
  'channel.health_changed': ({ data }) => ({
    from: null,
    state: data.state ?? null,
    why: data.why ?? null,
    facts: data.facts,
  }),
  'ingest.quarantined': ({ data }) => data,
}
const dataOf = (it: InboundEvent, placing: Placing): unknown =>
  (dataOfType[it.type] as (it: InboundEvent, placing: Placing) => unknown)(it, placing)

const receivedAt = (placing: Placing): Instant => placing.source.raw.receivedAt

const aboutData = (it: InboundEvent<'message.edited' | 'message.deleted' | 'message.reacted'>, placing: Placing) => ({
  target: it.data.target,
  revision: it.data.revision,
  by: it.data.by ?? null,
  threadKeys: [...it.threadKeys],
  receivedAt: receivedAt(placing),
})

async function messageData(it: Incoming, head: InboundEvent, placing: Placing): Promise<Received> {
  return {
    message: messageIdOf(placing.id),
    kind: it.kind,
    externalId: it.externalId,
    from: it.from,
    to: [...(it.to ?? [])],
    cc: [...(it.cc ?? [])],
    subject: it.subject ?? null,
    ...(await textData(it.text, placing, it.fullText)),
    html: await htmlData(it.html, placing),
    parts: [...it.parts],
    attachments: await filesData(it.attachments, placing),
    repliesTo: [...it.repliesTo],
    threadKeys: [...head.threadKeys],
    ...(it.name === undefined ? {} : { name: it.name }),
    ...(head.colleagueKeys === undefined ? {} : { colleagueKeys: [...head.colleagueKeys] }),
    ...(head.guestKeys === undefined ? {} : { guestKeys: [...head.guestKeys] }),
    ...(head.weakKeys === undefined ? {} : { weakKeys: [...head.weakKeys] }),
    automatic: it.automatic ?? null,
    ...(it.begins === undefined ? {} : { begins: it.begins }),
    ...(it.opens === undefined ? {} : { opens: it.opens }),
    vendor: it.vendor,
    receivedAt: receivedAt(placing),
  }
}

const filesData = (files: readonly IncomingFile[], placing: Placing): Promise<Attachment[]> =>
  Promise.all(files.map((file, n) => attachmentData(file, n, placing)))

async function textData(
  text: string,
  placing: Placing,
  whole: string = text,
): Promise<{ readonly text: string; readonly fullText: BlobRef | null }> {
  if (text.length <= longestText && whole === text) return { text, fullText: null }
  const fullText = await placing.blobs.put(
    placing.source.account.workspace,
    Buffer.from(whole),
    'text/plain; charset=utf-8',
  )
  return { text: beginning(text, longestText), fullText }
}

const htmlData = async (html: Uint8Array | undefined, placing: Placing): Promise<BlobRef | null> =>
  html === undefined ? null : placing.blobs.put(placing.source.account.workspace, html, 'text/html; charset=utf-8')

async function attachmentData(file: IncomingFile, n: number, placing: Placing): Promise<Attachment> {
  const head = { id: attachmentIdOf(placing.id, n), name: file.name, type: file.type }
  const size = file.size ?? null
  if ('bytes' in file.source) {
    const { bytes } = file.source
    const blob = await placing.blobs.put(placing.source.account.workspace, bytes, file.type)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { ...head, size: bytes.byteLength, sha256, state: 'stored', source: { blob } }
  }
  if ('live' in file.source) return { ...head, size, sha256: null, state: 'live', source: file.source }
  return { ...head, size, sha256: null, state: 'pending', source: file.source }
}
