// The ticket.* events that both workers and commands raise, each made in one place.
import type { Because } from '../../schemas/because.ts'
import type { Actor, NewEvent } from '../../schemas/events.ts'
import type { MessageId, TicketId } from '../../schemas/ids.ts'
import type { MessageRow, TicketRow } from '../ports/rows.ts'

export const ticketCreated = (ticket: TicketRow): NewEvent => ({
  type: 'ticket.created',
  key: ticket.id,
  subject: ticket.id,
  data: {
    ticket: ticket.id,
    number: ticket.number,
    conversation: ticket.conversation,
    contact: ticket.contact,
    brand: ticket.brand,
    subject: ticket.subject,
    status: ticket.status,
    priority: ticket.priority,
    origin: ticket.origin,
    parent: ticket.parent,
  },
})

export const messageAdded = (
  ticket: TicketId,
  { id, direction, kind }: Pick<MessageRow, 'id' | 'direction' | 'kind'>,
  /** Of what a machine wrote. */
  said?: Pick<Reason, 'why' | 'because'>,
): NewEvent => ({
  type: 'ticket.message_added',
  key: ticket,
  subject: ticket,
  data: { ticket, message: id, direction, kind, ...said },
})
/** A ticket and the message that opened it, as one fact: whoever handled the first does not handle the second once more. */
export const openedBy = (
  ticket: TicketRow,
  { id, direction, kind }: Pick<MessageRow, 'id' | 'direction' | 'kind'>,
): readonly NewEvent[] => [
  ticketCreated(ticket),
  {
    type: 'ticket.message_added',
    key: ticket.id,
    subject: ticket.id,
    data: { ticket: ticket.id, message: id, direction, kind, opensTicket: true },
  },
]

/** `by` null: it stands there again. */
export const messageReplaced = (ticket: TicketId, message: MessageId, by: MessageId | null): NewEvent => ({
  type: 'ticket.message_replaced',
  key: ticket,
  subject: ticket,
  slot: message,
  data: { ticket, message, by },
})

/** Of what a machine did: which rule, if it was one, the sentence for people and the same for programs. */
export interface Reason {
  readonly by?: Actor
  readonly why: string
  readonly because: Because
}
const home = (ticket: Pick<TicketRow, 'id'>, reason: Reason | undefined) => ({
  key: ticket.id,
  subject: ticket.id,
  ...(reason?.by === undefined ? {} : { by: reason.by }),
})
const reasonOf = (reason: Reason | undefined) =>
  reason === undefined ? {} : { why: reason.why, because: reason.because }

export type PlainField = 'priority' | 'type' | 'topic' | 'language'
export const fieldChanged = (ticket: TicketRow, field: PlainField, to: string | null, reason?: Reason): NewEvent => ({
  type: `ticket.${field}_changed`,
  ...home(ticket, reason),
  data: { ticket: ticket.id, from: ticket[field], to, ...reasonOf(reason) },
})

/** By a person who says in the same breath whose the ticket is: their word stands before that of the type (D14). */
export const typeGiven = (ticket: TicketRow, to: string | null): NewEvent => ({
  type: 'ticket.type_changed',
  ...home(ticket, undefined),
  data: { ticket: ticket.id, from: ticket.type, to, isGiven: true },
})

/** Whose it is from now on; null: nobody's. */
export function ownerChanged(
  ticket: TicketRow,
  field: 'assignee' | 'group',
  to: string | null,
  reason?: Reason,
): NewEvent {
  const from = ticket[field]
  const about = { ...home(ticket, reason), slot: field }
  const data = { ticket: ticket.id, field, ...reasonOf(reason) }
  return to === null
    ? { type: 'ticket.unassigned', ...about, data: { ...data, from: from ?? '' } }
    : { type: 'ticket.assigned', ...about, data: { ...data, from, to } }
}

export const tagged = (
  type: 'ticket.tagged' | 'ticket.untagged',
  ticket: Pick<TicketRow, 'id'>,
  tag: string,
  reason?: Reason,
): NewEvent => ({ type, ...home(ticket, reason), slot: tag, data: { ticket: ticket.id, tag, ...reasonOf(reason) } })

/** Put into it, or taken out. */
export const foldered = (
  ticket: Pick<TicketRow, 'id'>,
  folder: string,
  of: { readonly isIn?: boolean; readonly reason?: Reason } = {},
): NewEvent => ({
  type: 'ticket.foldered',
  ...home(ticket, of.reason),
  slot: folder,
  data: { ticket: ticket.id, folder, isIn: of.isIn ?? true, ...reasonOf(of.reason) },
})
