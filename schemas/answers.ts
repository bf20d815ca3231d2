// What the API answers with, a schema each: surface.md section 3, every key always there, whatever the channel.
import Type, { type Static, type TSchema } from 'typebox'
import { assignmentModes } from './agent.ts'
import { Because } from './because.ts'
import { healthStates, templateStates } from './channel.ts'
import { actorKinds } from './events.ts'
import { AutoReplyBudgets } from './auto-reply.ts'
import { lifecycleFields, LifecycleSet } from './lifecycle.ts'
import { replyStates } from './reply.ts'
import { instant, nullable, oneOf, open, record, text } from './shapes.ts'
import { categories, origins, priorities } from './ticket.ts'
import { slaMetrics, slaStates } from './sla.ts'

const word = nullable(Type.String())
const moment = nullable(instant)
const version = Type.Integer({ minimum: 1, description: 'Rises with every change; a change must name it.' })

export const WindowAnswer = Type.Object(
  {
    canReply: Type.Boolean(),
    kind: nullable(oneOf(['free', 'tagged', 'template'])),
    closesAt: moment,
    why: nullable(text('Why it is closed and what would open it.')),
  },
  { description: 'May we write to this customer now, and how.' },
)
export const TicketAnswer = Type.Object({
  id: text('tkt_…'),
  number: Type.Integer({ minimum: 1 }),
  workspace: Type.String(),
  brand: word,
  channel: word,
  account: word,
  subject: word,
  status: text('One of the eight, or the key of a custom one: GET /v1/statuses.'),
  statusCategory: oneOf(categories),
  priority: oneOf(priorities),
  type: word,
  topic: word,
  tags: Type.Array(Type.String()),
  folders: Type.Array(Type.String()),
  language: word,
  requester: Type.Object({ contact: word, name: word, address: word }),
  assignee: word,
  assignedAt: moment,
  group: word,
  window: nullable(WindowAnswer, 'null where the channel has no windows.'),
  sla: Type.Array(
    Type.Object(
      {
        metric: oneOf(slaMetrics),
        policy: text('The id of the policy that promises it.'),
        state: oneOf(slaStates, 'One that was breached stays so, also when it was answered later: see `endedAt`.'),
        startedAt: instant,
        targetMinutes: Type.Integer({ description: 'Of working time.' }),
        dueAt: moment,
        endedAt: nullable(instant, 'When it was answered, resolved or given up.'),
      },
      open,
    ),
    { description: 'What is promised, each with its clock; empty: nothing.' },
  ),
  messageCount: Type.Integer({ minimum: 0 }),
  createdAt: instant,
  updatedAt: instant,
  lastMessageAt: moment,
  resolvedAt: moment,
  snoozedUntil: nullable(instant, 'Put away until then, or until the customer writes.'),
  origin: oneOf(origins),
  conversation: word,
  parent: nullable(text('tkt_… this one follows up on.')),
  refs: Type.Array(Type.String()),
  version,
})
export type TicketAnswer = Static<typeof TicketAnswer>

const PartyAnswer = Type.Object({ id: Type.String(), name: word, address: word })
export const AttachmentAnswer = Type.Object({
  id: text('att_…'),
  name: text('A label only, never a path.'),
  type: Type.String(),
  size: nullable(Type.Integer({ minimum: 0 })),
  sha256: word,
  state: oneOf(['pending', 'stored', 'gone', 'blocked', 'live']),
})
export type AttachmentAnswer = Static<typeof AttachmentAnswer>
export const MessageAnswer = Type.Object({
  id: text('msg_…'),
  ticket: text('tkt_…'),
  direction: oneOf(['in', 'out', 'internal']),
  kind: oneOf(['user', 'agent', 'bot', 'auto', 'campaign', 'system', 'note']),
  from: PartyAnswer,
  to: Type.Array(PartyAnswer),
  cc: Type.Array(PartyAnswer),
  subject: word,
  text: Type.String(),
  fullText: nullable(text('sha256:… of all of it, where `text` is not all: GET /v1/messages/{id}/full-text.')),
  html: nullable(text('sha256:… of its HTML, in or out, made harmless: GET /v1/messages/{id}/html.')),
  parts: Type.Array(Type.Object({ kind: Type.String() }, open)),
  attachments: Type.Array(AttachmentAnswer),
  externalId: word,
  repliesTo: Type.Array(Type.String()),
  automatic: word,
  edited: Type.Boolean(),
  deleted: Type.Boolean(),
  replacedBy: nullable(
    text('msg_… of the answer that took its place, where a vendor keeps one (reviews): customers read that one.'),
  ),
  reactions: Type.Array(Type.Object({ by: Type.String(), emoji: Type.String() })),
  sentAt: instant,
  receivedAt: instant,
  state: nullable(oneOf(replyStates), 'Of what we sent: how far it got.'),
  raw: nullable(text('raw_…: the bytes as the vendor gave them.')),
})
export type MessageAnswer = Static<typeof MessageAnswer>

