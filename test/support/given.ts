// Builds what a pure decision is given: events, rows and a moment, with everything that does not matter filled in.
import type { EventData, EventOf, EventType, Envelope } from '../../schemas/events.ts'
import {
  eventIdFor,
  idFrom,
  type ChannelName,
  type ContactId,
  type ConversationId,
  type Instant,
  type MessageId,
  type ReplyId,
  type TicketId,
  type WorkspaceId,
} from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import type { Capabilities } from '../../core/ports/channel.ts'
import type { Asker } from '../../core/ports/command.ts'
import type { AccountRow, ContactRow, ConversationRow, ReplyRow, TicketRow } from '../../core/ports/rows.ts'
import type { Moment, Verbs } from '../../core/ports/worker.ts'
import { statusCategories } from '../../schemas/ticket.ts'

export const workspace = 'main' as WorkspaceId
export const channel = 'pigeon' as ChannelName
export const start = '2026-11-20T10:00:00.000Z' as Instant

/** So much after the start of the test's time. */
export const after = (time: {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly ms?: number
}): Instant =>
  new Date(
    Date.parse(start) +
      (time.days ?? 0) * 86_400_000 +
      (time.hours ?? 0) * 3_600_000 +
      (time.minutes ?? 0) * 60_000 +
      (time.ms ?? 0),
  ).toISOString() as Instant

export const ayse: Party = { id: '905321112233', name: 'Ayşe', address: '+905321112233', keys: ['phone:905321112233'] }
export const us: Party = { id: 'main', name: null, address: null, keys: [] }

/** An event of this type; `dedupe` names it: the same one is the same event. */
export function event<T extends EventType>(
  type: T,
  dedupe: string,
  data: EventData[T],
  more: Partial<Envelope> = {},
): EventOf<T> {
  const at = more.at ?? start
  return {
    id: eventIdFor(workspace, channel, 'main', type, dedupe),
    type,
    workspace,
    channel,
    account: 'main',
    version: 1,
    at,
    receivedAt: at,
    key: 'pigeon:905321112233',
    subject: 'pigeon:905321112233',
    cause: null,
    correlation: dedupe,
    actor: { kind: 'customer', id: null },
    origin: 'live',
    raw: null,
    data,
    ...more,
  } as unknown as EventOf<T>
}

const said = (externalId: string, at: Instant) => ({
  message: '',
  kind: 'dm',
  externalId,
  from: ayse,
  to: [us],
  cc: [],
  subject: null,
  text: 'Merhaba, siparişim gelmedi',
  fullText: null,
  html: null,
  parts: [],
  attachments: [],
  repliesTo: [],
  threadKeys: ['phone:905321112233'],
  automatic: null,
  vendor: {},
  receivedAt: at,
})

export function received(
  externalId: string,
  data: Partial<EventData['message.received']> = {},
  more: Partial<Envelope> = {},
): EventOf<'message.received'> {
  return event('message.received', externalId, { ...said(externalId, more.at ?? start), ...data }, more)
}

export function echoed(
  externalId: string,
  data: Partial<EventData['message.echoed']> = {},
  more: Partial<Envelope> = {},
): EventOf<'message.echoed'> {
  const base = { ...said(externalId, more.at ?? start), from: us, to: [ayse], ours: null }
  return event('message.echoed', externalId, { ...base, ...data }, more)
}

const about = (target: string, revision: string) => ({
  target,
  revision,
  by: ayse,
  threadKeys: ['phone:905321112233'],
  receivedAt: start,
})
export const edited = (target: string, revision: string, text: string): EventOf<'message.edited'> =>
  event('message.edited', `${target}/edit/${revision}`, {
    ...about(target, revision),
    text,
    fullText: null,
    html: null,
    parts: [],
    attachments: [],
  })
export const deleted = (target: string, revision: string): EventOf<'message.deleted'> =>
  event('message.deleted', `${target}/delete/${revision}`, about(target, revision))
export const reacted = (target: string, revision: string, emoji: string | null): EventOf<'message.reacted'> =>
  event('message.reacted', `${target}/react/${revision}`, { ...about(target, revision), emoji })
export const linked = (from: readonly string[], to: Party, threadKeys: readonly string[]): EventOf<'contact.linked'> =>
  event('contact.linked', `${from.join()}>${to.id}`, {
    from: [...from],
    to,
    threadKeys: [...threadKeys],
    why: 'changed_number',
    receivedAt: start,
  })

