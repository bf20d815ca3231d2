// The ticket: its vocabulary (status, priority) and the ticket.* events.
import Type, { type Static } from 'typebox'
import { instant, nullable, oneOf, text } from './shapes.ts'
import { Why } from './why.ts'

/** Statuses and their fixed category (features 3.3). Custom ones (B24) are names within a category; the category never changes meaning. */
export const statusCategories = {
  new: 'open',
  open: 'open',
  reopened: 'open',
  pending: 'waiting',
  on_hold: 'waiting',
  resolved: 'done',
  closed: 'done',
  spam: 'junk',
} as const satisfies Record<string, 'open' | 'waiting' | 'done' | 'junk'>
export type TicketStatus = keyof typeof statusCategories
export type StatusCategory = (typeof statusCategories)[TicketStatus]
/** What a custom status of a category behaves like, in everything that moves a ticket. */
export const behavesLike = {
  open: 'open',
  waiting: 'on_hold',
  done: 'resolved',
  junk: 'spam',
} as const satisfies Record<StatusCategory, TicketStatus>
export const ticketStatuses = Object.keys(statusCategories) as readonly TicketStatus[]
export const categories = ['open', 'waiting', 'done', 'junk'] as const
export const priorities = ['urgent', 'high', 'normal', 'low'] as const
export type Priority = (typeof priorities)[number]
export const origins = ['customer', 'agent', 'tool', 'import'] as const
export type TicketOrigin = (typeof origins)[number]

const ticket = text('tkt_…')
const status = oneOf(ticketStatuses)

export const TicketCreated = Type.Object({
  ticket,
  number: Type.Integer({ minimum: 1, description: 'What people call it by; gaps are allowed.' }),
  conversation: nullable(text('cnv_…; null for a ticket without a channel yet.')),
  contact: nullable(text('con_…')),
  brand: nullable(Type.String()),
  subject: nullable(Type.String()),
  status,
  priority: oneOf(priorities),
  origin: oneOf(origins),
  parent: nullable(text('tkt_… this one follows up on.')),
})
export type TicketCreated = Static<typeof TicketCreated>

export const TicketMessageAdded = Type.Object({
  ticket,
  message: text('msg_…'),
  direction: oneOf(['in', 'out', 'internal']),
  kind: oneOf(['user', 'agent', 'bot', 'auto', 'campaign', 'system', 'note']),
  opensTicket: Type.Optional(
    Type.Boolean({ description: 'true: the ticket was opened by it, in the same breath. Left out: it was there.' }),
  ),
  ...Why,
})
export type TicketMessageAdded = Static<typeof TicketMessageAdded>

export const TicketMessageReplaced = Type.Object({
  ticket,
  message: text('msg_…: an answer of ours that customers do not read any more.'),
  by: nullable(text('msg_… of the answer that took its place, ours or a colleague’s; null: it stands there again.')),
})
export type TicketMessageReplaced = Static<typeof TicketMessageReplaced>

export const TicketStatusChanged = Type.Object({
  ticket,
  from: status,
  to: status,
  category: oneOf(categories),
  why: nullable(text('customer_wrote, reply_sent, close_days, snooze_over, … or what the person gave.')),
  because: Why.because,
  custom: Type.Optional(
    Type.Object(
      {
        from: nullable(text('The key of the custom status it had; null: none.')),
        to: nullable(text('The key of the one it has now; null: none.')),
      },
      { description: 'Where one of both is a custom status: `from` and `to` are then the ones they behave like.' },
    ),
  ),
})
export type TicketStatusChanged = Static<typeof TicketStatusChanged>

/** Put away until an hour, or until the customer writes (B9). */
export const TicketSnoozed = Type.Object({
  ticket,
  until: instant,
  from: nullable(instant, 'It was put away until then already; null: it was not.'),
})
export type TicketSnoozed = Static<typeof TicketSnoozed>
export const TicketUnsnoozed = Type.Object({
  ticket,
  until: text('When it would have come back by itself.'),
  why: text('snooze_over, customer_wrote, snooze_ended (by hand), or why its status moved.'),
})
export type TicketUnsnoozed = Static<typeof TicketUnsnoozed>

const changed = { ticket, from: nullable(Type.String()), to: nullable(Type.String()), ...Why }
export const TicketAssigned = Type.Object({
  ticket,
  field: oneOf(['assignee', 'group']),
  from: nullable(Type.String()),
  to: Type.String(),
  ...Why,
})
export type TicketAssigned = Static<typeof TicketAssigned>
export const TicketUnassigned = Type.Object({
  ticket,
  field: oneOf(['assignee', 'group']),
  from: Type.String(),
  ...Why,
})
export type TicketUnassigned = Static<typeof TicketUnassigned>
export const TicketFieldChanged = Type.Object(changed)
export type TicketFieldChanged = Static<typeof TicketFieldChanged>
export const TicketTypeChanged = Type.Object({
  ...changed,
  isGiven: Type.Optional(
    Type.Boolean({
      description:
        'true: whoever set it said in the same breath whose the ticket is. Left out: its type says it (D14).',
    }),
  ),
})
export type TicketTypeChanged = Static<typeof TicketTypeChanged>
export const TicketTagged = Type.Object({ ticket, tag: Type.String(), ...Why })
export type TicketTagged = Static<typeof TicketTagged>
export const TicketNoteAdded = Type.Object({ ticket, message: text('msg_…'), text: Type.String() })
export type TicketNoteAdded = Static<typeof TicketNoteAdded>

/** The whole of what was decided of a ticket in one breath: what depends on group or priority listens to this, not to `ticket.created`. */
export const TicketTriaged = Type.Object({
  ticket,
  on: text('created, message, changed or time: what the rules were asked about.'),
  message: Type.Optional(text('msg_… that the rules were asked about, where it was one.')),
  priority: oneOf(priorities),
  type: nullable(Type.String()),
  topic: nullable(Type.String()),
  group: nullable(Type.String()),
  tags: Type.Array(Type.String()),
  folders: Type.Array(Type.String()),
  language: nullable(Type.String()),
  detected: nullable(
    Type.Object({
      language: text('What the words of the message are written in, as read offline.'),
      confidence: Type.Number({ minimum: 0, maximum: 1 }),
    }),
    'null: nothing to read, or no language stood out.',
  ),
  waits: Type.Boolean({ description: 'It waits for an agent: `ticket.assigned` follows when one is free.' }),
  rules: Type.Array(Type.Object({ rule: Type.String(), did: Type.Array(Type.String()) }), {
    description: 'Those that did something, in their order, and what.',
  }),
})
export type TicketTriaged = Static<typeof TicketTriaged>
export const TicketFoldered = Type.Object({
  ticket,
  folder: text('The folder’s id.'),
  isIn: Type.Boolean({ description: 'false: it was taken out.' }),
  ...Why,
})
export type TicketFoldered = Static<typeof TicketFoldered>

/** Told once a ticket and reason: the next message of the same robot adds nothing. */
export const TicketAutoReplyWithheld = Type.Object({
  ticket,
  message: text('msg_… that an automatic reply would have answered.'),
  autoReply: text('The automatic reply’s id.'),
  code: text('automatic, sender, own_address, spam, late, budget_ticket, budget_address, budget_domain, flood …'),
  ...Why,
})
export type TicketAutoReplyWithheld = Static<typeof TicketAutoReplyWithheld>