export const ReplyAnswer = Type.Object({
  id: text('rep_…'),
  ticket: text('tkt_…'),
  message: text('msg_…'),
  channel: Type.String(),
  account: Type.String(),
  state: oneOf(replyStates),
  externalId: word,
  code: nullable(text('The vendor’s, or ours, of a failure.')),
  why: word,
  attempts: Type.Array(Type.Object({ n: Type.Integer(), at: instant, outcome: Type.String(), why: word })),
  queuedAt: instant,
  updatedAt: instant,
  sentAt: moment,
})
export type ReplyAnswer = Static<typeof ReplyAnswer>

export const HistoryAnswer = Type.Object({
  at: instant,
  actor: Type.Object({ kind: oneOf(actorKinds), id: word }),
  event: Type.String(),
  change: nullable(Type.Object({ field: Type.String(), from: Type.Unknown(), to: Type.Unknown() })),
  why: Type.Optional(Type.String()),
  because: Type.Optional(Because),
})
export type HistoryAnswer = Static<typeof HistoryAnswer>

export const ContactAnswer = Type.Object({
  id: text('con_…'),
  name: word,
  address: word,
  keys: Type.Array(Type.String(), { description: 'What identifies the person, each `kind:value`.' }),
  language: nullable(text('What we write to them in, as an agent set it on a ticket of theirs.')),
  stops: Type.Array(
    Type.Object({
      key: text('Which of their addresses, as in `keys`.'),
      subject: text('What does not go there: `automatic_mail`, `marketing_messages`.'),
      why: word,
      at: instant,
    }),
    { description: 'What an address does not take: it is gone, or they said stop.' },
  ),
  isBlocked: Type.Boolean({ description: 'true: what they write is spam from the start.' }),
  version,
  createdAt: instant,
  updatedAt: instant,
})
export type ContactAnswer = Static<typeof ContactAnswer>
export const BrandAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  language: word,
  timezone: word,
  calendar: nullable(text('When it is open; null: always.')),
  lifecycle: nullable(LifecycleSet, 'null: all as in the workspace.'),
  autoReplyBudgets: nullable(AutoReplyBudgets, 'null: all as in the workspace.'),
  version,
})
export type BrandAnswer = Static<typeof BrandAnswer>

export const HealthAnswer = Type.Object({
  state: oneOf(healthStates),
  since: instant,
  why: word,
  facts: record(Type.String(), 'What the vendor said of the account: quality, limit.'),
})
export type HealthAnswer = Static<typeof HealthAnswer>
export const AccountAnswer = Type.Object({
  channel: Type.String(),
  id: Type.String(),
  endpoint: nullable(text('The account whose address the vendor calls; null: its own.')),
  brand: word,
  settings: record(Type.Unknown(), 'As the channel describes them.'),
  secrets: record(
    Type.String(),
    '`env:…` and `file:…` as given; `stored` for what is kept encrypted and never given back.',
  ),
  assignment: nullable(oneOf(assignmentModes), 'null: `auto` where conversations are live, else `pool`.'),
  autoAfterMinutes: Type.Integer({ minimum: 1, description: 'Of `pool_then_auto`.' }),
  lifecycle: nullable(LifecycleSet, 'null: all as of its brand.'),
  health: HealthAnswer,
  version,
})
export type AccountAnswer = Static<typeof AccountAnswer>

export const WorkspaceAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  ...lifecycleFields,
  requireTopic: Type.Boolean({ description: 'Resolving needs a topic.' }),
  autoReplyBudgets: nullable(AutoReplyBudgets, 'null: as the house says; so is what is left out.'),
  version,
})
export type WorkspaceAnswer = Static<typeof WorkspaceAnswer>
export const KeyAnswer = Type.Object({
  id: text('key_…'),
  name: Type.String(),
  prefix: text('The beginning of the key, to find it by.'),
  scopes: Type.Array(Type.String()),
  createdAt: instant,
  expiresAt: moment,
  revokedAt: moment,
  lastUsedAt: moment,
})
export type KeyAnswer = Static<typeof KeyAnswer>
export const TemplateAnswer = Type.Object({
  channel: Type.String(),
  account: Type.String(),
  template: Type.String(),
  name: Type.String(),
  language: Type.String(),
  state: nullable(oneOf(templateStates)),
  quality: word,
  category: word,
  why: word,
  at: instant,
})
export type TemplateAnswer = Static<typeof TemplateAnswer>
export const AuditAnswer = Type.Object({
  id: Type.String(),
  at: instant,
  what: Type.String(),
  subject: Type.String(),
  actor: Type.Object({ kind: oneOf(actorKinds), id: word }),
  from: nullable(text('The address the call came from.')),
  about: record(Type.Unknown(), 'What else belongs to it.'),
})
export type AuditAnswer = Static<typeof AuditAnswer>
export const ParkedAnswer = Type.Object({
  id: Type.String(),
  worker: text('Who could not handle it; `normalize` for bytes that could not be read.'),
  type: Type.String(),
  event: text('evt_…'),
  channel: word,
  account: word,
  subject: Type.String(),
  raw: nullable(text('raw_…')),
  why: Type.String(),
  attempts: Type.Integer({ description: '0: nothing went wrong, it waits for somebody to want it.' }),
  at: instant,
})
export type ParkedAnswer = Static<typeof ParkedAnswer>

export const pageOf = (item: TSchema) =>
  Type.Object({
    items: Type.Array(item),
    next: nullable(text('Give it as `after` for what follows; null at the end.')),
  })
