// Answers on their way out: the reply.* events.
import Type, { type Static } from 'typebox'
import { nullable, oneOf, text } from './shapes.ts'
import { Why } from './why.ts'

/** States of a reply, in the order they are reached (features 3.4); forward-only but for unsure → sent. */
export const replyStates = ['queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unsure', 'cancelled'] as const
export type ReplyState = (typeof replyStates)[number]
export const authors = ['person', 'bot', 'auto'] as const
export type Author = (typeof authors)[number]

const head = {
  reply: text('rep_…'),
  message: text('msg_…'),
  ticket: text('tkt_…'),
  conversation: text('cnv_…'),
}
export const ReplyRequested = Type.Object({
  ...head,
  text: Type.String(),
  author: oneOf(authors),
  as: oneOf(['free', 'tagged', 'template'], 'How the window of the conversation lets it go out.'),
  ...Why,
})
export type ReplyRequested = Static<typeof ReplyRequested>
export const ReplyRefused = Type.Object({ ...head, code: Type.String(), why: Type.String() })
export type ReplyRefused = Static<typeof ReplyRefused>
export const ReplyUnsure = Type.Object({ ...head, why: Type.String() })
export type ReplyUnsure = Static<typeof ReplyUnsure>
export const ReplyCancelled = Type.Object({ ...head, why: nullable(Type.String()) })
export type ReplyCancelled = Static<typeof ReplyCancelled>
