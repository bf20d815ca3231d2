// An answer as it is written down: the message on the ticket, the row that waits to be sent, and the events that say so.
import type { Because } from '../../schemas/because.ts'
import type { NewEvent } from '../../schemas/events.ts'
import type { Instant, MessageId, ReplyId, TicketId } from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import type { Author } from '../../schemas/reply.ts'
import type { OutboundMessage, Window } from '../ports/channel.ts'
import type { ConversationRow, MessageRow } from '../ports/rows.ts'
import type { Decision } from '../ports/worker.ts'
import { messageAdded } from './ticket-events.ts'

export interface Outgoing {
  readonly reply: ReplyId
  readonly message: MessageId
  readonly ticket: TicketId
  readonly conversation: Pick<ConversationRow, 'id' | 'channel' | 'account'>
  readonly outbound: OutboundMessage
  /** What an answer to it may carry. */
  readonly keys?: readonly string[]
  readonly as: Window['as']
  /** It goes to others than the customer, and answers nothing (D23). */
  readonly isForward?: true
  /** Who wrote it, as the ticket shows it. */
  readonly from: Party
  readonly correlation: string
  readonly at: Instant
  /** Of a machine's: why, for whoever reads the ticket. */
  readonly said?: Said
}
export interface Said {
  readonly why: string
  readonly because: Because
}

/** `queued`: from here on deliver owns it. */
export function queueReply(out: Outgoing): Decision {
  const { reply, message, ticket, conversation, outbound, at } = out
  const { channel, account, id } = conversation
  const { text, author } = outbound
  const row = messageRow(out)
  const requested: NewEvent = {
    type: 'reply.requested',
    key: id,
    subject: ticket,
    data: { reply, message, ticket, conversation: id, text, author, as: out.as, ...out.said },
  }
  const addKeys = out.keys ?? []
  const queued = { reply, message, ticket, conversation: id, channel, account, outbound, at }
  return {
    changes: [
      ...(addKeys.length === 0 ? [] : [{ do: 'set-conversation', conversation: id, addKeys } as const]),
      { do: 'add-message', message: row },
      { do: 'queue-reply', ...queued, correlation: out.correlation },
    ],
    events: [messageAdded(ticket, row, out.said), requested],
  }
}

const kinds = { person: 'agent', bot: 'bot', auto: 'auto' } as const satisfies Record<Author, MessageRow['kind']>

function messageRow({
  message,
  ticket,
  conversation,
  outbound,
  isForward,
  from,
  correlation,
  at,
}: Outgoing): MessageRow {
  return {
    id: message,
    ticket,
    conversation: conversation.id,
    channel: conversation.channel,
    account: conversation.account,
    direction: 'out',
    kind: kinds[outbound.author],
    from,
    to: [outbound.to, ...(outbound.also ?? [])],
    cc: outbound.cc ?? [],
    subject: outbound.subject ?? null,
    text: outbound.text,
    fullText: null,
    html: null,
    parts: [...(isForward === true ? [forwardPart] : []), ...partsOf(outbound)],
    attachments: outbound.attachments,
    externalId: null,
    repliesTo: outbound.repliesTo,
    automatic: null,
    sentAt: at,
    receivedAt: at,
    state: 'queued',
    raw: null,
    correlation,
  }
}

/** Seen beside the message; and who reads whether the customer was answered passes it over. */
const forwardPart = { kind: 'forwarded' }

/** A template is a part to whoever reads the ticket: which one, and with what in it. */
const partsOf = ({ parts, template }: OutboundMessage): MessageRow['parts'] =>
  template === undefined ? parts : [{ kind: 'template', ...template }, ...parts]
