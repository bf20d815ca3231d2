// The channel side of the house: conversation.*, contact.*, attachment.*, channel.*, template.* and ingest.* events.
import Type, { type Static } from 'typebox'
import { blobRef, instant, nullable, oneOf, text } from './shapes.ts'
import { Party } from './message.ts'

export const healthStates = ['draft', 'connecting', 'connected', 'degraded', 'auth_failed', 'disabled'] as const
export type HealthState = (typeof healthStates)[number]
export const templateStates = ['draft', 'pending', 'approved', 'rejected', 'paused', 'disabled', 'deleted'] as const
export type TemplateState = (typeof templateStates)[number]

const conversation = text('cnv_…')
export const WindowOpened = Type.Object({
  conversation,
  kind: oneOf(['free', 'tagged', 'template']),
  closesAt: instant,
})
export type WindowOpened = Static<typeof WindowOpened>
export const WindowClosed = Type.Object({ conversation, kind: oneOf(['free', 'tagged', 'template']) })
export type WindowClosed = Static<typeof WindowClosed>

const contact = text('con_…')
export const ContactCreated = Type.Object({ contact, name: nullable(Type.String()), keys: Type.Array(Type.String()) })
export type ContactCreated = Static<typeof ContactCreated>
export const ContactUpdated = Type.Object({
  contact,
  field: Type.String(),
  from: nullable(Type.String()),
  to: nullable(Type.String()),
})
export type ContactUpdated = Static<typeof ContactUpdated>
/** Two sets of keys turned out to be one person: the vendor said so (a changed number, a shared phone). */
export const ContactLinked = Type.Object({
  from: Type.Array(Type.String(), { description: 'Keys known so far.' }),
  to: Party,
  threadKeys: Type.Array(Type.String(), {
    description: 'Of the old and the new keys: they are one conversation from now on.',
  }),
  why: Type.String(),
  receivedAt: instant,
})
export type ContactLinked = Static<typeof ContactLinked>
/** What a customer told the vendor about being written to. It binds whoever sends, whatever the tickets say. */
export const ContactPreferenceChanged = Type.Object({
  party: Party,
  subject: text('What it is about, in the vendor’s word: marketing_messages.'),
  value: oneOf(['stop', 'resume']),
  why: nullable(Type.String()),
  ours: Type.Optional(text('rep_… whose report says so: counted only for an address that it went to.')),
  threadKeys: Type.Array(Type.String(), { description: 'Of the conversation, as in message.received.' }),
  receivedAt: instant,
})
export type ContactPreferenceChanged = Static<typeof ContactPreferenceChanged>
export const ContactMerged = Type.Object({
  contact: text('con_… that stays.'),
  gone: text('con_… that now points to it.'),
})
export type ContactMerged = Static<typeof ContactMerged>

const attachment = { attachment: text('att_…'), message: text('msg_…'), conversation: nullable(conversation) }
export const AttachmentStored = Type.Object({
  ...attachment,
  name: Type.String(),
  type: text('Media type by content.'),
  size: Type.Integer({ minimum: 0 }),
  sha256: text('Hex.'),
  blob: blobRef,
})
export type AttachmentStored = Static<typeof AttachmentStored>
export const AttachmentFailed = Type.Object({
  ...attachment,
  state: oneOf(['gone', 'blocked']),
  why: Type.String(),
})
export type AttachmentFailed = Static<typeof AttachmentFailed>

export const ChannelHealthChanged = Type.Object({
  from: nullable(oneOf(healthStates)),
  state: nullable(oneOf(healthStates), 'null: a fact that changes no state.'),
  why: nullable(Type.String()),
  facts: Type.Record(Type.String(), Type.String(), { description: 'What the vendor said: quality, limit, event.' }),
})
export type ChannelHealthChanged = Static<typeof ChannelHealthChanged>

export const TemplateStateChanged = Type.Object({
  template: text('The vendor’s id, as text: it may be wider than 53 bits.'),
  name: Type.String(),
  language: Type.String(),
  state: nullable(oneOf(templateStates), 'null: only quality or category changed.'),
  quality: nullable(Type.String()),
  category: nullable(Type.String()),
  why: nullable(Type.String()),
})
export type TemplateStateChanged = Static<typeof TemplateStateChanged>

export const Quarantined = Type.Object({
  path: text('Where in the bytes: `entry[0].changes[2].value`; empty for the whole.'),
  why: Type.String(),
})
export type Quarantined = Static<typeof Quarantined>
