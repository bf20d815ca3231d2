// Direct messages, encrypted chat and what was read of them: as the webhook tells it and as the poll tells it, under the same ids.
import type { InboundEvent, IncomingFile } from '../../../core/ports/channel.ts'
import type { Part, Party } from '../../../schemas/message.ts'
import { field, idAt, listAt, objectAt, textAt, type Json } from '../../_shared/read-json.ts'
import { otherOf, pairId, timeOf } from '../wire.ts'
import { entityFiles, keyFiles } from './files.ts'
import { groupOf, plainText, unread, withFullAddresses, type Reading, type Scene } from './scene.ts'

export const conversationKey = (conversation: string): string => `x.dm:${conversation}`

interface Said {
  readonly id: string
  readonly sender: string
  readonly conversation: string
  readonly threadKey?: string
  readonly text: string
  readonly parts?: readonly Part[]
  readonly files?: readonly IncomingFile[]
  readonly dedupe?: string
}

/** What somebody said in a conversation: a customer's message, or ours as the vendor shows it back. */
export function spoken(said: Said, item: Json, scene: Scene): InboundEvent {
  const { id, sender, conversation } = said
  const isOurs = sender === scene.us.userId
  const other = otherOf(conversation, scene.us.userId)
  const isPair = other !== null
  const customer: Party = isOurs ? (isPair ? scene.person(other) : groupOf(conversation)) : scene.person(sender)
  const threadKey = said.threadKey ?? conversationKey(conversation)
  const data = {
    kind: isPair ? 'dm' : 'group',
    externalId: id,
    from: scene.person(sender),
    ...(isOurs ? { to: [customer], mayBeOurs: true as const } : {}),
    text: said.text,
    parts: said.parts ?? [],
    attachments: said.files ?? [],
    repliesTo: [],
    vendor: isPair ? { to: customer.id } : { conversation },
  }
  const head = {
    dedupe: said.dedupe ?? `dm ${id}`,
    lane: `${scene.us.userId}/${threadKey}`,
    threadKeys: [threadKey],
    at: timeOf(item, scene.receivedAt),
  }
  return isOurs ? { ...head, type: 'message.echoed', data } : { ...head, type: 'message.received', data }
}

/** The old shape, inside both webhooks. */
export function readMessageEvent(event: Json, scene: Scene): Reading {
  const create = objectAt(event, 'message_create')
  const id = idAt(event, 'id')
  const sender = idAt(create, 'sender_id') ?? idAt(event, 'sender_id')
  if (id === undefined) return unread('.id', 'it has no id')
  if (sender === undefined) return unread('.message_create.sender_id', 'nobody is named as its sender')
  const recipient = idAt(objectAt(create, 'target'), 'recipient_id')
  const named = textAt(event, 'dm_conversation_id') ?? textAt(objectAt(create, 'target'), 'conversation_id')
  const conversation = named ?? (recipient === undefined ? undefined : pairId(sender, recipient))
  if (conversation === undefined) return unread('.message_create.target', 'it names no recipient')
  const type = textAt(event, 'type') ?? ''
  const message = objectAt(create, 'message_data')
  const content =
    type === 'message_create' && message !== undefined
      ? contentOf(message)
      : unsupported(type === '' ? 'unknown' : type)
  return [spoken({ id, sender, conversation, ...content }, event, scene)]
}

type Content = Pick<Said, 'text' | 'parts' | 'files'>
const unsupported = (type: string, why?: string): Content => ({
  text: '',
  parts: [{ kind: 'unsupported', type, ...(why === undefined ? {} : { why }) }],
})

function contentOf(message: Json): Content {
  const attachment = objectAt(message, 'attachment')
  const kind = textAt(attachment, 'type')
  const media = objectAt(attachment, 'media')
  const short = textAt(media, 'url')
  const text = withFullAddresses(
    plainText(message, 'text'),
    field(message, 'entities'),
    short === undefined ? [] : [short],
  )
  const files = media === undefined ? [] : entityFiles([media])
  if (kind === undefined || files.length > 0) return { text, files }
  return { text, files, parts: [{ kind: 'unsupported', type: kind }] }
}

