// What a channel's normalize said becomes an event of the house: ids, envelope, bytes in their place, nothing a store cannot hold.
import { createHash } from 'node:crypto'
import {
  schemaVersion,
  type Actor,
  type AnyEvent,
  type EventType,
  type Origin,
  type RawRef,
} from '../../schemas/events.ts'
import { attachmentIdOf, eventIdFor, messageIdOf, type BlobRef, type EventId } from '../../schemas/ids.ts'
import type { Attachment } from '../../schemas/message.ts'
import type { AnyChannel, InboundEvent, Incoming, IncomingFile, Raw } from '../ports/channel.ts'
import type { BlobStore } from '../ports/edges.ts'
import type { LiveAccount } from '../ports/queues.ts'
import { beginning, clean } from './clean.ts'

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
    origin: source.origin ?? 'live',
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

async function dataOf(it: InboundEvent, placing: Placing): Promise<unknown> {
  const receivedAt = placing.source.raw.receivedAt
  switch (it.type) {
    case 'message.received':
      return await messageData(it.data, it, placing)
    case 'message.echoed':
      return { ...(await messageData(it.data, it, placing)), ours: it.data.ours ?? null }
    case 'message.edited': {
      const { text, fullText } = await textData(it.data.text, placing)
      const rest = { html: await htmlData(it.data.html, placing), parts: it.data.parts }
      const attachments = await Promise.all(it.data.attachments.map((file, n) => attachmentData(file, n, placing)))
      return { ...aboutData(it), text, fullText, ...rest, attachments, receivedAt }
    }
    case 'message.deleted':
      return { ...aboutData(it), receivedAt }
    case 'message.reacted':
      return { ...aboutData(it), emoji: it.data.emoji, receivedAt }
    case 'message.delivery_updated':
      return {
        externalId: null,
        ours: null,
        upTo: null,
        code: null,
        why: null,
        participant: null,
        conversationKey: it.threadKeys[0] ?? null,
        ...it.data,
        receivedAt,
      }
    case 'contact.linked':
      return { ...it.data, threadKeys: it.threadKeys, receivedAt }
    case 'template.state_changed':
      return { state: null, quality: null, category: null, why: null, ...it.data }
    case 'channel.health_changed':
      return { from: null, state: null, why: null, ...it.data }
    case 'ingest.quarantined':
      return it.data
  }
}

const aboutData = (it: InboundEvent<'message.edited' | 'message.deleted' | 'message.reacted'>) => ({
  target: it.data.target,
  revision: it.data.revision,
  by: it.data.by ?? null,
  threadKeys: it.threadKeys,
})

async function messageData(it: Incoming, head: InboundEvent, placing: Placing) {
  const { text, fullText } = await textData(it.text, placing)
  return {
    message: messageIdOf(placing.id),
    kind: it.kind,
    externalId: it.externalId,
    from: it.from,
    to: it.to ?? [],
    cc: it.cc ?? [],
    subject: it.subject ?? null,
    text,
    fullText,
    html: await htmlData(it.html, placing),
    parts: it.parts,
    attachments: await Promise.all(it.attachments.map((file, n) => attachmentData(file, n, placing))),
    repliesTo: it.repliesTo,
    threadKeys: head.threadKeys,
    automatic: it.automatic ?? null,
    vendor: it.vendor,
    receivedAt: placing.source.raw.receivedAt,
  }
}

async function textData(
  text: string,
  placing: Placing,
): Promise<{ readonly text: string; readonly fullText: BlobRef | null }> {
  if (text.length <= longestText) return { text, fullText: null }
  const fullText = await placing.blobs.put(
    placing.source.account.workspace,
    Buffer.from(text),
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