export const delivery = (
  data: Partial<EventData['message.delivery_updated']>,
  more: Partial<Envelope> = {},
): EventOf<'message.delivery_updated'> => {
  const whole = {
    externalId: null,
    ours: null,
    upTo: null,
    conversationKey: null,
    state: 'delivered' as const,
    code: null,
    why: null,
    participant: null,
    receivedAt: more.at ?? start,
    ...data,
  }
  return event(
    'message.delivery_updated',
    JSON.stringify([whole.externalId, whole.ours, whole.upTo, whole.state, whole.recipient]),
    whole,
    more,
  )
}

export const id = (prefix: 'tkt' | 'cnv' | 'con' | 'msg' | 'rep' | 'att', name: string): string => idFrom(prefix, name)

export const contactRow = (name: string, more: Partial<ContactRow> = {}): ContactRow => ({
  id: id('con', name) as ContactId,
  name,
  address: null,
  keys: [],
  language: null,
  stops: [],
  isBlocked: false,
  createdAt: start,
  ...more,
})
export const conversationRow = (more: Partial<ConversationRow> = {}): ConversationRow => ({
  id: id('cnv', 'one') as ConversationId,
  channel,
  account: 'main',
  kind: 'dm',
  lane: 'pigeon:905321112233',
  contact: id('con', 'Ayşe') as ContactId,
  party: ayse,
  vendor: {},
  customerAt: start,
  ticket: id('tkt', 'one') as TicketId,
  ...more,
})
export const ticketRow = (more: Partial<TicketRow> = {}): TicketRow => ({
  id: id('tkt', 'one') as TicketId,
  number: 1000,
  brand: null,
  channel,
  account: 'main',
  conversation: id('cnv', 'one') as ConversationId,
  contact: id('con', 'Ayşe') as ContactId,
  requesterName: 'Ayşe',
  requesterAddress: '+905321112233',
  subject: 'Merhaba',
  status: 'new',
  customStatus: null,
  category: statusCategories[more.status ?? 'new'],
  priority: 'low',
  type: null,
  topic: null,
  tags: [],
  folders: [],
  language: null,
  assignee: null,
  assignedAt: null,
  group: null,
  origin: 'customer',
  parent: null,
  createdAt: start,
  updatedAt: start,
  resolvedAt: null,
  snoozedUntil: null,
  version: 1,
  ...more,
})
export const replyRow = (more: Partial<ReplyRow> = {}): ReplyRow & Pick<Verbs['queue-reply'], 'outbound'> => ({
  id: id('rep', 'one') as ReplyId,
  message: id('msg', 'reply') as MessageId,
  ticket: id('tkt', 'one') as TicketId,
  conversation: id('cnv', 'one') as ConversationId,
  channel,
  account: 'main',
  kind: 'dm',
  state: 'sending',
  author: 'person',
  attempt: 1,
  externalId: null,
  code: null,
  why: null,
  text: 'Yola çıktı.',
  to: [ayse.id],
  correlation: 'call-1',
  outbound: {
    ours: id('rep', 'one'),
    kind: 'dm',
    author: 'person',
    to: ayse,
    text: 'Yola çıktı.',
    parts: [],
    attachments: [],
    repliesTo: [],
    vendor: {},
  },
  ...more,
})
export const accountRow = (more: Partial<AccountRow> = {}): AccountRow => ({
  channel,
  id: 'main',
  endpoint: 'main',
  brand: 'shop',
  settings: {},
  secrets: {},
  state: 'connected',
  since: start,
  why: null,
  facts: {},
  tokenHash: null,
  assignment: null,
  autoAfterMinutes: 10,
  version: 1,
  ...more,
})

/** A kind of conversation with a window of a day, a week for persons, and templates. */
export const dm: Capabilities = {
  live: true,
  visibility: 'private',
  text: { max: 40, unit: 'codePoints', format: 'plain' },
  attachments: {
    maxCount: 2,
    types: [
      { type: 'image/*', maxBytes: 100 },
      { type: 'application/pdf', maxBytes: 1000 },
    ],
  },
  parts: ['location'],
  windows: [
    { untilHours: 24, for: 'anyone', as: 'free' },
    { untilHours: 168, for: 'person', as: 'tagged' },
    { untilHours: Number.POSITIVE_INFINITY, for: 'anyone', as: 'template' },
  ],
  replies: 'many',
  resend: 'may-duplicate',
}

/** Ids are numbered, so that a decision can be read. */
export const moment = (now: Instant = start, name = 'moment'): Moment => {
  let n = 0
  return { now, newId: (prefix) => idFrom(prefix, name, n++) }
}
export const agent: Asker = {
  actor: { kind: 'agent', id: 'agent-7' },
  scopes: ['admin'],
  from: '127.0.0.1',
  correlation: 'call-1',
}
