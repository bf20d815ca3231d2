// The envelope and the closed union of every event in the house: one schema a type, its topic, its version.
import Type, { type Static } from 'typebox'
import type { ChannelName, EventId, Instant, WorkspaceId } from './ids.ts'
import * as agent from './agent.ts'
import * as channel from './channel.ts'
import * as message from './message.ts'
import * as reply from './reply.ts'
import * as sla from './sla.ts'
import * as ticket from './ticket.ts'
import * as time from './time.ts'
import { instant, nullable, oneOf, text } from './shapes.ts'

/** One schema a type. A type that several share in one variant would make `EventOf` silently `never`: keep one key each. */
export const dataSchemas = {
  'message.received': message.Received,
  'message.echoed': message.Echoed,
  'message.edited': message.Edited,
  'message.deleted': message.Deleted,
  'message.reacted': message.Reacted,
  'message.corrected': message.Corrected,
  'message.delivery_updated': message.DeliveryUpdated,
  'message.sent': message.Sent,
  'message.forwarded': message.Forwarded,
  'ticket.created': ticket.TicketCreated,
  'ticket.message_added': ticket.TicketMessageAdded,
  'ticket.message_replaced': ticket.TicketMessageReplaced,
  'ticket.status_changed': ticket.TicketStatusChanged,
  'ticket.assigned': ticket.TicketAssigned,
  'ticket.unassigned': ticket.TicketUnassigned,
  'ticket.priority_changed': ticket.TicketFieldChanged,
  'ticket.type_changed': ticket.TicketTypeChanged,
  'ticket.topic_changed': ticket.TicketFieldChanged,
  'ticket.language_changed': ticket.TicketFieldChanged,
  'ticket.tagged': ticket.TicketTagged,
  'ticket.untagged': ticket.TicketTagged,
  'ticket.snoozed': ticket.TicketSnoozed,
  'ticket.unsnoozed': ticket.TicketUnsnoozed,
  'ticket.note_added': ticket.TicketNoteAdded,
  'ticket.triaged': ticket.TicketTriaged,
  'ticket.foldered': ticket.TicketFoldered,
  'ticket.auto_reply_withheld': ticket.TicketAutoReplyWithheld,
  'reply.requested': reply.ReplyRequested,
  'reply.refused': reply.ReplyRefused,
  'reply.unsure': reply.ReplyUnsure,
  'reply.cancelled': reply.ReplyCancelled,
  'conversation.window_opened': channel.WindowOpened,
  'conversation.window_closed': channel.WindowClosed,
  'contact.created': channel.ContactCreated,
  'contact.updated': channel.ContactUpdated,
  'contact.linked': channel.ContactLinked,
  'contact.preference_changed': channel.ContactPreferenceChanged,
  'contact.merged': channel.ContactMerged,
  'attachment.stored': channel.AttachmentStored,
  'attachment.failed': channel.AttachmentFailed,
  'channel.health_changed': channel.ChannelHealthChanged,
  'template.state_changed': channel.TemplateStateChanged,
  'agent.presence_changed': agent.PresenceChanged,
  'ingest.quarantined': channel.Quarantined,
  'sla.started': sla.SlaStarted,
  'sla.paused': sla.SlaPaused,
  'sla.resumed': sla.SlaResumed,
  'sla.changed': sla.SlaChanged,
  'sla.warning': sla.SlaWarning,
  'sla.breached': sla.SlaBreached,
  'sla.met': sla.SlaMet,
  'sla.cancelled': sla.SlaCancelled,
  'wake.due': time.WakeDue,
} as const

export type EventType = keyof typeof dataSchemas
export type EventData = { readonly [K in EventType]: Static<(typeof dataSchemas)[K]> }
export const eventTypes = Object.keys(dataSchemas) as readonly EventType[]
/** False for a type of a newer release, too. */
export const isKnownType = (type: string): type is EventType => Object.hasOwn(dataSchemas, type)

/** The version written by this build, one for every type until a type needs its own. A reader takes this one and the one before (G18). */
export const schemaVersion = 1

export const actorKinds = ['customer', 'agent', 'rule', 'bot', 'system', 'tool'] as const
/** Who did it. `id` is theirs: con_…, the key's id, the rule's id, the worker's name. */
export interface Actor {
  readonly kind: (typeof actorKinds)[number]
  readonly id: string | null
}
export const origins = ['live', 'replay', 'import'] as const
export type Origin = (typeof origins)[number]

/** Finds a raw again: its id is made from channel, account and bytes; time and key narrow the search in a log. */
export interface RawRef {
  readonly id: string
  readonly at: Instant
  readonly key: string
}

export interface Envelope {
  /** Same fact, same id: `eventIdFor` for what comes in, `raisedEventId` for what a decision raises. */
  readonly id: EventId
  readonly workspace: WorkspaceId
  readonly channel: ChannelName | null
  readonly account: string | null
  readonly version: number
  /** When it happened, by the vendor's clock; never later than receivedAt for windows and sorting. */
  readonly at: Instant
  readonly receivedAt: Instant
  /** Order is kept among events of one key within one topic, and only among those. */
  readonly key: string
  /** The ticket or, before one is known, the conversation's lane: CloudEvents `subject`. */
  readonly subject: string
  readonly cause: EventId | null
  /** One id from the webhook to the reply. */
  readonly correlation: string
  readonly actor: Actor
  /** Replays and imports change the record but greet nobody and start no clock. */
  readonly origin: Origin
  readonly raw: RawRef | null
}

/** One type's event. */
export type EventOf<T extends EventType> = {
  [K in T]: Envelope & { readonly type: K; readonly data: EventData[K] }
}[T]
export type AnyEvent = EventOf<EventType>

/** What a decision raises; the runner adds the envelope. `slot` tells two events of one type and one decision apart. */
export type NewEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly type: K
    readonly key: string
    readonly subject: string
    readonly slot?: string
    readonly at?: Instant
    /** Two deciders may find out the same fact: the id is then made from these, so that it is one event whoever was first. */
    readonly as?: { readonly decider: string; readonly cause: string }
    /** Who did it, where it is not the decider itself: a rule. */
    readonly by?: Actor
    readonly data: EventData[K]
  }
}[T]

export const EnvelopeSchema = Type.Object({
  id: text('evt_…; a repeat carries the same id.'),
  workspace: Type.String(),
  channel: nullable(Type.String()),
  account: nullable(Type.String()),
  version: Type.Integer({ minimum: 1 }),
  at: instant,
  receivedAt: instant,
  key: Type.String({ minLength: 1 }),
  subject: Type.String(),
  cause: nullable(Type.String()),
  correlation: Type.String(),
  actor: Type.Object({ kind: oneOf(actorKinds), id: nullable(Type.String()) }),
  origin: oneOf(origins),
  raw: nullable(Type.Object({ id: Type.String(), at: instant, key: Type.String() })),
  type: oneOf(eventTypes),
})

/** The word before the dot picks the topic: `message.received` → `message`. */
export const topicOf = (type: string): string => type.slice(0, type.indexOf('.'))
export const topics: readonly string[] = [...new Set(eventTypes.map(topicOf))]
/** Topics that tools outside may read; `wake` is the house's own. */
export const publishedTypes: readonly EventType[] = eventTypes.filter((type) => topicOf(type) !== 'wake')