/** What `GET /2/dm_events` gives. Who joined and who left a group is nothing anybody wrote. */
export function readPolledMessage(item: Json, scene: Scene): Reading {
  const type = textAt(item, 'event_type') ?? ''
  if (type === 'ParticipantsJoin' || type === 'ParticipantsLeave') return []
  const id = idAt(item, 'id')
  const sender = idAt(item, 'sender_id')
  const conversation = textAt(item, 'dm_conversation_id')
  if (id === undefined) return unread('.id', 'it has no id')
  if (sender === undefined) return unread('.sender_id', 'nobody is named as its sender')
  if (conversation === undefined) return unread('.dm_conversation_id', 'it names no conversation')
  const content = type === 'MessageCreate' ? polledContent(item, scene) : unsupported(type === '' ? 'unknown' : type)
  return [spoken({ id, sender, conversation: canonical(conversation), ...content }, item, scene)]
}
/** One spelling of a conversation of two, whichever feed names it. */
function canonical(conversation: string): string {
  const [, one, other] = /^(\d{1,20})-(\d{1,20})$/.exec(conversation) ?? []
  return one === undefined || other === undefined ? conversation : pairId(one, other)
}

/** The poll gives no entities: that the last address stands for the file is known only by there being one. */
function polledContent(item: Json, scene: Scene): Content {
  const keys = listAt(objectAt(item, 'attachments'), 'media_keys')
  const text = withFullAddresses(plainText(item, 'text'), field(item, 'entities'))
  if (keys.length === 0) return { text }
  const files = keyFiles(keys, scene)
  return {
    text: text.replace(/\s*https:\/\/t\.co\/\w+$/, ''),
    files,
    ...(files.length < keys.length ? { parts: [{ kind: 'unsupported', type: 'media' }] } : {}),
  }
}

/** Encrypted chat: only the two phones can read it, so an agent is told that something came, from whom and when. */
export function readChat(payload: Json, scene: Scene): Reading {
  const id = idAt(payload, 'id')
  const sender = idAt(payload, 'sender_id')
  const conversation = textAt(payload, 'conversation_id')
  if (id === undefined) return unread('.id', 'it has no id')
  if (sender === undefined) return unread('.sender_id', 'nobody is named as its sender')
  if (conversation === undefined) return unread('.conversation_id', 'it names no conversation')
  const content = unsupported(
    'encrypted',
    'An end-to-end encrypted message, which this gateway cannot read. Answer and ask the customer to write without encryption, or read it in the X app.',
  )
  // Not a direct message's conversation: the two are not mixed.
  const threadKey = `x.chat:${conversation}`
  return [spoken({ id, sender, conversation, threadKey, dedupe: `chat ${id}`, ...content }, payload, scene)]
}

/** They have read all up to a message of ours. What we read ourselves elsewhere says nothing of a customer. */
export function readMark(event: Json, scene: Scene): Reading {
  const reader = idAt(event, 'sender_id')
  const last = idAt(event, 'last_read_event_id')
  if (reader === undefined || last === undefined) return unread('', 'it does not say who read up to which message')
  if (reader === scene.us.userId) return []
  const conversation = textAt(event, 'dm_conversation_id') ?? pairId(reader, scene.us.userId)
  const key = conversationKey(conversation)
  const isGroup = otherOf(conversation, scene.us.userId) === null
  const head = {
    type: 'message.delivery_updated',
    lane: `${scene.us.userId}/${key}`,
    threadKeys: [key],
    at: timeOf(event, scene.receivedAt),
  } as const
  const data = { state: 'read', ...(isGroup ? { participant: reader } : {}) } as const
  // The one it names may be on its way still, and waits for its answer; those before it are covered by the time.
  return [
    { ...head, dedupe: `read ${reader} ${last}`, data: { ...data, externalId: last } },
    { ...head, dedupe: `read ${reader} up to ${last}`, data: { ...data, upTo: head.at } },
  ]
}
