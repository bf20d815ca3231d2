// What people write: parties, parts, attachments and the message.* events. References only, never bytes.
import Type, { type Static } from 'typebox'
import { text, nullable, instant, blobRef, oneOf, record, open } from './shapes.ts'

/** Somebody on the other side, as the vendor names them on this account. */
export const Party = Type.Object({
  id: text('What the vendor calls this person on this account; what a reply is addressed to.'),
  name: nullable(text('As the vendor shows it; a label, never a key.')),
  address: nullable(text('What a person would type to reach them: +90…, name@example.com, @handle.')),
  keys: Type.Array(Type.String(), {
    description:
      'Everything that identifies the person, strongest first, each `kind:value` (`phone:16505551234`). Two parties that share a key are one contact.',
  }),
})
export type Party = Static<typeof Party>

/** What pieces of content there are: `answer` is a button, a list or a form of ours, `interactive` what asked for it; `guest`, `colleague` and `anomaly` are what threading saw beside it. A word may be added. */
export const partKinds = [
  'anomaly',
  'answer',
  'calendar',
  'certified',
  'colleague',
  'contacts',
  'forwarded',
  'guest',
  'interactive',
  'link',
  'location',
  'mail',
  'mention',
  'order',
  'post',
  'private_reply',
  'product',
  'quote',
  'reaction',
  'referral',
  'review',
  'share',
  'standby',
  'sticker',
  'story',
  'system',
  'template',
  'unsupported',
  'voice',
] as const
/** A piece of content that is neither plain text nor a file. `kind` is open: readers keep what they do not know. */
export interface Part {
  readonly kind: string
  readonly [more: string]: unknown
}
/** One that conditions may ask for. */
export type KnownPart = Part & { readonly kind: (typeof partKinds)[number] }
export const Part = Type.Unsafe<Part>(
  Type.Object({ kind: Type.String() }, { ...open, description: 'A piece of content by kind.' }),
)

export const Attachment = Type.Object({
  id: text('att_…'),
  name: text('A label only: cleaned, bounded, never a path.'),
  type: text('Media type; by content once stored, by the vendor before.'),
  size: nullable(Type.Integer({ minimum: 0 })),
  sha256: nullable(text('Hex; null until stored.')),
  state: Type.Union([
    Type.Literal('pending'),
    Type.Literal('stored'),
    Type.Literal('gone'),
    Type.Literal('blocked'),
    Type.Literal('live'),
  ]),
  source: Type.Union([
    Type.Object({ blob: blobRef }),
    Type.Object({ atVendor: text('What the channel fetches it by.') }),
    Type.Object({ live: text('An address that is shown but never stored.') }),
  ]),
})
export type Attachment = Static<typeof Attachment>

const content = {
  message: text('msg_…; shares its digits with the event that brought the message.'),
  kind: text('Which of the channel’s Capabilities hold: dm, comment, review, mail…'),
  externalId: text('The vendor’s id of this message.'),
  from: Party,
  to: Type.Array(Party),
  cc: Type.Array(Party),
  subject: nullable(Type.String()),
  text: text(
    'What the person wrote; empty when it is all parts or files. The first 16,000 characters of a longer one.',
  ),
  fullText: nullable(blobRef, 'All of it, where `text` is only its beginning, or leaves out what was quoted.'),
  html: nullable(blobRef),
  parts: Type.Array(Part),
  attachments: Type.Array(Attachment),
  repliesTo: Type.Array(Type.String(), { description: 'External ids this message answers, nearest first.' }),
  threadKeys: Type.Array(Type.String(), {
    minItems: 1,
    description: 'Strongest first; what threading resolves to a conversation.',
  }),
  name: Type.Optional(
    text(
      'Where senders name their messages themselves: that name. `externalId` begins with it, and the thread keys it stands in are its own.',
    ),
  ),
  colleagueKeys: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Lead a proven colleague of the requester in, marked as new, where no thread key leads.',
    }),
  ),
  guestKeys: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Lead to a conversation whoever wrote: a guest, where no thread key leads.',
    }),
  ),
  weakKeys: Type.Optional(
    Type.Array(Type.String(), { description: 'Where nothing else leads anywhere, and only to what was alive lately.' }),
  ),
  automatic: nullable(text('Why this was not written by a person (auto-reply, bounce…).')),
  opens: Type.Optional(
    Type.Literal(true, {
      description:
        'Nobody spoke, but the vendor lets us answer as if the customer had: they tapped what opens a conversation.',
    }),
  ),
  begins: Type.Optional(
    Type.Literal(false, {
      description: 'Where it belongs to no conversation it begins none: it is set aside until a person asks for it.',
    }),
  ),
  vendor: record(Type.String(), 'What sending a reply will need again.'),
  receivedAt: instant,
}
export const Received = Type.Object(content)
export type Received = Static<typeof Received>
export const Echoed = Type.Object({
  ...content,
  ours: nullable(text('Our own key, where the vendor gives it back: this is an echo of what we sent.')),
  mayBeOurs: Type.Optional(
    Type.Literal(true, { description: 'The vendor gives no key back: it may be the echo of a reply under way.' }),
  ),
  stands: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'Where a vendor keeps one answer (reviews): external ids of all of ours that stood there when this was seen. What went out before and is not among them was overwritten.',
    }),
  ),
})
export type Echoed = Static<typeof Echoed>

/** Events about a message that was seen, or will be, under `target`. `revision` tells two facts about one target apart and orders them. */
const aboutTarget = {
  target: text('External id of the message this is about; it may come before the message itself.'),
  revision: text('Orders facts about one target: greater is newer.'),
  by: nullable(Party),
  threadKeys: Type.Array(Type.String(), { description: 'Of the conversation, as in message.received.' }),
  receivedAt: instant,
}
export const Edited = Type.Object({
  ...aboutTarget,
  text: content.text,
  fullText: content.fullText,
  html: content.html,
  parts: content.parts,
  attachments: content.attachments,
})
export type Edited = Static<typeof Edited>
export const Deleted = Type.Object(aboutTarget)
export type Deleted = Static<typeof Deleted>
export const Reacted = Type.Object({ ...aboutTarget, emoji: nullable(text('null: the reaction was taken back.')) })
export type Reacted = Static<typeof Reacted>
export const Corrected = Type.Object({
  original: text('evt_… whose data a mended normalizer now reads differently.'),
  originalType: Type.String(),
  data: Type.Unknown({ description: 'The data as read now; of the shape of originalType.' }),
})
export type Corrected = Static<typeof Corrected>

export const deliveryStates = ['sent', 'delivered', 'read', 'failed'] as const
export const DeliveryUpdated = Type.Object({
  externalId: nullable(Type.String()),
  ours: nullable(text('Our own key, where the vendor gives it back.')),
  upTo: nullable(instant, 'A watermark: everything sent until then.'),
  conversationKey: nullable(text('With upTo: whose conversation.')),
  state: oneOf(deliveryStates),
  code: nullable(text('The vendor’s error code of a failure.')),
  why: nullable(Type.String()),
  participant: nullable(text('In a group: whose receipt.')),
  recipient: Type.Optional(text('Of several a reply went to: whom this is about.')),
  proof: Type.Optional(
    text(
      'A key that leads to its conversation where this is about somebody the reply went to; else it counts for nothing.',
    ),
  ),
  receivedAt: instant,
})
export type DeliveryUpdated = Static<typeof DeliveryUpdated>
export const Forwarded = Type.Object({
  message: text('msg_… of ours that went to them.'),
  ticket: text('tkt_…'),
  conversation: text('cnv_…'),
  reply: text('rep_…'),
  to: Type.Array(Type.String(), { minItems: 1, description: 'Addresses it was forwarded to.' }),
  subject: nullable(Type.String()),
  files: Type.Integer({ minimum: 0, description: 'How many files went along.' }),
})
export type Forwarded = Static<typeof Forwarded>
export const Sent = Type.Object({
  message: text('msg_…'),
  ticket: text('tkt_…'),
  conversation: text('cnv_…'),
  reply: text('rep_…'),
  externalId: text('The vendor’s id of what was sent.'),
  text: content.text,
  fullText: Type.Optional(
    nullable(blobRef, 'All words that the customer got, where more stands around `text`; known to whoever sent it.'),
  ),
  html: Type.Optional(nullable(blobRef, 'The HTML that the customer got, made harmless.')),
})
export type Sent = Static<typeof Sent>
